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

/* An authority of its own, if issuer is NULL. names: what subjectAltName takes,
   "DNS:a.test,IP:127.0.0.1"; days: how long it is valid, less than 0: no more. */
void unit_cert_make(struct unit_cert *c, enum unit_key kind, const char *names,
		    int days, const struct unit_cert *issuer);
void unit_cert_free(struct unit_cert *c);

#endif
