/* What every role but the supervisor has in common: its line to the supervisor,
   the log, the settings, and how it begins and ends. */
#ifndef ROLE_CHILD_H
#define ROLE_CHILD_H

#include "base/ipc.h"
#include "conf/settings.h"
#include "role/messages.h"

enum role { ROLE_WORKER, ROLE_AUTH, ROLE_DIRECTOR };

const char *role_name(enum role role);
/* False if there is no role of that name. */
bool role_find(struct slice name, enum role *role_out);

/* Octets of the key that all of usher's processes share, from one start to the
   next: for hashes that must be alike in each, and that nobody can guess. */
#define CHILD_KEY 32

struct child {
	enum role role;
	unsigned index;
	struct loop *loop;
	struct ipc supervisor;
	struct settings *settings;	/* owned; from MESSAGE_SETTINGS on */
	char key[CHILD_KEY];
	struct log log;
	struct arena arena;		/* of the message being handled */
	/* What the role does with what concerns it. */
	const struct child_ops *ops;
	void *arg;
};

struct child_ops {
	/* Any message this file does not handle itself. fd is -1 or the role's
	   to close. */
	void (*message)(void *arg, enum message_type type, struct slice body,
			int fd);
	/* Everything is there. An error ends the process. */
	struct err *(*go)(void *arg);
	/* The configuration of a later reload (the director alone gets one). */
	void (*settings_changed)(void *arg, struct settings *old);
};

/* Runs the process of a role until the supervisor, or the end of its work, ends
   it. fd is the socket to the supervisor. Returns the exit status. */
int child_run(struct child *child, int fd, const struct child_ops *ops,
	      void *arg);

/* Ends the process after this turn. */
void child_stop(struct child *child);

/* Frees what it owns, once its role has freed what stands on it. */
void child_free(struct child *child);

/* The processes themselves; one each of worker.c, auth_role.c and
   director_role.c. */
int worker_main(struct child *child, int fd);
int auth_role_main(struct child *child, int fd);
int director_role_main(struct child *child, int fd);

#endif
