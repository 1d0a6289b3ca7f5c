#include "role/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"

/* A process that lived this long has earned a restart without delay. */
#define STABLE_MS (10 * 1000)
#define FIRST_BACKOFF_MS 100
#define LONGEST_BACKOFF_MS (30 * 1000)

/* The number of the descriptor to the supervisor in the new process. */
#define CHILD_FD 3

static void
on_message(void *arg, uint32_t type, struct slice body, int fd)
{
	struct proc *p = arg;

	p->ops->message(p, (enum message_type)type, body, fd);
}

/* The process ends, or has: the kernel tells when (SIGCHLD). */
static void
on_closed(void *arg)
{
	(void)arg;
}

static const struct ipc_ops ipc_events = {
	.message = on_message,
	.closed = on_closed,
};

static void
on_restart(void *arg)
{
	struct proc *p = arg;

	p->ops->restart(p);
}

void
proc_init(struct proc *p, struct loop *loop, enum role role, unsigned index,
	  const struct proc_ops *ops, void *arg)
{
	*p = (struct proc){ .role = role, .index = index, .ops = ops,
			    .arg = arg };
	loop_timer_init(&p->restart, loop, on_restart, p);
}

struct err *
proc_open_program(int *fd_out)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	int fd = -1;

	/* By its name where it has one: under valgrind, the link itself leads to
	   valgrind. */
	if (n > 0) {
		path[n] = '\0';
		fd = open(path, O_PATH | O_CLOEXEC);
	}
	if (fd < 0)
		fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	if (fd < 0)
		return err_errno("find the program that runs");
	*fd_out = fd;
	return NULL;
}

/* Between fork and exec: only what is safe there. Signals that the loop of the
   supervisor caught or blocked are put back. */
static void
become(const struct proc *p, int fd, int program,
       const struct proc_identity *identity)
{
	char index[16], uid[16], gid[16], title[32];
	char *const argv[] = { title, (char *)"--role",
			       (char *)role_name(p->role), (char *)"--index",
			       index, (char *)"--fd", (char *)"3",
			       identity->drop ? (char *)"--uid" : NULL, uid,
			       (char *)"--gid", gid, NULL };
	sigset_t none;

	snprintf(title, sizeof(title), "usher: %s", role_name(p->role));
	snprintf(index, sizeof(index), "%u", p->index);
	snprintf(uid, sizeof(uid), "%lu", (unsigned long)identity->uid);
	snprintf(gid, sizeof(gid), "%lu", (unsigned long)identity->gid);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (fd == CHILD_FD)
		fcntl(fd, F_SETFD, 0);
	else if (dup2(fd, CHILD_FD) < 0)
		_exit(127);
	fexecve(program, argv, environ);
	_exit(127);
}

struct err *
proc_start(struct proc *p, struct loop *loop, int program,
	   const struct proc_identity *identity)
{
	int ours, theirs;
	struct err *e = ipc_pair(&ours, &theirs);

	if (e != NULL)
		return e;
	p->pid = fork();
	if (p->pid == 0)
		become(p, theirs, program, identity);
	close(theirs);
	if (p->pid < 0) {
		close(ours);
		return err_errno("start a %s process", role_name(p->role));
	}
	ipc_close(&p->ipc);
	ipc_open(&p->ipc, loop, ours, &ipc_events, p);
	p->at = PROC_STARTING;
	p->started_ms = clock_now_ms();
	return NULL;
}

void
proc_ended(struct proc *p, bool again)
{
	bool stable = clock_now_ms() - p->started_ms >= STABLE_MS;

	p->at = PROC_NONE;
	p->pid = 0;
	ipc_close(&p->ipc);
	if (!again)
		return;
	p->backoff_ms = stable ? FIRST_BACKOFF_MS : p->backoff_ms * 2;
	if (p->backoff_ms < FIRST_BACKOFF_MS)
		p->backoff_ms = FIRST_BACKOFF_MS;
	if (p->backoff_ms > LONGEST_BACKOFF_MS)
		p->backoff_ms = LONGEST_BACKOFF_MS;
	loop_timer_start(&p->restart, p->backoff_ms);
}

void
proc_kill(struct proc *p)
{
	if (p->pid > 0)
		kill(p->pid, SIGKILL);
}

void
proc_free(struct proc *p)
{
	loop_timer_stop(&p->restart);
	ipc_close(&p->ipc);
}
