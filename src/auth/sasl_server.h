/* The server's side of SASL, as far as a worker goes: until it is known who the
   client says it is and what it offers as a proof. Names with passwords or tokens
   end here; of the others the first message is all, and who knows the secret goes
   on (auth.h, AUTH_PROOF_EXCHANGE). Pure: a decoded message in, a challenge or
   the credentials out. */
#ifndef AUTH_SASL_SERVER_H
#define AUTH_SASL_SERVER_H

#include "auth/auth.h"

/* Texts are in the arena given to sasl_server_step(). */
struct credentials {
	struct slice mechanism;	/* "PLAIN"; lives as long as the settings */
	enum auth_proof proof;
	struct slice user;	/* the authentication identity; may be empty
				   where a token or an exchange tells it */
	struct slice authzid;	/* whom to act as; empty: user */
	struct slice password;	/* or the token */
	bool has_response;	/* AUTH_PROOF_EXCHANGE */
	struct slice response;
};

enum sasl_step {
	SASL_CHALLENGE,	/* *challenge_out goes to the client */
	SASL_DONE,	/* *credentials is complete */
	SASL_BAD,	/* the message cannot be of this mechanism */
};

/* Zeroed before the exchange begins. */
struct sasl_server {
	const struct mechanism *mechanism;
	unsigned step;
	struct credentials credentials;
};

/* name is the mechanism's as it is offered; m what is known of it. */
void sasl_server_begin(struct sasl_server *s, const struct mechanism *m,
		       struct slice name);

/* Takes the client's next message. has_message is false at the very start, when
   the client sent no initial response (RFC 4422 section 3.3); an empty message
   is one. *challenge_out is static. */
enum sasl_step sasl_server_step(struct sasl_server *s, bool has_message,
				struct slice message, struct arena *a,
				struct slice *challenge_out);

#endif
