/* The public keys that tokens are signed with: a JWK set (RFC 7517), or PEM. */
#ifndef AUTH_JWKS_H
#define AUTH_JWKS_H

#include "base/err.h"
#include "base/slice.h"

/* A provider has two or three; this many are read. */
#define JWKS_MAX_KEYS 64
/* The longest set that is read. */
#define JWKS_MAX_TEXT (256 * 1024)
/* Weaker RSA keys are not used (NIST SP 800-131A). */
#define JWKS_MIN_RSA_BITS 2048

struct jwks;

/* Keys of other kinds than RSA, P-256 and Ed25519, or for other uses than
   signatures, are skipped. An error if none is left. */
struct err *jwks_read(struct slice text, struct jwks **keys_out)
	__attribute__((warn_unused_result));
void jwks_free(struct jwks **keys);

size_t jwks_count(const struct jwks *keys);

enum jwks_verdict {
	JWKS_GOOD,
	JWKS_BAD,	/* the signature is another's */
	JWKS_NO_KEY,	/* the set has no such key: it may be an old one */
	JWKS_NO_ALG,	/* not RS256, ES256 or EdDSA */
};

/* Whether signature is one of text, by the key with that id. Without an id (empty)
   any key of the right kind will do. The algorithm must be the key's: what a
   token says of it is only a hint. */
enum jwks_verdict jwks_verify(const struct jwks *keys, struct slice alg,
			      struct slice kid, struct slice text,
			      struct slice signature);

#endif
