/* The server's side of SASL, for what ends in a name and a password. Pure: a
   decoded message in, a challenge or the credentials out. */
#ifndef AUTH_SASL_SERVER_H
#define AUTH_SASL_SERVER_H

#include "base/arena.h"
#include "base/slice.h"

/* Texts are in the arena given to sasl_server_step(). */
struct credentials {
	struct slice mechanism;	/* "PLAIN"; static */
	struct slice user;	/* the authentication identity */
	struct slice authzid;	/* whom to act as; empty: user */
	struct slice password;
};

enum sasl_step {
	SASL_CHALLENGE,	/* *challenge_out goes to the client */
	SASL_DONE,	/* *credentials is complete */
	SASL_BAD,	/* the message cannot be of this mechanism */
};

struct sasl_mechanism;

/* Zeroed before the exchange begins. */
struct sasl_server {
	const struct sasl_mechanism *mechanism;
	unsigned step;
	struct credentials credentials;
};

/* NULL if there is no such mechanism. Names compare without case. */
const struct sasl_mechanism *sasl_mechanism_find(struct slice name);

void sasl_server_begin(struct sasl_server *s, const struct sasl_mechanism *m);

/* Takes the client's next message. has_message is false at the very start, when
   the client sent no initial response (RFC 4422 section 3.3); an empty message
   is one. *challenge_out is static. */
enum sasl_step sasl_server_step(struct sasl_server *s, bool has_message,
				struct slice message, struct arena *a,
				struct slice *challenge_out);

#endif
