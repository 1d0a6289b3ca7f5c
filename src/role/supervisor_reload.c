/* From one configuration to the next: everything that can be wrong is found out
   first; then the new processes are started; and only when all of them have
   begun, the old ones retire. */
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "base/log_sink.h"
#include "base/mem.h"
#include "role/notify.h"
#include "role/supervisor_private.h"

/* A new configuration's processes have this long to begin. */
#define START_MS (30 * 1000)
/* The old ones have this long to close their doors. */
#define RETIRE_MS (5 * 1000)

/* ---- reading it -------------------------------------------------------- */

/* Whom the processes are to run as. */
static bool
find_user(const struct settings *s, struct proc_identity *out,
	  struct buf *problems)
{
	const struct passwd *user;
	const struct group *group = NULL;

	*out = (struct proc_identity){ .drop = geteuid() == 0 };
	if (!out->drop)
		return true;
	user = getpwnam(s->process.user.p);
	if (user == NULL) {
		settings_complain(s, &s->process.user, problems,
				  "process.user: there is no user %s; make one "
				  "(adduser --system --group %s), or name another",
				  s->process.user.p, s->process.user.p);
		return false;
	}
	out->uid = user->pw_uid;
	out->gid = user->pw_gid;
	if (s->process.group.n == 0)
		return true;
	group = getgrnam(s->process.group.p);
	if (group == NULL) {
		settings_complain(s, &s->process.group, problems,
				  "process.group: there is no group %s",
				  s->process.group.p);
		return false;
	}
	out->gid = group->gr_gid;
	return true;
}

static struct settings *
read_settings(const char *path, struct buf *problems)
{
	struct arena a = { 0 };
	struct conf_problems found;
	struct settings *settings = settings_load(path, &a, &found);

	for (size_t i = 0; settings == NULL && i < found.n; i++) {
		conf_problem_write(&found.v[i], problems);
		buf_add_char(problems, '\n');
	}
	arena_free(&a);
	return settings;
}

bool
supervisor_load(struct supervisor *s, struct settings **settings_out,
		struct files **files_out, struct buf *problems)
{
	struct settings *settings = read_settings(s->path, problems);
	struct proc_identity identity;
	struct files *files;
	bool good;

	if (settings == NULL)
		return false;
	files = files_read(settings, problems);
	good = find_user(settings, &identity, problems) && files != NULL &&
	       sockets_open(s->sockets, settings,
			    settings_worker_count(settings), problems);
	if (!good) {
		files_free(&files);
		settings_free(&settings);
		return false;
	}
	s->identity = identity;
	*settings_out = settings;
	*files_out = files;
	return true;
}

bool
supervisor_check(const struct settings *s, struct buf *problems)
{
	struct files *files = files_read(s, problems);
	struct proc_identity identity;
	bool good = find_user(s, &identity, problems) && files != NULL;

	files_free(&files);
	return good;
}

/* ---- who asked --------------------------------------------------------- */

static void
add_asker(struct reload_askers *a, uint64_t id)
{
	a->ids = mem_realloc(a->ids, (a->n + 1) * sizeof(*a->ids));
	a->ids[a->n++] = id;
}

static void
answer(struct supervisor *s, struct reload_askers *a, struct slice problems)
{
	for (size_t i = 0; i < a->n; i++)
		SEND(&s->director.ipc, MESSAGE_RELOADED, msg_reloaded,
		     .id = a->ids[i], .text = problems);
	a->n = 0;
}

void
supervisor_forget_askers(struct supervisor *s)
{
	free(s->askers.ids);
	free(s->later.ids);
	s->askers = s->later = (struct reload_askers){ 0 };
}

/* ---- changing over ----------------------------------------------------- */

static void begin_reload(struct supervisor *s);

/* What was asked for meanwhile can begin now. */
static void
reload_again(struct supervisor *s)
{
	struct reload_askers done = s->askers;

	if (!s->reload_again)
		return;
	s->reload_again = false;
	s->askers = s->later;
	s->later = done;
	begin_reload(s);
}

static void
report(struct supervisor *s, struct slice problems)
{
	if (problems.n > 0)
		LOG(&s->log, EV_RELOAD_FAILED, F_TEXT("what", problems));
	else
		LOG(&s->log, EV_RELOADED);
	answer(s, &s->askers, problems);
	notify_ready();
	reload_again(s);
}

/* From now on every client that comes meets the new configuration. */
static void
finish_reload(struct supervisor *s)
{
	loop_timer_stop(&s->start_limit);
	s->accepting = 0;
	s->at = SUPERVISOR_RUNNING;
	report(s, SL(""));
}

void
supervisor_on_retired(struct supervisor *s, struct proc *p)
{
	if (!p->accepting)
		return;
	p->accepting = false;
	if (s->at == SUPERVISOR_RETIRING && --s->accepting == 0)
		finish_reload(s);
}

static void
retire(struct supervisor *s, struct generation *g)
{
	int64_t limit = supervisor_settings(s)->process.retire_timeout;

	s->accepting = 0;
	g->retired = true;
	g->next = s->old;
	s->old = g;
	for (size_t i = 0; i < g->count; i++) {
		struct proc *p = &g->procs[i];

		loop_timer_stop(&p->restart);
		if (!proc_is_alive(p) || p->role != ROLE_WORKER)
			continue;
		p->at = PROC_ENDING;
		p->accepting = true;
		s->accepting++;
		SEND(&p->ipc, MESSAGE_RETIRE, msg_end,
		     .timeout_ms = limit == CONF_NEVER ? 0 : (uint64_t)limit);
	}
}

void
supervisor_dismiss_auths(struct generation *g)
{
	for (size_t i = 0; i < g->auth_count; i++) {
		struct proc *p = &g->procs[i];

		if (p->at != PROC_RUNNING)
			continue;
		p->at = PROC_ENDING;
		SEND(&p->ipc, MESSAGE_RETIRE, msg_end, .timeout_ms = 0);
	}
}

static void
use_log(struct supervisor *s)
{
	struct log_sink_conf conf = settings_log_sink(s->current->settings);
	int fd;
	struct err *e = log_sink_open(&conf, &fd);

	if (e == NULL)
		log_sink_use(&conf, fd);
	supervisor_log_error(s, e);
	supervisor_send_log(s, &s->director);
}

/* Every process of the new generation has begun: from now on it serves. */
static void
change_over(struct supervisor *s)
{
	struct generation *before = s->current;

	loop_timer_stop(&s->start_limit);
	s->current = s->coming;
	s->coming = NULL;
	s->current->complete = true;
	s->at = SUPERVISOR_RUNNING;
	use_log(s);
	sockets_commit(s->sockets, s->current->settings);
	loop_timer_start(&s->look, s->current->settings->tls.reload_interval);
	if (before != NULL) {
		s->at = SUPERVISOR_RETIRING;
		retire(s, before);
		loop_timer_start(&s->start_limit, RETIRE_MS);
		if (s->accepting == 0)
			finish_reload(s);
		return;
	}
	LOG(&s->log, EV_SUPERVISOR_READY,
	    F_COUNT("workers", generation_workers(s->current)));
	notify_ready();
	reload_again(s);
}

void
supervisor_on_begun(struct supervisor *s)
{
	if (s->coming != NULL && s->director.at == PROC_RUNNING &&
	    generation_is_ready(s->coming))
		change_over(s);
}

/* The old generation goes on as if nothing had happened. At the start there is
   none: that is the end. */
void
supervisor_abandon_coming(struct supervisor *s, const char *why)
{
	loop_timer_stop(&s->start_limit);
	generation_free(&s->coming);
	if (s->current == NULL) {
		LOG(&s->log, EV_NOTE_ERROR, F_TEXT("what", slice_of(why)));
		s->status = 1;
		loop_stop(s->loop);
		return;
	}
	s->at = SUPERVISOR_RUNNING;
	supervisor_send_settings(s->current->settings, &s->director);
	sockets_rollback(s->sockets);
	report(s, slice_of(why));
}

void
supervisor_on_start_limit(void *arg)
{
	struct supervisor *s = arg;

	/* A worker that hangs keeps its clients waiting, and nobody else. */
	if (s->at == SUPERVISOR_RETIRING)
		finish_reload(s);
	else
		supervisor_abandon_coming(s, "the new processes did not begin in "
				       "time");
}

void
supervisor_begin_generation(struct supervisor *s, struct settings *settings,
			    struct files *files)
{
	struct err *e = NULL;

	s->coming = generation_make(s->loop, s->next_number++, settings, files,
				    &supervisor_proc_events, s);
	if (s->current != NULL)
		s->at = SUPERVISOR_RELOADING;
	if (!proc_is_alive(&s->director))
		e = supervisor_start_director(s);
	else
		supervisor_send_settings(settings, &s->director);
	for (size_t i = 0; i < s->coming->count && e == NULL; i++)
		e = supervisor_start_proc(s, s->coming, &s->coming->procs[i]);
	if (e == NULL) {
		loop_timer_start(&s->start_limit, START_MS);
		return;
	}
	supervisor_abandon_coming(s, err_text(e));
	err_free(&e);
}

static void
begin_reload(struct supervisor *s)
{
	struct settings *settings;
	struct files *files;
	struct buf problems;

	notify_reloading();
	buf_init(&problems, MAX_PROBLEMS);
	if (supervisor_load(s, &settings, &files, &problems)) {
		supervisor_begin_generation(s, settings, files);
	} else {
		sockets_rollback(s->sockets);
		report(s, slice_trim(buf_slice(&problems)));
	}
	buf_free(&problems);
}

void
supervisor_reload(struct supervisor *s, uint64_t id)
{
	bool now = s->at == SUPERVISOR_RUNNING;

	if (id != 0)
		add_asker(now ? &s->askers : &s->later, id);
	if (now)
		begin_reload(s);
	else if (s->at < SUPERVISOR_ENDING)
		s->reload_again = true;
	else
		answer(s, &s->later, SL("usher is shutting down"));
}
