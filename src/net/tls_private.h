/* Between the files of TLS. */
#ifndef NET_TLS_PRIVATE_H
#define NET_TLS_PRIVATE_H

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "base/slice.h"

struct tls {
	SSL_CTX *ctx;
};

/* The words for an OpenSSL error code. */
const char *tls_error_text(unsigned long code);

/* "what name: words of the last OpenSSL error", and clears the error queue. */
struct err *tls_error(const char *what, struct slice name);

struct stream;

/* Leads to the stream's socket; lives no longer than it. */
BIO *tls_bio_make(struct stream *st);

/* What both sides of TLS want of a context. */
void tls_context_basics(SSL_CTX *ctx);

/* Puts a certificate, what links it to its authority and its key into ctx. */
struct err *tls_context_pair(SSL_CTX *ctx, struct slice cert, struct slice key,
			     struct slice key_password, struct slice name)
	__attribute__((warn_unused_result));

/* The first certificate of a PEM text; to be freed by the caller. */
struct err *tls_first_certificate(struct slice pem, struct slice name,
				  X509 **cert_out)
	__attribute__((warn_unused_result));

#endif
