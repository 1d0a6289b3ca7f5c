/* Finds out where a user goes: the lookup, its route, the target. For logins,
   which bring a password, and for deliveries, which bring none. */
#ifndef CORE_FINDER_H
#define CORE_FINDER_H

#include "auth/route.h"
#include "core/core.h"
#include "core/target.h"

enum finder_result {
	FINDER_FOUND,		/* finder->target is where */
	FINDER_REFUSED,		/* the lookup said no: finder->refusal */
	FINDER_NOLOGIN,		/* it said nologin: finder->route has the rest */
	FINDER_NOWHERE,		/* the user is known, and there is no way:
				   finder->why, for the log */
};

/* Embedded in who asks. All texts are in the arena given, which must last as long
   as the target is used. */
struct finder {
	struct core *core;
	struct arena *arena;
	struct auth_request request;
	struct core_question question;
	enum protocol protocol;
	struct slice user;		/* who it is, as the lookup renamed */
	struct auth_answer refusal;	/* FINDER_REFUSED; without fields */
	bool carried;			/* the backend is to end the exchange */
	struct route route;
	struct target target;
	struct slice why;		/* FINDER_NOWHERE */
	void (*challenge)(void *arg, struct slice challenge);
	void (*done)(void *arg, enum finder_result result);
	void *arg;
};

/* Asks. finder->request is filled in by the caller, and what it points to stays
   until the answer; the rest is zeroed by it. done() is called exactly once,
   perhaps from within, unless finder_cancel() comes first. challenge() may come
   before that, for AUTH_PROOF_EXCHANGE alone (NULL where none is asked for):
   what the client is to answer, with finder_continue(). */
void finder_start(struct finder *f, struct core *core, struct arena *arena,
		  enum protocol protocol,
		  void (*challenge)(void *arg, struct slice challenge),
		  void (*done)(void *arg, enum finder_result result),
		  void *arg);

void finder_continue(struct finder *f, struct slice response);

/* No answer any more. Harmless when none is awaited. */
void finder_cancel(struct finder *f);

#endif
