/* A user on a backend: through a session whose user is in, or through a delivery
   that is under way. What usherctl who lists and the director counts; as long as
   there is one, the user stays where it is. */
#ifndef CORE_PRESENCE_H
#define CORE_PRESENCE_H

#include "base/addr.h"
#include "core/close_reason.h"

struct core;

/* What a presence is to others: for usherctl who, the director, the log. Texts
   are borrowed. */
struct presence_facts {
	uint64_t serial;	/* unique in this process's life; grows */
	struct slice user, session_id, backend;
	const char *protocol;
	struct addr client;
	int64_t opened_ms;	/* clock_now_ms() when the client connected */
	uint64_t in, out;	/* octets to the backend, to the client */
	bool tls;
};

struct presence_ops {
	/* Fills in all but the serial. */
	void (*describe)(const void *owner, struct presence_facts *out);
	/* Ends it, as an operator or a move of the user wants. NULL: it will be
	   over soon by itself, and is to be waited for. */
	void (*end)(void *owner, enum close_reason why);
};

/* Embedded in its owner; zeroed while the user is not in. */
struct presence {
	struct presence *prev, *next;	/* in core->presences, by serial */
	const struct presence_ops *ops;
	void *owner;
	uint64_t serial;		/* 0: not in */
};

/* The user is in, and gone again; the process is told. Leaving is harmless if it
   was never entered. */
void presence_enter(struct presence *p, struct core *core,
		    const struct presence_ops *ops, void *owner);
void presence_leave(struct presence *p, struct core *core);

void presence_describe(const struct presence *p, struct presence_facts *out);

/* Calls each(arg, facts) for the presences from the serial *from on, in order,
   for as many as most. False if that were all of them; else *from is where to go
   on. */
bool presence_each(const struct core *core, uint64_t *from, uint64_t most,
		   void (*each)(void *arg, const struct presence_facts *facts),
		   void *arg);

#endif
