/* A connection's TLS; what connections share is in tls_server.c and
   tls_client.c. */
#include "net/tls.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "net/tls_private.h"

void
tls_free(struct tls **tls)
{
	if (*tls == NULL)
		return;
	SSL_CTX_free((*tls)->ctx);
	free(*tls);
	*tls = NULL;
}

/* ---- errors ------------------------------------------------------------ */

const char *
tls_error_text(unsigned long code)
{
	const char *text = ERR_reason_error_string(code);

	return text == NULL ? "unknown TLS error" : text;
}

struct err *
tls_error(const char *what, struct slice name)
{
	unsigned long code = ERR_peek_last_error();

	ERR_clear_error();
	return err_new(ERR_CONFIG, "%s %.*s: %s", what, SL_FMT(name),
		       tls_error_text(code));
}

/* ---- octets ------------------------------------------------------------ */

static SSL *
ssl_of(const struct stream *st)
{
	return st->state;
}

/* Turns what OpenSSL says into what a stream says. needs is where to leave what
   must happen on the socket first. */
static ssize_t
verdict(struct stream *st, int result, uint8_t *needs, uint8_t usual)
{
	int error = SSL_get_error(ssl_of(st), result);

	*needs = usual;
	switch (error) {
	case SSL_ERROR_WANT_READ:
		*needs = WANT_READ;
		return STREAM_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		*needs = WANT_WRITE;
		return STREAM_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return STREAM_END;
	case SSL_ERROR_SYSCALL:
		st->trouble = errno == 0 ? ECONNRESET : errno;
		break;
	default:
		/* Codes of OpenSSL have their top bit set, errno has not. */
		st->trouble = -(int)ERR_GET_REASON(ERR_peek_last_error()) - 1;
		break;
	}
	ERR_clear_error();
	return STREAM_BROKEN;
}

static ssize_t
tls_read(struct stream *st, char *p, size_t n)
{
	int got;

	ERR_clear_error();	/* what others left would be taken for ours */
	errno = 0;
	got = SSL_read(ssl_of(st), p, n > INT_MAX ? INT_MAX : (int)n);
	st->dry = got <= 0;
	if (got > 0) {
		st->read_needs = WANT_READ;
		return got;
	}
	return verdict(st, got, &st->read_needs, WANT_READ);
}

static ssize_t
tls_write(struct stream *st, const char *p, size_t n)
{
	int sent;
	ssize_t words;

	if (n == 0)
		return 0;
	ERR_clear_error();
	errno = 0;
	/* It writes a record and returns: the kernel better waits for the next. */
	st->more = n > TLS_RECORD;
	sent = SSL_write(ssl_of(st), p, n > INT_MAX ? INT_MAX : (int)n);
	st->more = false;
	if (sent > 0) {
		st->write_needs = WANT_WRITE;
		return sent;
	}
	words = verdict(st, sent, &st->write_needs, WANT_WRITE);
	return words == STREAM_END ? STREAM_BROKEN : words;
}

/* A part of a record counts for OpenSSL, but not for us: nothing comes of it until
   the socket brings the rest. */
static bool
tls_holds(const struct stream *st)
{
	return !st->dry && SSL_has_pending(ssl_of(st)) == 1;
}

static void
tls_finish(struct stream *st)
{
	ERR_clear_error();
	(void)SSL_shutdown(ssl_of(st));
	ERR_clear_error();
}

static void
tls_free_state(struct stream *st)
{
	SSL_free(ssl_of(st));
}

static const char *
tls_trouble(const struct stream *st)
{
	if (st->trouble < 0)
		return tls_error_text(ERR_PACK(ERR_LIB_SSL, 0,
					       -st->trouble - 1));
	return strerror(st->trouble);
}

/* ---- handshake --------------------------------------------------------- */

/* Why a certificate did not pass, if that is what it was. */
static struct err *
handshake_error(const SSL *ssl)
{
	unsigned long code = ERR_peek_error();
	long result = SSL_get_verify_result(ssl);
	struct err *e;

	if (!SSL_is_server(ssl) && result != X509_V_OK)
		e = err_new(ERR_CONFIG, "certificate not valid: %s",
			    X509_verify_cert_error_string(result));
	else if (code == 0)
		e = err_new(ERR_PEER, "connection closed");
	else
		e = err_new(ERR_PEER, "%s", tls_error_text(code));
	ERR_clear_error();
	return e;
}

static enum stream_progress
tls_handshake(struct stream *st, struct err **e_out)
{
	int result;

	ERR_clear_error();
	errno = 0;
	result = SSL_do_handshake(ssl_of(st));
	if (result == 1)
		return STREAM_PROGRESS_DONE;
	switch (SSL_get_error(ssl_of(st), result)) {
	case SSL_ERROR_WANT_READ:
		st->handshake_needs = WANT_READ;
		return STREAM_PROGRESS_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		st->handshake_needs = WANT_WRITE;
		return STREAM_PROGRESS_AGAIN;
	default:
		*e_out = handshake_error(ssl_of(st));
		return STREAM_PROGRESS_FAILED;
	}
}

static const struct stream_layer tls_layer = {
	.handshake = tls_handshake,
	.read = tls_read,
	.write = tls_write,
	.holds = tls_holds,
	.finish = tls_finish,
	.free = tls_free_state,
	.trouble = tls_trouble,
};

static SSL *
make_ssl(const struct tls *tls, struct stream *st)
{
	SSL *ssl = SSL_new(tls->ctx);
	BIO *bio = tls_bio_make(st);

	if (ssl == NULL)
		abort();	/* out of memory, as in mem.c */
	SSL_set_bio(ssl, bio, bio);
	return ssl;
}

void
tls_accept(const struct tls *tls, struct stream *st)
{
	SSL *ssl = make_ssl(tls, st);

	SSL_set_accept_state(ssl);
	stream_push(st, &tls_layer, ssl, false);
}

/* Whom the certificate must name. */
static bool
expect_host(SSL *ssl, struct slice host)
{
	char text[256];
	struct addr ip;

	if (host.n == 0 || host.n >= sizeof(text) || slice_has(host, '\0'))
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	if (addr_parse_ip(host, &ip))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl),
						     text) == 1;
	return SSL_set_tlsext_host_name(ssl, text) == 1 &&
	       SSL_set1_host(ssl, text) == 1;
}

struct err *
tls_connect(const struct tls *tls, struct stream *st, struct slice host)
{
	SSL *ssl = make_ssl(tls, st);

	SSL_set_connect_state(ssl);
	if (!expect_host(ssl, host)) {
		SSL_free(ssl);
		ERR_clear_error();
		return err_new(ERR_CONFIG, "%.*s is no name a certificate could "
			       "have", SL_FMT(host));
	}
	stream_push(st, &tls_layer, ssl, true);
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
	return tls_is_on(st) ? SSL_get_version(ssl_of(st)) : "";
}

const char *
tls_cipher(const struct stream *st)
{
	return tls_is_on(st) ? SSL_get_cipher_name(ssl_of(st)) : "";
}

const char *
tls_server_name(const struct stream *st)
{
	if (!tls_is_on(st))
		return NULL;
	return SSL_get_servername(ssl_of(st), TLSEXT_NAMETYPE_host_name);
}

bool
tls_was_resumed(const struct stream *st)
{
	return tls_is_on(st) && SSL_session_reused(ssl_of(st)) == 1;
}
