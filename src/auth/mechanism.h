/* The SASL mechanisms usher knows, and what each asks of us. */
#ifndef AUTH_MECHANISM_H
#define AUTH_MECHANISM_H

#include "base/slice.h"

enum mechanism_kind {
	MECHANISM_PASSWORD,	/* ends in a name and a password */
	MECHANISM_TOKEN,	/* ends in a name and a token of OAuth */
	MECHANISM_CERTIFICATE,	/* TLS has proven it; a name at most is said */
	MECHANISM_SCRAM,	/* the password is proven, not said; the first
				   message names the user */
	MECHANISM_CRAM,		/* the same, and the server speaks first */
	MECHANISM_OTHER,	/* a Dovecot auth server's to know */
};

struct mechanism {
	struct slice name;
	enum mechanism_kind kind;
	bool cleartext;		/* who listens learns what to log in with */
	bool binding;		/* bound to the TLS connection: a "-PLUS" */
	const char *digest;	/* SCRAM: OpenSSL's name for its hash */
};

/* Names compare without case. NULL: one that usher knows nothing of. */
const struct mechanism *mechanism_find(struct slice name);

/* What to think of a mechanism that is none of ours: it needs TLS. */
extern const struct mechanism mechanism_unknown;

#endif
