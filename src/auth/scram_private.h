/* What both sides of SCRAM share. */
#ifndef AUTH_SCRAM_PRIVATE_H
#define AUTH_SCRAM_PRIVATE_H

#include "auth/scram.h"

/* HMAC and hash of key_n octets; false if OpenSSL lacks the digest. */
bool scram_hmac(const char *digest, const unsigned char *key, size_t key_n,
		struct slice text, unsigned char out[SCRAM_MAX_KEY]);
bool scram_hash(const char *digest, const unsigned char *in, size_t n,
		unsigned char out[SCRAM_MAX_KEY]);

/* StoredKey and ServerKey of a salted password (RFC 5802 section 3). */
bool scram_keys(const char *digest, const unsigned char *salted, size_t n,
		unsigned char client_key[SCRAM_MAX_KEY],
		unsigned char stored_key[SCRAM_MAX_KEY],
		unsigned char server_key[SCRAM_MAX_KEY]);

/* "bare,first,without-proof" */
struct slice scram_auth_message(struct arena *a, struct slice bare,
				struct slice first, struct slice last);

/* Takes "x=value" and the comma behind it off the front of *rest. False if it
   begins with another letter. */
bool scram_cut(struct slice *rest, char name, struct slice *value_out);

/* Appends in base64. */
void scram_add_base64(struct buf *out, const unsigned char *p, size_t n);

/* True if coded is the base64 of n octets, which are written. */
bool scram_decode(struct slice coded, unsigned char *out, size_t n);

#endif
