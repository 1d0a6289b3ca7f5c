/* Exchanges that end here, from what is stored of the user's password: SCRAM and
   CRAM-MD5. For drivers that keep such: they begin one from their lookup(), and
   their proceed() is exchange_proceed(). */
#ifndef AUTH_EXCHANGE_H
#define AUTH_EXCHANGE_H

#include "auth/auth.h"

/* Whether a mechanism is one of those. */
bool exchange_serves(const struct mechanism *m);

/* Answers the lookup with *yes if the client knows the password that stored (of
   scheme, if it names none) was made from, after asking it if need be. Where
   nothing can be made of stored for this mechanism, the answer is AUTH_DENIED
   at once. */
void exchange_begin(struct auth_lookup *l, struct slice stored,
		    struct slice scheme, const struct auth_answer *yes);
void exchange_proceed(void *state, struct auth_lookup *l,
		      struct slice response);

/* ---- for the chain ----------------------------------------------------- */

/* What CRAM-MD5 (RFC 2195) asks before anybody knows who is there. */
struct slice exchange_cram_challenge(struct arena *a);
/* "jane 9e95aee0..."; slices borrow. */
bool exchange_cram_response(struct slice response, struct slice *user_out,
			    struct slice *digest_out);

/* Where there is no such user the client is asked the same way, so that nobody
   learns who exists. True if a challenge is on its way; whatever it answers, it
   was wrong. */
bool exchange_decoy(struct auth_lookup *l);

#endif
