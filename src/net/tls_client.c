/* What connections to a backend share. */
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/mem.h"
#include "net/tls.h"
#include "net/tls_private.h"

/* Takes every certificate of a PEM text for an authority. */
static struct err *
trust(SSL_CTX *ctx, struct slice pem, struct slice name)
{
	BIO *bio = pem.n > INT_MAX ? NULL : BIO_new_mem_buf(pem.p, (int)pem.n);
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	X509 *cert;
	size_t count = 0;

	while (bio != NULL &&
	       (cert = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL)) != NULL) {
		/* Fails for one that is there already, which does no harm. */
		if (X509_STORE_add_cert(store, cert) == 1)
			count++;
		X509_free(cert);
	}
	BIO_free(bio);
	ERR_clear_error();	/* the end of the text is one, to OpenSSL */
	if (count == 0)
		return err_new(ERR_CONFIG,
			       "%.*s has no certificate of an authority",
			       SL_FMT(name));
	return NULL;
}

static struct err *
configure(SSL_CTX *ctx, const struct tls_client_conf *conf)
{
	struct err *e = NULL;

	tls_context_basics(ctx);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, conf->verify ? SSL_VERIFY_PEER :
					       SSL_VERIFY_NONE, NULL);
	if (conf->verify)
		e = trust(ctx, conf->ca, conf->name);
	if (e == NULL && conf->cert.n > 0)
		e = tls_context_pair(ctx, conf->cert, conf->key,
				     (struct slice){ 0 }, conf->name);
	return e;
}

struct err *
tls_client_make(const struct tls_client_conf *conf, struct tls **tls_out)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct err *e;

	if (ctx == NULL)
		return tls_error("create", SL("TLS context"));
	e = configure(ctx, conf);
	if (e != NULL) {
		SSL_CTX_free(ctx);
		return e;
	}
	*tls_out = mem_zalloc(sizeof(**tls_out));
	(*tls_out)->ctx = ctx;
	return NULL;
}
