#include "play_tls.h"

#include <errno.h>

#include "base/mem.h"
#include "net/tls.h"
#include "net/tls_clients.h"
#include "play_net.h"

/* The longest hello: SNI of 255 octets, and what is around it. */
#define MAX_HELLO 300

struct tls {
	bool verify;
};

static struct tls for_clients;

struct tls *
play_tls(void)
{
	return &for_clients;
}

void
tls_free(struct tls **tls)
{
	*tls = NULL;
}

/* ---- the handshake ----------------------------------------------------- */

struct shake {
	bool verify;
	char hello[MAX_HELLO];	/* of the other side, with a NUL behind it */
	size_t n;
};

static enum stream_progress
fail(struct err *e, struct err **e_out)
{
	*e_out = e;
	return STREAM_PROGRESS_FAILED;
}

/* A whole hello is taken apart: only the name stays. */
static enum stream_progress
judge(struct shake *s, struct err **e_out)
{
	struct slice hello = { s->hello, s->n - 1 };
	struct slice name = slice_skip(hello, PLAY_TLS_HELLO.n);

	if (s->verify && slice_eq(name, PLAY_TLS_BAD_CERTIFICATE))
		return fail(err_new(ERR_CONFIG, "certificate not valid: "
				    "self-signed certificate"), e_out);
	memmove(s->hello, name.p, name.n);
	s->hello[name.n] = '\0';
	return STREAM_PROGRESS_DONE;
}

/* No octet behind the hello is touched: it belongs to the session. */
static enum stream_progress
shake_hands(struct stream *st, struct err **e_out)
{
	struct shake *s = st->state;
	struct slice due = PLAY_TLS_HELLO;
	ssize_t n;

	while ((n = stream_socket_layer.read(st, s->hello + s->n, 1)) == 1) {
		char c = s->hello[s->n++];

		if (s->n <= due.n ? c != due.p[s->n - 1] : s->n == MAX_HELLO)
			return fail(err_new(ERR_PEER, "wrong version number"),
				    e_out);
		if (s->n > due.n && c == '\n')
			return judge(s, e_out);
	}
	if (n == STREAM_AGAIN)
		return STREAM_PROGRESS_AGAIN;
	return fail(err_new(ERR_PEER, "connection closed"), e_out);
}

/* ---- the layer --------------------------------------------------------- */

static ssize_t
play_read(struct stream *st, char *p, size_t n)
{
	return stream_socket_layer.read(st, p, n);
}

static ssize_t
play_write(struct stream *st, const char *p, size_t n)
{
	return stream_socket_layer.write(st, p, n);
}

static void
play_finish(struct stream *st)
{
	stream_socket_layer.finish(st);
}

static void
free_shake(struct stream *st)
{
	free(st->state);
}

static const char *
play_trouble(const struct stream *st)
{
	return strerror(st->trouble);
}

static const struct stream_layer tls_layer = {
	.handshake = shake_hands,
	.read = play_read,
	.write = play_write,
	.finish = play_finish,
	.free = free_shake,
	.trouble = play_trouble,
};

void
tls_accept(const struct tls *tls, struct stream *st)
{
	(void)tls;
	stream_push(st, &tls_layer, mem_zalloc(sizeof(struct shake)), false);
}

struct err *
tls_connect(const struct tls *tls, struct stream *st, struct slice host)
{
	struct shake *s = mem_zalloc(sizeof(*s));
	struct buf hello;
	struct addr ip;

	s->verify = tls->verify;
	buf_init(&hello, MAX_HELLO);
	BUF_ADD(&hello, PLAY_TLS_HELLO, addr_parse_ip(host, &ip) ? SL("") : host,
		SL("\n"));
	stream_socket_layer.write(st, hello.p, hello.n);
	buf_free(&hello);
	stream_push(st, &tls_layer, s, true);
	return NULL;
}

/* ---- about a connection ------------------------------------------------ */

bool
tls_is_on(const struct stream *st)
{
	return st->layer == &tls_layer && !st->shaking;
}

const char *
tls_version(const struct stream *st)
{
	return tls_is_on(st) ? "TLSv1.3" : "";
}

const char *
tls_cipher(const struct stream *st)
{
	return tls_is_on(st) ? "TLS_AES_256_GCM_SHA384" : "";
}

const char *
tls_server_name(const struct stream *st)
{
	const struct shake *s = st->state;

	return tls_is_on(st) && s->hello[0] != '\0' ? s->hello : NULL;
}

/* Clients of a play have no certificates. */
void
tls_peer_read(const struct stream *st, struct arena *a, struct tls_peer *out)
{
	(void)st;
	(void)a;
	*out = (struct tls_peer){ 0 };
}

const char *
tls_binding_name(enum tls_binding kind)
{
	return kind == TLS_BINDING_EXPORTER ? "tls-exporter" :
	       kind == TLS_BINDING_UNIQUE ? "tls-unique" : "tls-server-end-point";
}

size_t
tls_binding(const struct stream *st, enum tls_binding kind,
	    char out[TLS_BINDING_MAX])
{
	if (!tls_is_on(st) || kind != TLS_BINDING_EXPORTER)
		return 0;
	memcpy(out, "played", 6);
	return 6;
}

/* ---- net/tls_clients.h ------------------------------------------------- */

struct tls_clients {
	struct tls careful, careless;
};

struct tls_clients *
tls_clients_make(void)
{
	struct tls_clients *c = mem_zalloc(sizeof(*c));

	c->careful.verify = true;
	return c;
}

void
tls_clients_free(struct tls_clients **c)
{
	free(*c);
	*c = NULL;
}

struct err *
tls_clients_get(struct tls_clients *c, const struct tls_client_files *files,
		const struct tls **tls_out)
{
	*tls_out = files->verify ? &c->careful : &c->careless;
	return NULL;
}
