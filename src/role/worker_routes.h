/* A worker's tables of routes for SMTP and LMTP listeners: made from the settings
   and the files they name, which the supervisor reads, now and whenever they
   change. */
#ifndef ROLE_WORKER_ROUTES_H
#define ROLE_WORKER_ROUTES_H

#include "core/core.h"

struct worker_routes;

struct worker_routes *worker_routes_make(const struct settings *settings);
void worker_routes_free(struct worker_routes **r);

/* A file has come; path and text are copied. */
void worker_routes_add_file(struct worker_routes *r, struct slice path,
			    struct slice text);

/* The files are all there. Sets listener->routes anew; the supervisor has seen to
   it that nothing is wrong with them. */
void worker_routes_use(struct worker_routes *r, struct core_listener *listener);

#endif
