/* The client's side of SASL, towards a backend. Pure. */
#ifndef AUTH_SASL_CLIENT_H
#define AUTH_SASL_CLIENT_H

#include "auth/scram.h"
#include "base/buf.h"

/* What usher says it is. Borrowed for the exchange. */
struct sasl_client_identity {
	struct slice user;	/* whose mail it is about */
	struct slice master;	/* who logs in for that user; empty: user */
	struct slice password;	/* or the token of OAuth */
};

struct sasl_client_mechanism;

struct sasl_client {
	const struct sasl_client_mechanism *mechanism;	/* NULL: none begun */
	const struct sasl_client_identity *identity;
	unsigned step;
	struct scram_client scram;
};

enum sasl_client_step {
	SASL_CLIENT_SEND,	/* what was appended goes to the server */
	SASL_CLIENT_LATER,	/* there is more to be worked out: ask
				   sasl_client_work() in the next turn */
	SASL_CLIENT_BAD,	/* the exchange should be over, makes no sense,
				   or does not fit */
};

/* False if usher does not speak the mechanism. Names compare without case. *c is
   zeroed, or was freed. */
bool sasl_client_begin(struct sasl_client *c, struct slice mechanism,
		       const struct sasl_client_identity *identity);
/* Wipes. Harmless on a zeroed one. */
void sasl_client_free(struct sasl_client *c);

bool sasl_client_knows(struct slice mechanism);

/* "PLAIN" */
struct slice sasl_client_name(const struct sasl_client *c);

/* Whether the client speaks first, so that an initial response makes sense. */
bool sasl_client_speaks_first(const struct sasl_client *c);

/* Appends the answer to a challenge (decoded), or the initial response (an empty
   challenge). */
enum sasl_client_step sasl_client_step(struct sasl_client *c,
				       struct slice challenge, struct buf *out);
/* After LATER: as much work as fits into a turn of the loop, at most a few
   milliseconds. */
enum sasl_client_step sasl_client_work(struct sasl_client *c, struct buf *out);

/* True if the server may say yes now: SCRAM's has to prove that it knows the
   password, too. */
bool sasl_client_may_end(const struct sasl_client *c);

#endif
