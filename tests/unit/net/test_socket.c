#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "net/socket.h"
#include "net/stream.h"

/* A listening socket on loopback, and where it is. */
static int
listen_on_loopback(struct addr *where_out)
{
	struct addr any = { .family = ADDR_V4, .ip = { 127, 0, 0, 1 } };
	struct sockaddr_storage ss;
	socklen_t n = addr_to_sockaddr(&any, &ss);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&ss, n), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	*where_out = socket_self(fd);
	return fd;
}

static void
await(int fd, short what)
{
	struct pollfd p = { .fd = fd, .events = what };

	ck_assert_int_eq(poll(&p, 1, 5000), 1);
}

/* A connection over loopback; both ends must be closed. */
static void
connect_loopback(const struct addr *source, int *client_out, int *server_out)
{
	struct addr where;
	int listener = listen_on_loopback(&where);

	*client_out = socket_connect(&where, source);
	ck_assert_int_ge(*client_out, 0);
	await(*client_out, POLLOUT);
	ck_assert_int_eq(socket_error(*client_out), 0);
	*server_out = accept(listener, NULL, NULL);
	ck_assert_int_ge(*server_out, 0);
	close(listener);
}

static const struct addr no_source;

START_TEST(each_end_of_a_connection_knows_both_addresses)
{
	int client, server, pair[2];
	struct addr one, other;

	connect_loopback(&no_source, &client, &server);
	one = socket_self(client);
	other = socket_peer(server);
	ck_assert(addr_eq(&one, &other));
	ck_assert_uint_ne(one.port, 0);
	socket_close(client);
	socket_close(server);

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(socket_peer(pair[0]).family, ADDR_NONE);
	ck_assert_int_eq(socket_self(-1).family, ADDR_NONE);
	socket_close(pair[0]);
	socket_close(pair[1]);
}
END_TEST

START_TEST(a_connection_comes_from_the_source_it_is_given)
{
	struct addr source = { .family = ADDR_V4, .ip = { 127, 0, 0, 9 } };
	struct addr peer;
	int client, server;

	connect_loopback(&source, &client, &server);
	peer = socket_peer(server);
	ck_assert(addr_same_ip(&peer, &source));
	socket_close(client);
	socket_close(server);

	/* TEST-NET-3 is nobody's, so not ours to bind to. */
	ck_assert(addr_parse_ip(SL("203.0.113.1"), &source));
	source.port = 0;
	errno = 0;
	ck_assert_int_eq(socket_connect(&peer, &source), -1);
	ck_assert_int_eq(errno, EADDRNOTAVAIL);
}
END_TEST

START_TEST(a_refusal_is_told_once)
{
	struct addr where;
	int listener = listen_on_loopback(&where), fd;

	close(listener);
	fd = socket_connect(&where, &no_source);
	if (fd < 0) {
		/* Loopback may say it at once. */
		ck_assert_int_eq(errno, ECONNREFUSED);
		return;
	}
	await(fd, POLLOUT);
	ck_assert_int_eq(socket_peer(fd).family, ADDR_NONE);
	ck_assert_int_eq(socket_error(fd), ECONNREFUSED);
	ck_assert_int_eq(socket_error(fd), 0);
	socket_close(fd);
	ck_assert_int_eq(socket_error(-1), EBADF);
}
END_TEST

/* One end as a stream would hold it: only the layer looks at it. */
static struct stream
stream_on(int fd)
{
	return (struct stream){ .fd = fd, .layer = &stream_socket_layer };
}

START_TEST(octets_pass_and_the_words_say_what_happened)
{
	const struct stream_layer *l = &stream_socket_layer;
	int client, server;
	struct stream one, other;
	char octets[8];

	connect_loopback(&no_source, &client, &server);
	one = stream_on(client);
	other = stream_on(server);
	ck_assert_int_eq(l->read(&one, octets, sizeof(octets)), STREAM_AGAIN);
	ck_assert_int_eq(l->write(&other, "ab", 2), 2);
	await(client, POLLIN);
	ck_assert_int_eq(socket_peek(client, octets, sizeof(octets)), 2);
	ck_assert_int_eq(l->read(&one, octets, sizeof(octets)), 2);
	ck_assert_int_eq(memcmp(octets, "ab", 2), 0);
	l->finish(&other);
	await(client, POLLIN);
	ck_assert_int_eq(l->read(&one, octets, sizeof(octets)), STREAM_END);
	/* Only one way has ended. */
	ck_assert_int_eq(l->write(&one, "c", 1), 1);
	await(server, POLLIN);
	ck_assert_int_eq(recv(server, octets, sizeof(octets), 0), 1);
	socket_close(client);
	socket_close(server);
}
END_TEST

START_TEST(a_peer_that_is_gone_breaks_the_stream)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };
	int client, server;
	struct stream one;
	char octet;

	connect_loopback(&no_source, &client, &server);
	one = stream_on(client);
	ck_assert_int_eq(setsockopt(server, SOL_SOCKET, SO_LINGER, &now,
				    sizeof(now)), 0);
	socket_close(server);
	await(client, POLLIN);
	ck_assert_int_eq(stream_socket_layer.read(&one, &octet, 1),
			 STREAM_BROKEN);
	ck_assert_str_eq(stream_socket_layer.trouble(&one),
			 strerror(ECONNRESET));
	/* No signal ends us for that. */
	ck_assert_int_eq(stream_socket_layer.write(&one, "x", 1),
			 STREAM_BROKEN);
	ck_assert_str_eq(stream_socket_layer.trouble(&one), strerror(EPIPE));
	socket_close(client);
}
END_TEST

Suite *
suite_socket(void)
{
	const TTest *const tests[] = {
		each_end_of_a_connection_knows_both_addresses,
		a_connection_comes_from_the_source_it_is_given,
		a_refusal_is_told_once,
		octets_pass_and_the_words_say_what_happened,
		a_peer_that_is_gone_breaks_the_stream,
	};

	return suite_of("socket", tests, sizeof(tests) / sizeof(tests[0]));
}
