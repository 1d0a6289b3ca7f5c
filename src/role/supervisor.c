#include "role/supervisor.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/random.h"
#include "role/supervisor_private.h"

/* ---- small things ------------------------------------------------------ */

const struct settings *
supervisor_settings(const struct supervisor *s)
{
	const struct generation *g = s->coming != NULL ? s->coming : s->current;

	return g->settings;
}

void
supervisor_log_error(const struct supervisor *s, struct err *e)
{
	if (e != NULL)
		LOG(&s->log, EV_NOTE_ERROR,
		    F_TEXT("what", slice_of(err_text(e))));
	err_free(&e);
}

static void
each_of(struct supervisor *s, struct generation *g,
	void (*each)(struct supervisor *s, struct proc *p))
{
	for (size_t i = 0; g != NULL && i < g->count; i++) {
		if (proc_is_alive(&g->procs[i]))
			each(s, &g->procs[i]);
	}
}

void
supervisor_each(struct supervisor *s,
		void (*each)(struct supervisor *s, struct proc *p))
{
	for (struct generation *g = s->old; g != NULL; g = g->next)
		each_of(s, g, each);
	each_of(s, s->current, each);
	each_of(s, s->coming, each);
	if (proc_is_alive(&s->director))
		each(s, &s->director);
}

static struct supervisor *
supervisor_of(const struct proc *p)
{
	const struct generation *g = p->arg;

	return p->role == ROLE_DIRECTOR ? p->arg : g->supervisor;
}

/* ---- what processes say ------------------------------------------------ */

static void
on_ready(struct supervisor *s, struct proc *p)
{
	if (p->at != PROC_STARTING)
		return;
	p->at = PROC_RUNNING;
	supervisor_on_begun(s);
}

static void
on_no_logins(struct proc *p)
{
	struct generation *g = p->arg;

	if (g->retired && ++g->without_logins >= generation_workers(g))
		supervisor_dismiss_auths(g);
}

static void
on_message(struct proc *p, enum message_type type, struct slice body, int fd)
{
	struct supervisor *s = supervisor_of(p);
	struct arena a = { 0 };
	struct msg_id id;

	if (fd >= 0)
		close(fd);	/* none is ever sent */
	if (type == MESSAGE_READY)
		on_ready(s, p);
	else if (type == MESSAGE_LOG_LOST)
		supervisor_send_log(s, p);
	else if (type == MESSAGE_RETIRED && p->role == ROLE_WORKER)
		supervisor_on_retired(s, p);
	else if (type == MESSAGE_NO_LOGINS && p->role == ROLE_WORKER)
		on_no_logins(p);
	else if (type == MESSAGE_RELOAD && p->role == ROLE_DIRECTOR &&
		 msg_id_read(body, &a, &id))
		supervisor_reload(s, id.id);
	arena_free(&a);
}

static void
on_restart(struct proc *p)
{
	struct supervisor *s = supervisor_of(p);
	struct err *e;

	if (s->at >= SUPERVISOR_ENDING)
		return;
	e = p->role == ROLE_DIRECTOR ? supervisor_start_director(s) :
				       supervisor_start_proc(s, p->arg, p);
	if (e != NULL)
		proc_ended(p, true);
	supervisor_log_error(s, e);
}

const struct proc_ops supervisor_proc_events = {
	.message = on_message,
	.restart = on_restart,
};

/* ---- what befalls them ------------------------------------------------- */

static void
log_end(struct supervisor *s, const struct proc *p, int status)
{
	bool killed = WIFSIGNALED(status);
	int number = killed ? WTERMSIG(status) : WEXITSTATUS(status);
	struct slice role = slice_of(role_name(p->role));

	if (p->at == PROC_ENDING && status == 0)
		LOG(&s->log, EV_CHILD_DONE, F_TEXT("role", role),
		    F_COUNT("process", (uint64_t)p->pid));
	else
		LOG(&s->log, EV_CHILD_DIED, F_TEXT("role", role),
		    F_COUNT("process", (uint64_t)p->pid),
		    F_TEXT("how", killed ? slice_of(strsignal(number)) :
					   SL("exit status")),
		    F_COUNT("status", (uint64_t)number));
}

/* The process of that number, and the generation it belongs to (NULL for the
   director). */
static struct proc *
find_proc(struct supervisor *s, pid_t pid, struct generation **g_out)
{
	struct generation *newest[] = { s->coming, s->current };
	struct proc *p = NULL;

	*g_out = NULL;
	if (pid == s->director.pid)
		return &s->director;
	for (size_t i = 0; i < 2 && p == NULL; i++) {
		*g_out = newest[i];
		if (*g_out != NULL)
			p = generation_find(*g_out, pid);
	}
	for (struct generation *g = s->old; g != NULL && p == NULL;
	     g = g->next) {
		*g_out = g;
		p = generation_find(g, pid);
	}
	return p;
}

/* Those that are wholly gone leave the list. */
static void
drop_old(struct supervisor *s)
{
	for (struct generation **at = &s->old; *at != NULL;) {
		struct generation *g = *at;

		if (!generation_is_gone(g)) {
			at = &g->next;
			continue;
		}
		*at = g->next;
		generation_free(&g);
	}
}

static bool
is_needed(const struct supervisor *s, const struct generation *g,
	  const struct proc *p)
{
	return s->at < SUPERVISOR_ENDING && p->at != PROC_ENDING &&
	       (g == NULL ? s->at != SUPERVISOR_STARTING :
			    g->complete && !g->retired);
}

static void
on_proc_ended(struct supervisor *s, struct generation *g, struct proc *p,
	      int status)
{
	bool again = is_needed(s, g, p);

	log_end(s, p, status);
	proc_ended(p, again);
	if (g == NULL)
		supervisor_forget_askers(s);
	supervisor_on_retired(s, p);
	if (g != NULL && g == s->coming)
		supervisor_abandon_coming(
			s, "a process of the new configuration ended as soon "
			   "as it had begun");
	else if (g == NULL && s->at == SUPERVISOR_STARTING)
		supervisor_abandon_coming(
			s, "the director ended as soon as it had begun");
	else if (g != NULL && g->retired && generation_workers_gone(g))
		supervisor_dismiss_auths(g);
}

static void
on_child_signal(void *arg, int signal_number)
{
	struct supervisor *s = arg;
	struct generation *g;
	int status;
	pid_t pid;

	(void)signal_number;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct proc *p = find_proc(s, pid, &g);

		if (p != NULL)
			on_proc_ended(s, g, p, status);
	}
	drop_old(s);
	supervisor_end_if_done(s);
}

static void
on_end_signal(void *arg, int signal_number)
{
	supervisor_end(arg, strsignal(signal_number));
}

static void
on_reload_signal(void *arg, int signal_number)
{
	(void)signal_number;
	supervisor_reload(arg, 0);
}

static void
on_reopen_signal(void *arg, int signal_number)
{
	(void)signal_number;
	supervisor_reopen_log(arg);
}

/* ---- life -------------------------------------------------------------- */

/* Two descriptors a session: as many as we are allowed to have. */
static void
raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* Whoever started us may have blocked what we live by. */
static void
listen_to_signals(struct supervisor *s)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_IGN);
	loop_on_signal(s->loop, SIGCHLD, on_child_signal, s);
	loop_on_signal(s->loop, SIGTERM, on_end_signal, s);
	loop_on_signal(s->loop, SIGINT, on_end_signal, s);
	loop_on_signal(s->loop, SIGHUP, on_reload_signal, s);
	loop_on_signal(s->loop, SIGUSR1, on_reopen_signal, s);
}

static void
init(struct supervisor *s, const char *path)
{
	*s = (struct supervisor){ .path = path, .program = -1,
				  .admin_fd = -1,
				  .log = { .service = "supervisor" } };
	random_octets(s->key, sizeof(s->key));
	s->loop = loop_make();
	s->sockets = sockets_make();
	proc_init(&s->director, s->loop, ROLE_DIRECTOR, 0,
		  &supervisor_proc_events, s);
	loop_timer_init(&s->start_limit, s->loop, supervisor_on_start_limit, s);
	loop_timer_init(&s->end_limit, s->loop, supervisor_on_end_limit, s);
	loop_timer_init(&s->look, s->loop, supervisor_on_look, s);
	loop_timer_init(&s->rotate, s->loop, supervisor_on_rotate, s);
}

static void
close_admin(struct supervisor *s)
{
	if (s->admin_fd < 0)
		return;
	close(s->admin_fd);
	unlink(s->admin_path);
	free(s->admin_path);
}

static void
clean_up(struct supervisor *s)
{
	struct loop_timer *timers[] = { &s->start_limit, &s->end_limit,
					&s->look, &s->rotate };

	for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++)
		loop_timer_stop(timers[i]);
	proc_kill(&s->director);
	proc_free(&s->director);
	close_admin(s);
	generation_free(&s->coming);
	generation_free(&s->current);
	while (s->old != NULL) {
		struct generation *g = s->old;

		s->old = g->next;
		generation_free(&g);
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
	supervisor_forget_askers(s);
	sockets_free(&s->sockets);
	mem_wipe(s->ticket_keys, sizeof(s->ticket_keys));
	if (s->program >= 0)
		close(s->program);
	mem_wipe(s->key, sizeof(s->key));
	loop_free(&s->loop);
}

/* Reads the configuration and opens what it names. */
static bool
begin(struct supervisor *s, struct settings **settings_out,
      struct files **files_out, struct buf *problems)
{
	const struct admin_conf *admin;
	struct err *e = proc_open_program(&s->program);

	if (e != NULL) {
		BUF_ADD(problems, slice_of(err_text(e)), SL("\n"));
		err_free(&e);
		return false;
	}
	if (!supervisor_load(s, settings_out, files_out, problems))
		return false;
	admin = &(*settings_out)->admin;
	e = sockets_open_admin(admin, &s->admin_fd);
	if (e == NULL) {
		s->admin_path = mem_strdup(admin->socket.p, admin->socket.n);
		return true;
	}
	settings_complain(*settings_out, &admin->socket, problems, "%s",
			  err_text(e));
	err_free(&e);
	files_free(files_out);
	settings_free(settings_out);
	return false;
}

static void
run(struct supervisor *s, struct settings *settings, struct files *files)
{
	raise_limits();
	supervisor_begin_generation(s, settings, files);
	if (s->status == 0) {
		supervisor_on_rotate(s);
		loop_run(s->loop);
	}
	LOG(&s->log, EV_SUPERVISOR_DONE);
}

int
supervisor_run(const char *path)
{
	struct supervisor s;
	struct settings *settings;
	struct files *files;
	struct buf problems;

	/* The keys of certificates are here: no core file. */
	prctl(PR_SET_DUMPABLE, 0);
	init(&s, path);
	listen_to_signals(&s);
	buf_init(&problems, MAX_PROBLEMS);
	if (begin(&s, &settings, &files, &problems)) {
		run(&s, settings, files);
	} else {
		fprintf(stderr, "%.*s", SL_FMT(buf_slice(&problems)));
		s.status = 1;
	}
	buf_free(&problems);
	clean_up(&s);
	return s.status;
}
