/* One configuration and the workers and auth processes that run with it. A
   reload makes a new generation; the old one ends when its last session does. */
#ifndef ROLE_GENERATION_H
#define ROLE_GENERATION_H

#include "role/files.h"
#include "role/proc.h"
#include "role/sockets.h"

struct generation {
	struct generation *next;	/* older */
	unsigned number;
	struct settings *settings;	/* owned */
	struct files *files;		/* owned */
	struct proc *procs;		/* auth processes, then workers */
	size_t count, auth_count;
	size_t without_logins;		/* retired workers that only relay */
	bool complete;			/* every process has begun once */
	bool retired;
	void *supervisor;		/* the owner */
};

/* Takes settings and files. The processes are not started yet. */
struct generation *generation_make(struct loop *loop, unsigned number,
				   struct settings *settings,
				   struct files *files,
				   const struct proc_ops *ops,
				   void *supervisor);

/* Kills what still runs. */
void generation_free(struct generation **g);

/* Whose process this is, or NULL. */
struct proc *generation_find(struct generation *g, pid_t pid);

/* Every process has begun; none is there any more. */
bool generation_is_ready(const struct generation *g);
bool generation_is_gone(const struct generation *g);
bool generation_workers_gone(const struct generation *g);

static inline size_t
generation_workers(const struct generation *g)
{
	return g->count - g->auth_count;
}

#endif
