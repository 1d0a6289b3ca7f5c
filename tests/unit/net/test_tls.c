/* TLS over real sockets, both ends usher's, or one of them OpenSSL's own where it has
   to do what usher's does not. */
#include "unit.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/tls.h"
#include "net/tls_clients.h"
#include "net/unit_pki.h"

/* Turns of the loop that any of this needs, many times over. */
#define MAX_TURNS 10000

struct side {
	struct stream stream;
	bool ready;
	struct err *error;
	struct buf got;
	ssize_t last;	/* what reading gave last */
};

static struct loop *loop;
static struct side client, server;
static struct tls *tls_server, *tls_client;
static struct unit_cert ca, mail, other;

/* Of a test file, since keys take a while. */
static void
make_certificates(void)
{
	unit_cert_make(&ca, UNIT_KEY_EC, "DNS:ca.test", 1, NULL);
	unit_cert_make(&mail, UNIT_KEY_EC,
		       "DNS:mail.test,DNS:*.wild.test,IP:127.0.0.1", 1, &ca);
	unit_cert_make(&other, UNIT_KEY_RSA, "DNS:other.test", 1, &ca);
}

static void
forget_certificates(void)
{
	unit_cert_free(&ca);
	unit_cert_free(&mail);
	unit_cert_free(&other);
}

/* ---- two ends ---------------------------------------------------------- */

static void
on_readable(void *arg)
{
	struct side *s = arg;
	char octets[1000];

	s->last = stream_read(&s->stream, octets, sizeof(octets));
	if (s->last > 0)
		buf_add(&s->got, (struct slice){ octets, (size_t)s->last });
	else if (s->last != STREAM_AGAIN)
		stream_want(&s->stream, WANT_NOTHING);
}

static void
on_writable(void *arg)
{
	(void)arg;
}

static void
on_ready(void *arg, struct err *e)
{
	struct side *s = arg;

	s->ready = true;
	s->error = e;
	if (e == NULL)
		stream_want(&s->stream, WANT_READ);
}

static const struct stream_owner owner = {
	.readable = on_readable, .writable = on_writable, .ready = on_ready,
};

static void
open_side(struct side *s, int fd)
{
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	*s = (struct side){ .last = STREAM_AGAIN };
	buf_init(&s->got, 1 << 20);
	stream_open(&s->stream, loop, fd, &owner, s);
}

static void
close_side(struct side *s)
{
	stream_close(&s->stream);
	err_free(&s->error);
	buf_free(&s->got);
}

/* A connection between two sides, in the clear yet. */
static void
connect_sides(void)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	open_side(&client, ends[0]);
	open_side(&server, ends[1]);
}

static void
setup(void)
{
	/* As in every process of usher. */
	signal(SIGPIPE, SIG_IGN);
	loop = loop_make();
}

static void
teardown(void)
{
	close_side(&client);
	close_side(&server);
	tls_free(&tls_server);
	tls_free(&tls_client);
	loop_free(&loop);
}

/* One turn that does not wait. */
static void
turn(void)
{
	struct loop_timer now = { 0 };

	loop_timer_init(&now, loop, on_writable, NULL);
	loop_timer_start(&now, 0);
	loop_turn(loop);
	loop_timer_stop(&now);
}

static struct slice
pem(const struct buf *b)
{
	return buf_slice(b);
}

static struct tls_pair
pair_of(const struct unit_cert *c)
{
	return (struct tls_pair){ .cert = pem(&c->cert_pem),
				  .key = pem(&c->key_pem),
				  .name = SL("/mail.pem") };
}

/* Nobody is asked for a certificate here. */
#define NO_CA SL("")

static const struct tls_conf usual = {
	.min_version = TLS_1_2,
	.ciphers = SL("ECDHE+AESGCM:ECDHE+CHACHA20"),
};

static void
make_server(const struct tls_conf *conf, const struct tls_tickets *tickets)
{
	const struct tls_pair pairs[] = { pair_of(&mail), pair_of(&other) };
	struct err *e = tls_server_make(conf, pairs, 2, NO_CA, tickets, &tls_server);

	ck_assert_msg(e == NULL, "%s", e == NULL ? "" : err_text(e));
}

static void
make_client(bool verify)
{
	const struct tls_client_conf conf = { .verify = verify,
					      .ca = pem(&ca.cert_pem),
					      .name = SL("/ca.pem") };

	ck_assert_ptr_null(tls_client_make(&conf, &tls_client));
}

/* Shakes hands; host is whom the client wants to be there. */
static void
shake(struct slice host)
{
	connect_sides();
	ck_assert_ptr_null(tls_connect(tls_client, &client.stream, host));
	tls_accept(tls_server, &server.stream);
	for (int i = 0; !client.ready; i++) {
		ck_assert_int_lt(i, MAX_TURNS);
		turn();
	}
	for (int i = 0; i < 10; i++)
		turn();
}

static void
say(struct side *from, struct side *to, struct slice text)
{
	size_t before = to->got.n;

	ck_assert_int_eq(stream_write(&from->stream, text.p, text.n),
			 (ssize_t)text.n);
	for (int i = 0; to->got.n < before + text.n; i++) {
		ck_assert_int_lt(i, MAX_TURNS);
		turn();
	}
	assert_slice(slice_skip(buf_slice(&to->got), before), text);
}

/* ---- handshakes -------------------------------------------------------- */

START_TEST(octets_pass_both_ways_and_both_know_what_they_speak)
{
	make_server(&usual, NULL);
	make_client(true);
	shake(SL("mail.test"));
	ck_assert(client.ready && client.error == NULL);
	ck_assert(server.ready && server.error == NULL);
	ck_assert(tls_is_on(&client.stream) && tls_is_on(&server.stream));
	ck_assert_str_eq(tls_version(&server.stream), "TLSv1.3");
	ck_assert_str_ne(tls_cipher(&server.stream), "");
	ck_assert_str_eq(tls_server_name(&server.stream), "mail.test");
	ck_assert(!tls_was_resumed(&server.stream));
	ck_assert(!stream_is_plain(&server.stream));
	say(&client, &server, SL("a LOGIN jane secret\r\n"));
	say(&server, &client, SL("a OK\r\n"));
}
END_TEST

START_TEST(in_the_clear_there_is_nothing_to_know)
{
	connect_sides();
	ck_assert(!tls_is_on(&client.stream));
	ck_assert_str_eq(tls_version(&client.stream), "");
	ck_assert_str_eq(tls_cipher(&client.stream), "");
	ck_assert_ptr_null(tls_server_name(&client.stream));
	ck_assert(!tls_was_resumed(&client.stream));
}
END_TEST

/* The certificate the client was shown. */
static X509 *
shown(void)
{
	return SSL_get0_peer_certificate(client.stream.state);
}

static const struct {
	struct slice host;
	const struct unit_cert *cert;
} names[] = {
	{ SL("mail.test"), &mail },
	{ SL("OTHER.test"), &other },
	{ SL("a.wild.test"), &mail },
	{ SL("nobody.test"), &mail },	/* the first is everybody's */
	{ SL("192.0.2.1"), &mail },	/* no SNI for an address */
};

START_TEST(the_name_a_client_asks_for_chooses_the_certificate)
{
	make_server(&usual, NULL);
	make_client(false);
	shake(names[_i].host);
	ck_assert_ptr_null(client.error);
	ck_assert_int_eq(X509_cmp(shown(), names[_i].cert->x509), 0);
}
END_TEST

static const struct {
	struct slice host;
	const char *error;	/* NULL: none */
} hosts[] = {
	{ SL("mail.test"), NULL },
	{ SL("b.wild.test"), NULL },
	{ SL("127.0.0.1"), NULL },
	{ SL("127.0.0.2"), "certificate not valid: IP address mismatch" },
	{ SL("wild.test"), "certificate not valid: hostname mismatch" },
	{ SL("a.b.wild.test"), "certificate not valid: hostname mismatch" },
};

START_TEST(the_certificate_must_be_for_the_host)
{
	make_server(&usual, NULL);
	make_client(true);
	shake(hosts[_i].host);
	if (hosts[_i].error == NULL) {
		ck_assert_ptr_null(client.error);
		return;
	}
	ck_assert_str_eq(err_text(client.error), hosts[_i].error);
	/* The operator's to mend: trying again does not help. */
	ck_assert_int_eq(err_kind(client.error), ERR_CONFIG);
	ck_assert(!tls_is_on(&client.stream));
}
END_TEST

static void
refuse_server_of(const struct unit_cert *cert, struct slice host,
		 const char *error)
{
	const struct tls_pair pair = pair_of(cert);

	ck_assert_ptr_null(tls_server_make(&usual, &pair, 1, NO_CA, NULL,
					   &tls_server));
	make_client(true);
	shake(host);
	ck_assert_ptr_nonnull(client.error);
	ck_assert_str_eq(err_text(client.error), error);
}

START_TEST(one_that_has_ended_is_not_valid)
{
	struct unit_cert old;

	unit_cert_make(&old, UNIT_KEY_EC, "DNS:mail.test", -1, &ca);
	refuse_server_of(&old, SL("mail.test"),
			 "certificate not valid: certificate has expired");
	unit_cert_free(&old);
}
END_TEST

START_TEST(nor_is_one_that_anybody_could_have_made)
{
	struct unit_cert own;

	unit_cert_make(&own, UNIT_KEY_EC, "DNS:mail.test", 1, NULL);
	refuse_server_of(&own, SL("mail.test"),
			 "certificate not valid: self-signed certificate");
	unit_cert_free(&own);
}
END_TEST

START_TEST(a_host_that_no_certificate_could_name_is_refused_before)
{
	char text[300];
	struct err *e;

	make_client(true);
	connect_sides();
	memset(text, 'x', sizeof(text));
	for (size_t n = 0; n <= 256; n += 256) {
		e = tls_connect(tls_client, &client.stream,
				(struct slice){ text, n });
		ck_assert_ptr_nonnull(e);
		ck_assert_int_eq(err_kind(e), ERR_CONFIG);
		err_free(&e);
	}
}
END_TEST

START_TEST(what_is_no_tls_is_told)
{
	make_server(&usual, NULL);
	connect_sides();
	tls_accept(tls_server, &server.stream);
	ck_assert_int_eq(stream_write(&client.stream, "CAPA\r\n", 6), 6);
	for (int i = 0; !server.ready; i++) {
		ck_assert_int_lt(i, MAX_TURNS);
		turn();
	}
	ck_assert_str_eq(err_text(server.error), "wrong version number");
	ck_assert_int_eq(err_kind(server.error), ERR_PEER);
}
END_TEST

START_TEST(a_peer_that_leaves_in_the_middle_is_told)
{
	make_server(&usual, NULL);
	connect_sides();
	tls_accept(tls_server, &server.stream);
	ck_assert_int_eq(stream_write(&client.stream, "\026\003\001", 3), 3);
	turn();
	stream_close(&client.stream);
	for (int i = 0; !server.ready; i++) {
		ck_assert_int_lt(i, MAX_TURNS);
		turn();
	}
	ck_assert_str_eq(err_text(server.error), "connection closed");
}
END_TEST

/* ---- octets ------------------------------------------------------------ */

START_TEST(a_record_larger_than_what_is_read_at_once_comes_whole)
{
	struct buf text;

	make_server(&usual, NULL);
	make_client(false);
	shake(SL("mail.test"));
	buf_init(&text, 20000);
	for (int i = 0; i < 16000; i++)
		buf_add_char(&text, (char)i);
	say(&server, &client, buf_slice(&text));
	buf_free(&text);
}
END_TEST

START_TEST(a_full_socket_makes_the_writer_wait)
{
	char octets[16 * 1024] = { 0 };
	size_t sent = 0, got = 0;
	ssize_t n;

	make_server(&usual, NULL);
	make_client(false);
	shake(SL("mail.test"));
	stream_want(&client.stream, WANT_NOTHING);
	while ((n = stream_write(&server.stream, octets, sizeof(octets))) > 0)
		sent += (size_t)n;
	ck_assert_int_eq(n, STREAM_AGAIN);
	while ((n = stream_read(&client.stream, octets, sizeof(octets))) > 0)
		got += (size_t)n;
	ck_assert_uint_le(got, sent);
	ck_assert_int_gt(stream_write(&server.stream, octets, sizeof(octets)),
			 0);
}
END_TEST

START_TEST(an_end_is_an_end_said_or_not)
{
	char octet;

	make_server(&usual, NULL);
	make_client(false);
	shake(SL("mail.test"));
	if (_i == 0)
		stream_finish(&server.stream);
	else
		shutdown(server.stream.fd, SHUT_WR);
	for (int i = 0; i < 5; i++)
		turn();
	ck_assert_int_eq(client.last, STREAM_END);
	/* The other way is still open. */
	ck_assert_int_eq(stream_write(&client.stream, "x", 1), 1);
	for (int i = 0; i < 5; i++)
		turn();
	ck_assert_uint_eq(server.got.n, 1);
	ck_assert_int_eq(stream_read(&server.stream, &octet, 1), STREAM_AGAIN);
}
END_TEST

START_TEST(garbage_in_the_middle_breaks_it)
{
	make_server(&usual, NULL);
	make_client(false);
	shake(SL("mail.test"));
	ck_assert_int_eq(send(client.stream.fd, "not a record", 12, 0), 12);
	for (int i = 0; i < 5; i++)
		turn();
	ck_assert_int_eq(server.last, STREAM_BROKEN);
	ck_assert_str_eq(stream_trouble(&server.stream),
			 "wrong version number");
}
END_TEST

/* ---- OpenSSL's own client ---------------------------------------------- */

/* What a client of any other make would do: max_version, a session to resume. Gives
   the session; *good_out is whether the server was content. */
static SSL_SESSION *
visit(int max_version, SSL_SESSION *resume, bool *good_out)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL_SESSION *session = NULL;
	char octet;
	SSL *ssl;

	SSL_CTX_set_max_proto_version(ctx, max_version);
	connect_sides();
	tls_accept(tls_server, &server.stream);
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, client.stream.fd);
	if (resume != NULL)
		SSL_set_session(ssl, resume);
	for (int i = 0; !server.ready && i < MAX_TURNS; i++) {
		SSL_connect(ssl);
		turn();
	}
	ERR_clear_error();
	*good_out = server.ready && server.error == NULL;
	if (*good_out) {
		SSL_connect(ssl);
		SSL_read(ssl, &octet, 1);	/* tickets come with the data */
		session = SSL_get1_session(ssl);
	}
	SSL_shutdown(ssl);	/* else it would call the session broken */
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return session;
}

static void
leave(void)
{
	close_side(&client);
	close_side(&server);
	client = server = (struct side){ .last = 0 };
}

START_TEST(an_old_version_is_refused_where_the_settings_say_so)
{
	const struct tls_conf strict = { .min_version = TLS_1_3 };
	bool good;

	make_server(&usual, NULL);
	SSL_SESSION_free(visit(TLS1_2_VERSION, NULL, &good));
	ck_assert(good);
	ck_assert_str_eq(tls_version(&server.stream), "TLSv1.2");
	leave();
	tls_free(&tls_server);
	make_server(&strict, NULL);
	SSL_SESSION_free(visit(TLS1_2_VERSION, NULL, &good));
	ck_assert(!good);
	leave();
	SSL_SESSION_free(visit(TLS1_3_VERSION, NULL, &good));
	ck_assert(good);
}
END_TEST

START_TEST(tickets_are_good_with_every_process_that_has_the_keys)
{
	struct tls_tickets tickets = { .current = "one", .has_current = true };
	struct tls_tickets same = tickets;
	SSL_SESSION *session;
	bool good;

	make_server(&usual, &tickets);
	session = visit(_i, NULL, &good);
	ck_assert(good);
	ck_assert(!tls_was_resumed(&server.stream));
	leave();
	tls_free(&tls_server);

	make_server(&usual, &same);
	SSL_SESSION_free(visit(_i, session, &good));
	ck_assert(tls_was_resumed(&server.stream));
	leave();

	/* A new key; the one before it is still good, and that is all. */
	memcpy(same.previous, same.current, sizeof(same.previous));
	same.has_previous = true;
	memcpy(same.current, "two", 4);
	SSL_SESSION_free(visit(_i, session, &good));
	ck_assert(tls_was_resumed(&server.stream));
	leave();
	same.has_previous = false;
	SSL_SESSION_free(visit(_i, session, &good));
	ck_assert(good);
	ck_assert(!tls_was_resumed(&server.stream));
	SSL_SESSION_free(session);
}
END_TEST

START_TEST(without_keys_nobody_resumes)
{
	SSL_SESSION *session;
	bool good;

	make_server(&usual, NULL);
	session = visit(TLS1_3_VERSION, NULL, &good);
	leave();
	SSL_SESSION_free(visit(TLS1_3_VERSION, session, &good));
	ck_assert(good);
	ck_assert(!tls_was_resumed(&server.stream));
	SSL_SESSION_free(session);
}
END_TEST

START_TEST(two_keys_for_the_same_names_stand_side_by_side)
{
	struct unit_cert rsa;
	struct tls_pair pairs[2];
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	/* Names in the same order are the same names. */
	unit_cert_make(&rsa, UNIT_KEY_RSA,
		       "DNS:mail.test,DNS:*.wild.test,IP:127.0.0.1", 1, &ca);
	pairs[0] = pair_of(&mail);
	pairs[1] = pair_of(&rsa);
	ck_assert_ptr_null(tls_server_make(&usual, pairs, 2, NO_CA, NULL,
					   &tls_server));
	for (int i = 0; i < 2; i++) {
		SSL *ssl = SSL_new(ctx);

		SSL_set1_sigalgs_list(ssl, i == 0 ? "ecdsa_secp256r1_sha256" :
						    "rsa_pss_rsae_sha256");
		connect_sides();
		SSL_set_fd(ssl, client.stream.fd);
		tls_accept(tls_server, &server.stream);
		for (int k = 0; SSL_connect(ssl) != 1; k++) {
			ck_assert_int_lt(k, MAX_TURNS);
			turn();
		}
		ck_assert_int_eq(X509_cmp(SSL_get0_peer_certificate(ssl),
					  i == 0 ? mail.x509 : rsa.x509), 0);
		SSL_free(ssl);
		leave();
	}
	SSL_CTX_free(ctx);
	unit_cert_free(&rsa);
}
END_TEST

/* ---- what cannot be used ----------------------------------------------- */

static void
refuse_server(const struct tls_conf *conf, struct tls_pair pair,
	      const char *front)
{
	struct err *e = tls_server_make(conf, &pair, 1, NO_CA, NULL, &tls_server);

	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(err_kind(e), ERR_CONFIG);
	ck_assert_msg(slice_starts(slice_of(err_text(e)), slice_of(front)),
		      "%s", err_text(e));
	err_free(&e);
}

START_TEST(what_is_wrong_with_a_certificate_is_told)
{
	struct tls_pair pair = pair_of(&mail);
	struct tls_conf conf = usual;

	pair.key = pem(&other.key_pem);
	refuse_server(&usual, pair, "use the key of /mail.pem: ");
	pair.key = SL("");
	refuse_server(&usual, pair, "read the key of /mail.pem: ");
	pair = pair_of(&mail);
	pair.cert = pem(&mail.key_pem);
	refuse_server(&usual, pair, "read certificate /mail.pem: ");
	pair.cert = slice_first(pem(&mail.cert_pem), 100);
	refuse_server(&usual, pair, "read certificate /mail.pem: ");
	pair = pair_of(&mail);
	conf.ciphers = SL("NO-SUCH-CIPHER");
	refuse_server(&conf, pair, "use tls.ciphers NO-SUCH-CIPHER: ");
	conf = usual;
	conf.ciphersuites = SL("NO-SUCH-SUITE");
	refuse_server(&conf, pair, "use tls.ciphersuites NO-SUCH-SUITE: ");
	conf = usual;
	conf.groups = SL("X25519:no-such-group");
	refuse_server(&conf, pair, "use tls.groups ");
	ck_assert_ptr_null(tls_server);
}
END_TEST

START_TEST(an_encrypted_key_needs_its_password)
{
	struct buf key = unit_cert_encrypted_key(&mail, SL("open sesame"));
	struct tls_pair pair = pair_of(&mail);

	pair.key = buf_slice(&key);
	refuse_server(&usual, pair, "read the key of /mail.pem: ");
	pair.key_password = SL("wrong");
	refuse_server(&usual, pair, "read the key of /mail.pem: ");
	pair.key_password = SL("open sesame");
	ck_assert_ptr_null(tls_server_make(&usual, &pair, 1, NO_CA, NULL,
					   &tls_server));
	buf_free(&key);
}
END_TEST

START_TEST(what_stands_behind_a_certificate_is_shown_with_it)
{
	struct unit_cert between, leaf;
	struct tls_pair pair;

	unit_cert_make(&between, UNIT_KEY_EC, "DNS:ca.between.test", 1, &ca);
	unit_cert_make(&leaf, UNIT_KEY_EC, "DNS:leaf.test", 1, &between);
	buf_add(&leaf.cert_pem, pem(&between.cert_pem));
	pair = pair_of(&leaf);
	ck_assert_ptr_null(tls_server_make(&usual, &pair, 1, NO_CA, NULL,
					   &tls_server));
	make_client(true);
	shake(SL("leaf.test"));
	ck_assert_msg(client.error == NULL, "%s",
		      client.error == NULL ? "" : err_text(client.error));
	unit_cert_free(&between);
	unit_cert_free(&leaf);
}
END_TEST

START_TEST(no_certificate_is_no_server)
{
	struct err *e = tls_server_make(&usual, NULL, 0, NO_CA, NULL, &tls_server);

	ck_assert_str_eq(err_text(e), "no certificate");
	err_free(&e);
}
END_TEST

START_TEST(authorities_are_needed_to_verify)
{
	struct tls_client_conf conf = { .verify = true, .ca = SL("# none\n"),
					.name = SL("/ca.pem") };
	struct err *e = tls_client_make(&conf, &tls_client);

	ck_assert_str_eq(err_text(e),
			 "/ca.pem has no certificate of an authority");
	err_free(&e);
	conf.ca = pem(&ca.cert_pem);
	conf.cert = pem(&mail.cert_pem);
	conf.key = pem(&other.key_pem);
	e = tls_client_make(&conf, &tls_client);
	ck_assert_ptr_nonnull(e);
	err_free(&e);
}
END_TEST

/* ---- net/tls_clients --------------------------------------------------- */

static const struct tls *
get(struct tls_clients *c, const struct tls_client_files *files)
{
	const struct tls *tls;

	ck_assert_ptr_null(tls_clients_get(c, files, &tls));
	return tls;
}

START_TEST(a_context_is_made_once_until_a_file_changes)
{
	struct tls_clients *c = tls_clients_make();
	const struct tls_client_files careful = { .verify = true,
						  .ca_file = SL("/ca") };
	const struct tls_client_files careless = { .verify = false };
	const struct tls_client_files known = {
		.verify = true, .ca_file = SL("/ca"), .cert_file = SL("/cert"),
		.key_file = SL("/key") };
	const struct tls *tls;

	tls_clients_add_file(c, SL("/ca"), pem(&ca.cert_pem));
	tls_clients_add_file(c, SL("/cert"), pem(&mail.cert_pem));
	tls_clients_add_file(c, SL("/key"), pem(&mail.key_pem));
	tls = get(c, &careful);
	ck_assert_ptr_eq(get(c, &careful), tls);
	ck_assert_ptr_ne(get(c, &careless), tls);
	ck_assert_ptr_ne(get(c, &known), tls);
	ck_assert_ptr_eq(get(c, &careful), tls);
	/* What was made from the old text is gone; what cannot be made from the
	   new one is told. */
	tls_clients_add_file(c, SL("/ca"), SL("nothing"));
	{
		struct err *e = tls_clients_get(c, &careful, &tls);

		ck_assert_str_eq(err_text(e), "/ca has no certificate of an "
				 "authority");
		err_free(&e);
	}
	tls_clients_free(&c);
}
END_TEST

START_TEST(files_that_nobody_gave_are_missed_by_name)
{
	struct tls_clients *c = tls_clients_make();
	const struct tls_client_files rows[] = {
		{ .verify = true, .ca_file = SL("/ca") },
		{ .verify = true },
		{ .cert_file = SL("/cert"), .key_file = SL("/key") },
	};
	const char *const texts[] = {
		"/ca could not be read",
		("the system has no list of certificate authorities; name one "
		 "with ca_file"),
		"/cert could not be read",
	};

	for (size_t i = 0; i < 3; i++) {
		const struct tls *tls;
		struct err *e = tls_clients_get(c, &rows[i], &tls);

		ck_assert_str_eq(err_text(e), texts[i]);
		err_free(&e);
	}
	tls_clients_free(&c);
}
END_TEST

#define ROWS(rows) (int)(sizeof(rows) / sizeof((rows)[0]))

Suite *
suite_tls(void)
{
	const TTest *const tests[] = {
		octets_pass_both_ways_and_both_know_what_they_speak,
		in_the_clear_there_is_nothing_to_know,
		one_that_has_ended_is_not_valid,
		nor_is_one_that_anybody_could_have_made,
		a_host_that_no_certificate_could_name_is_refused_before,
		what_is_no_tls_is_told,
		a_peer_that_leaves_in_the_middle_is_told,
		a_record_larger_than_what_is_read_at_once_comes_whole,
		a_full_socket_makes_the_writer_wait,
		garbage_in_the_middle_breaks_it,
		an_old_version_is_refused_where_the_settings_say_so,
		without_keys_nobody_resumes,
		two_keys_for_the_same_names_stand_side_by_side,
		what_is_wrong_with_a_certificate_is_told,
		an_encrypted_key_needs_its_password,
		what_stands_behind_a_certificate_is_shown_with_it,
		no_certificate_is_no_server,
		authorities_are_needed_to_verify,
		a_context_is_made_once_until_a_file_changes,
		files_that_nobody_gave_are_missed_by_name,
	};
	Suite *suite = suite_create("tls");
	TCase *all = tcase_create("tls");

	tcase_add_unchecked_fixture(all, make_certificates, forget_certificates);
	tcase_add_checked_fixture(all, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(all, tests[i]);
	tcase_add_loop_test(all,
			    the_name_a_client_asks_for_chooses_the_certificate,
			    0, ROWS(names));
	tcase_add_loop_test(all, the_certificate_must_be_for_the_host, 0,
			    ROWS(hosts));
	tcase_add_loop_test(all, an_end_is_an_end_said_or_not, 0, 2);
	tcase_add_loop_test(
		all, tickets_are_good_with_every_process_that_has_the_keys,
		TLS1_2_VERSION, TLS1_3_VERSION + 1);
	suite_add_tcase(suite, all);
	return suite;
}
