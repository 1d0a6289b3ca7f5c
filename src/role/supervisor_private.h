/* Between the files that make up the supervisor. */
#ifndef ROLE_SUPERVISOR_PRIVATE_H
#define ROLE_SUPERVISOR_PRIVATE_H

#include "net/tls.h"
#include "role/generation.h"
#include "role/supervisor.h"

/* Every problem of a configuration, a line each. */
#define MAX_PROBLEMS (256 * 1024)

enum supervisor_at {
	SUPERVISOR_STARTING,	/* the first generation */
	SUPERVISOR_RUNNING,
	SUPERVISOR_RELOADING,	/* a new generation is starting */
	SUPERVISOR_RETIRING,	/* it has; the old one still accepts */
	SUPERVISOR_ENDING,	/* workers say goodbye */
	SUPERVISOR_CLOSING,	/* they have; the others end */
};

/* Questions of operators that wait for a reload; owned. */
struct reload_askers {
	uint64_t *ids;
	size_t n;
};

struct supervisor {
	const char *path;	/* of the configuration */
	struct loop *loop;
	struct log log;
	enum supervisor_at at;
	int program;		/* what the processes execute; -1: not yet */
	struct proc_identity identity;
	struct sockets *sockets;
	int admin_fd;		/* -1: none yet */
	char *admin_path;	/* owned */
	struct proc director;
	struct generation *current;	/* NULL until the first is ready */
	struct generation *coming;	/* NULL but while starting one */
	struct generation *old;		/* retired, newest first */
	unsigned next_number;
	size_t accepting;		/* workers of the old one that do */
	bool reload_again;		/* asked for while it could not begin */
	struct reload_askers askers;	/* of the reload under way... */
	struct reload_askers later;	/* ...and of the next */
	unsigned char ticket_keys[2][TLS_TICKET_KEY];
	size_t ticket_key_count;
	char key[CHILD_KEY];		/* all processes have it */
	struct loop_timer start_limit, end_limit, look, rotate;
	int status;
};

extern const struct proc_ops supervisor_proc_events;

/* The settings of the newest generation. */
const struct settings *supervisor_settings(const struct supervisor *s);

void supervisor_log_error(const struct supervisor *s, struct err *e);

/* Calls each for every process that is there, of all generations; the director
   last. */
void supervisor_each(struct supervisor *s,
		     void (*each)(struct supervisor *s, struct proc *p));

/* ---- supervisor_equip.c: what a role begins with ----------------------- */

/* Starts a process and sends it what it needs. */
struct err *supervisor_start_proc(struct supervisor *s, struct generation *g,
				  struct proc *p)
	__attribute__((warn_unused_result));
struct err *supervisor_start_director(struct supervisor *s)
	__attribute__((warn_unused_result));
void supervisor_send_log(struct supervisor *s, struct proc *p);
void supervisor_send_settings(const struct settings *settings, struct proc *p);
void supervisor_send_key(struct supervisor *s, struct proc *p);
void supervisor_send_ticket_keys(struct supervisor *s, struct proc *p);

/* ---- supervisor_reload.c: from one configuration to the next ------------- */

/* Reads the configuration and all it names, and opens what is new in it. False
   if anything is wrong: nothing has changed then. */
bool supervisor_load(struct supervisor *s, struct settings **settings_out,
		     struct files **files_out, struct buf *problems);

/* Starts the processes of a new configuration (settings and files are taken). */
void supervisor_begin_generation(struct supervisor *s,
				 struct settings *settings,
				 struct files *files);
/* A process of it has begun. */
void supervisor_on_begun(struct supervisor *s);
/* One of the old workers accepts no more, or is no more. */
void supervisor_on_retired(struct supervisor *s, struct proc *p);
/* It is of no use. */
void supervisor_abandon_coming(struct supervisor *s, const char *why);
void supervisor_on_start_limit(void *arg);
/* id says who asked; 0: a signal. Asked for while one is under way (or the start),
   another one follows, since the files may have changed again. */
void supervisor_reload(struct supervisor *s, uint64_t id);
/* Who asked is gone, and the ids are somebody else's now. */
void supervisor_forget_askers(struct supervisor *s);
/* Its workers have no use for auth processes any more. */
void supervisor_dismiss_auths(struct generation *g);

/* ---- supervisor_upkeep.c: what changes while it runs ---------------------- */

void supervisor_on_look(void *arg);
void supervisor_on_rotate(void *arg);
/* The log file was moved away: everybody writes to a new one. */
void supervisor_reopen_log(struct supervisor *s);

/* ---- supervisor_end.c ---------------------------------------------------- */

/* Once: goodbye to everybody, as gently as time allows. Twice: at once. */
void supervisor_end(struct supervisor *s, const char *why);
void supervisor_on_end_limit(void *arg);
/* A process is no more: was it the last to wait for? */
void supervisor_end_if_done(struct supervisor *s);

#endif
