/* Certificates for tests, made on the spot. */
#ifndef TESTS_UNIT_NET_UNIT_PKI_H
#define TESTS_UNIT_NET_UNIT_PKI_H

#include <openssl/x509.h>

#include "base/buf.h"

enum unit_key { UNIT_KEY_RSA, UNIT_KEY_EC };

struct unit_cert {
	X509 *x509;
	EVP_PKEY *key;
	struct buf cert_pem, key_pem;
};

/* An authority, if issuer is NULL or names begin with "DNS:ca". names: what subjectAltName takes,
   "DNS:a.test,IP:127.0.0.1"; days: how long it is valid, less than 0: no more. */
void unit_cert_make(struct unit_cert *c, enum unit_key kind, const char *names,
		    int days, const struct unit_cert *issuer);
/* The key once more, encrypted with a password. To be freed with buf_free(). */
struct buf unit_cert_encrypted_key(const struct unit_cert *c,
				   struct slice password);
void unit_cert_free(struct unit_cert *c);

#endif
