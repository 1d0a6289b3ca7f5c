/* How a worker gets its lookups answered: by itself where that costs nothing,
   else by the auth process that has least to do. A question whose process died
   is put to another, once. */
#ifndef ROLE_WORKER_LOOKUP_H
#define ROLE_WORKER_LOOKUP_H

#include "core/core.h"
#include "role/child.h"

struct worker_lookup;

/* core learns from it which mechanisms can be served. */
struct worker_lookup *worker_lookup_make(struct child *child,
					 struct core *core);
void worker_lookup_free(struct worker_lookup **l);

/* The settings are complete. */
struct err *worker_lookup_go(struct worker_lookup *l)
	__attribute__((warn_unused_result));

/* The auth process of that number is at the other end of fd (taken). */
void worker_lookup_meet(struct worker_lookup *l, unsigned index, int fd);

void worker_lookup_ask(struct worker_lookup *l, struct core_question *q);
void worker_lookup_continue(struct worker_lookup *l, struct core_question *q,
			    struct slice response);
void worker_lookup_forget(struct worker_lookup *l, struct core_question *q);

#endif
