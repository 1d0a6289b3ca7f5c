/* What server and client contexts have in common. */
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "net/tls_private.h"

void
tls_context_basics(SSL_CTX *ctx)
{
	/* Buffers of idle connections go back: 34 KB each otherwise. A write
	   that has to be tried again may come from another place in memory,
	   since our buffers move. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS |
				      SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* A connection that just ends is an end like any other to a relay: the
	   protocols inside know when they were cut short. */
	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION |
					 SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	/* A record in one call, not its head and then its rest. A larger buffer would
	   hold several, but OpenSSL moves all that is left after each of them. */
	SSL_CTX_set_read_ahead(ctx, 1);
}

static BIO *
bio_of(struct slice pem)
{
	BIO *bio = BIO_new_mem_buf(pem.p == NULL ? "" : pem.p, (int)pem.n);

	if (bio == NULL || pem.n > INT_MAX)
		abort();	/* out of memory, as in mem.c */
	return bio;
}

/* Gives the password of an encrypted key; never asks at a terminal. */
static int
key_password_cb(char *out, int size, int writing, void *arg)
{
	const struct slice *password = arg;

	(void)writing;
	if (size < 0 || password->n > (size_t)size || password->n == 0)
		return -1;
	memcpy(out, password->p, password->n);
	return (int)password->n;
}

struct err *
tls_first_certificate(struct slice pem, struct slice name, X509 **cert_out)
{
	BIO *bio = bio_of(pem);
	X509 *cert = PEM_read_bio_X509_AUX(bio, NULL, key_password_cb,
					   &(struct slice){ 0 });

	BIO_free(bio);
	if (cert == NULL)
		return tls_error("read certificate", name);
	*cert_out = cert;
	return NULL;
}

/* What stands behind the first certificate in its file. */
static struct err *
add_chain(SSL_CTX *ctx, struct slice pem, struct slice name)
{
	BIO *bio = bio_of(pem);
	X509 *cert = PEM_read_bio_X509_AUX(bio, NULL, key_password_cb,
					   &(struct slice){ 0 });
	struct err *e = NULL;

	X509_free(cert);	/* the certificate itself */
	while (e == NULL && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		if (SSL_CTX_add1_chain_cert(ctx, cert) != 1)
			e = tls_error("use the certificates behind", name);
		X509_free(cert);
	}
	ERR_clear_error();	/* the end of the file is one, to OpenSSL */
	BIO_free(bio);
	return e;
}

/* OpenSSL itself takes a key of another kind than the certificate's for one whose
   certificate is still to come; no client could connect then. */
static struct err *
add_key(SSL_CTX *ctx, X509 *cert, struct slice pem, struct slice password,
	struct slice name)
{
	BIO *bio = bio_of(pem);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, key_password_cb,
						&password);
	struct err *e = NULL;

	BIO_free(bio);
	if (key == NULL)
		return tls_error("read the key of", name);
	if (X509_check_private_key(cert, key) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, key) != 1)
		e = tls_error("use the key of", name);
	EVP_PKEY_free(key);
	return e;
}

struct err *
tls_context_pair(SSL_CTX *ctx, struct slice cert_pem, struct slice key_pem,
		 struct slice key_password, struct slice name)
{
	X509 *cert = NULL;
	struct err *e = tls_first_certificate(cert_pem, name, &cert);

	if (e != NULL)
		return e;
	if (SSL_CTX_use_certificate(ctx, cert) != 1)
		e = tls_error("use certificate", name);
	if (e == NULL)
		e = add_chain(ctx, cert_pem, name);
	if (e == NULL)
		e = add_key(ctx, cert, key_pem, key_password, name);
	X509_free(cert);
	return e;
}
