/* One connection to a backend, until the user is in there: addresses in turn,
   TLS, the protocol's dialogue, time limits, reconnects (spec:
   dovecot-login-proxy.md sections 3, 4, 6).

   The owner gives a target and a stream; the protocol's client side is driven
   through struct proto and answers with the functions below. */
#ifndef CORE_BACKEND_H
#define CORE_BACKEND_H

#include "base/buf.h"
#include "core/forward.h"
#include "core/proto.h"
#include "core/target.h"
#include "net/stream.h"

/* Why an attempt failed (section 4.1), and so what comes next. */
enum backend_fault {
	BACKEND_CONNECT,	/* refused, timed out, closed on us: the next
				   address, or again */
	BACKEND_PROTOCOL,	/* said what makes no sense: again */
	BACKEND_REMOTE,		/* said no to something it offered: again */
	BACKEND_REMOTE_CONFIG,	/* lacks what we are told to use: the end */
	BACKEND_INTERNAL,	/* we cannot even begin: the end */
};

struct backend_owner {
	/* The user is in; words are the backend's. The stream is the owner's
	   again, and backend_leftover() has what followed the words. */
	void (*logged_in)(void *arg, struct slice words);
	/* It is over; words are the backend's, if it gave the reason. The stream
	   is closed. The backend must not be freed from within, but soon
	   after. */
	void (*failed)(void *arg, enum verdict_kind kind, struct slice words);
	/* Of an exchange that is carried (target.h): what the backend wants the
	   client to answer, with backend_carry_answer(). */
	void (*challenge)(void *arg, struct slice base64);
};

struct backend;

/* All is borrowed until the owner is told the end, or backend_abandon(). */
struct backend *backend_start(struct core *core, const struct proto *proto,
			      struct stream *stream,
			      const struct target *target,
			      const struct forward *forward,
			      const struct backend_owner *owner, void *arg,
			      const struct log *log);

/* Closes what is under way, and tells nobody. Safe from within the backend's own
   callbacks, where freeing it is not. NULL is welcome. */
void backend_abandon(struct backend *b);
void backend_free(struct backend **b);

/* What came behind the words that ended the login. Borrowed. */
struct slice backend_leftover(const struct backend *b);

/* Octets sent to the backend so far, identity and login included. */
uint64_t backend_sent(const struct backend *b);

/* Where it is, or was last, connected to. */
const struct addr *backend_address(const struct backend *b);

/* Why the backend would not take a token, in the words of its mechanism (JSON);
   empty if it did not say. */
struct slice backend_token_error(const struct backend *b);

/* The client's answer to a challenge. */
void backend_carry_answer(struct backend *b, struct slice base64);

/* How often it was tried again. */
unsigned backend_reconnects(const struct backend *b);

/* ---- for protocols ----------------------------------------------------- */

void *backend_state(const struct backend *b);
struct buf *backend_out(struct backend *b);
const struct target *backend_target(const struct backend *b);
const struct forward *backend_forward(const struct backend *b);
const struct settings *backend_settings(const struct backend *b);
/* The name usher goes by. */
struct slice backend_hostname(const struct backend *b);
/* Who started it: a session, for protocols that relay. */
void *backend_owner_arg(const struct backend *b);
/* Memory that lasts as long as the dialogue. */
struct arena *backend_arena(struct backend *b);

/* TLS is to be started in this dialogue, and is not yet. */
bool backend_needs_starttls(const struct backend *b);
/* Starts it once what is in backend_out() is sent; what the backend said in the
   clear beyond this is thrown away. backend_secured() follows. */
void backend_starttls(struct backend *b);

/* Some variables are too long for the protocol: the log says so, the login goes
   on. */
void backend_warn_left_out(const struct backend *b, size_t variables);

/* The ends of a dialogue. words are copied. backend_logged_in() is to be called
   from backend_input(), which then returns what it took. */
void backend_logged_in(struct backend *b, struct slice words);
void backend_refused(struct backend *b, struct slice words);
/* A refusal that may be over soon: tried again, then words go to the client. */
void backend_refused_for_now(struct backend *b, struct slice words);
void backend_fail(struct backend *b, enum backend_fault fault, const char *fmt,
		  ...) __attribute__((format(printf, 3, 4)));

#endif
