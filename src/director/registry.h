/* Who is logged in where: what workers tell of their sessions. A worker that is
   gone takes its sessions with it. */
#ifndef DIRECTOR_REGISTRY_H
#define DIRECTOR_REGISTRY_H

#include "base/slice.h"

struct registry;

struct registry *registry_make(void);
void registry_free(struct registry **r);

/* A session of worker (any number that stands for one process) opened or
   closed. serial is the worker's own count. A session told of twice counts
   once; one never told of closes without effect. */
void registry_opened(struct registry *r, uint64_t worker, uint64_t serial,
		     struct slice user, struct slice backend);
void registry_closed(struct registry *r, uint64_t worker, uint64_t serial);
void registry_worker_gone(struct registry *r, uint64_t worker);

size_t registry_sessions(const struct registry *r);
size_t registry_users(const struct registry *r);
/* Sessions on one backend. */
size_t registry_sessions_on(const struct registry *r, struct slice backend);

#endif
