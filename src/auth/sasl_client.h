/* The client's side of SASL, towards a backend. Pure. */
#ifndef AUTH_SASL_CLIENT_H
#define AUTH_SASL_CLIENT_H

#include "base/buf.h"

/* What usher says it is. Borrowed for the exchange. */
struct sasl_client_identity {
	struct slice user;	/* whose mail it is about */
	struct slice master;	/* who logs in for that user; empty: user */
	struct slice password;
};

struct sasl_client_mechanism;

struct sasl_client {
	const struct sasl_client_mechanism *mechanism;
	const struct sasl_client_identity *identity;
	unsigned step;
};

/* False if usher does not speak the mechanism. Names compare without case. */
bool sasl_client_begin(struct sasl_client *c, struct slice mechanism,
		       const struct sasl_client_identity *identity);

/* "PLAIN" */
struct slice sasl_client_name(const struct sasl_client *c);

/* Whether the client speaks first, so that an initial response makes sense. */
bool sasl_client_speaks_first(const struct sasl_client *c);

/* Appends the answer to a challenge (decoded), or the initial response (an empty
   challenge). False if the exchange should be over, or does not fit. */
bool sasl_client_step(struct sasl_client *c, struct slice challenge,
		      struct buf *out);

#endif
