/* One of the processes that the supervisor keeps. */
#ifndef ROLE_PROC_H
#define ROLE_PROC_H

#include <sys/types.h>

#include "base/ipc.h"
#include "role/child.h"

/* Whom processes run as. */
struct proc_identity {
	bool drop;		/* else they stay who started usher */
	uid_t uid;
	gid_t gid;
};

enum proc_at {
	PROC_NONE,	/* not started, or waiting to be started again */
	PROC_STARTING,
	PROC_RUNNING,
	PROC_ENDING,	/* told to retire or to shut down */
};

struct proc {
	enum role role;
	unsigned index;
	enum proc_at at;
	bool accepting;		/* a retiring worker that still does */
	pid_t pid;
	struct ipc ipc;
	struct loop_timer restart;
	int64_t started_ms, backoff_ms;
	/* What this process says, and what befalls it. */
	const struct proc_ops *ops;
	void *arg;		/* the owner */
};

struct proc_ops {
	void (*message)(struct proc *p, enum message_type type,
			struct slice body, int fd);
	/* It is time to start it again. */
	void (*restart)(struct proc *p);
};

void proc_init(struct proc *p, struct loop *loop, enum role role,
	       unsigned index, const struct proc_ops *ops, void *arg);

/* A descriptor of the very program that runs, which stays that one even if its
   file is replaced: processes of one usher are of one version. */
struct err *proc_open_program(int *fd_out) __attribute__((warn_unused_result));

/* Forks and executes program. The caller then sends what a role is to begin
   with. */
struct err *proc_start(struct proc *p, struct loop *loop, int program,
		       const struct proc_identity *identity)
	__attribute__((warn_unused_result));

static inline bool
proc_is_alive(const struct proc *p)
{
	return p->at != PROC_NONE;
}

/* The process with this status is no more. It will be started again after a
   while that grows as long as it does not live; again is false if it is not to
   be. */
void proc_ended(struct proc *p, bool again);

/* Ends it now, if it is there. */
void proc_kill(struct proc *p);

/* Closes what belongs to it; the process must be gone or killed. */
void proc_free(struct proc *p);

#endif
