/* Signed tokens (JWT, RFC 7519, in the compact form of RFC 7515), and what must be
   so of what they claim. Pure. */
#ifndef AUTH_JWT_H
#define AUTH_JWT_H

#include "auth/jwks.h"
#include "base/arena.h"
#include "conf/conf_field.h"

/* A SASL message has 8192 octets, and the token is in it. */
#define JWT_MAX (16 * 1024)

struct jwt_rules {
	struct slice issuer;		/* empty: any */
	struct conf_texts audience;	/* one of these; none: any */
	struct conf_texts scope;	/* all of these */
	struct slice username_claim;
	int64_t now_s, leeway_s;
};

enum jwt_verdict {
	JWT_GOOD,
	JWT_OPAQUE,	/* it is no JWT: ask who gave it out */
	JWT_NO_KEY,	/* signed with a key that the set does not have */
	JWT_WRONG,	/* *why_out says why */
};

/* *user_out is the claim's text, in a. *why_out is static. */
enum jwt_verdict jwt_judge(struct slice token, const struct jwks *keys,
			   const struct jwt_rules *rules, struct arena *a,
			   struct slice *user_out, const char **why_out);

/* Whether a provider says that a token is active (RFC 7662 section 2.2). *why_out is
   written if its answer makes no sense. */
bool jwt_is_active(struct slice json, const char **why_out);

/* The same of claims that nobody signed, from who can be trusted with them (RFC
   7662): exp need not be there. */
enum jwt_verdict jwt_judge_claims(struct slice json,
				  const struct jwt_rules *rules,
				  struct arena *a, struct slice *user_out,
				  const char **why_out);

#endif
