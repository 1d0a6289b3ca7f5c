/* How it ends: the workers say goodbye to their clients, then the others end,
   then we. */
#include "role/notify.h"
#include "role/supervisor_private.h"

/* After shutdown_timeout workers say their last goodbyes; the others need no
   longer than this. */
#define GRACE_MS (5 * 1000)

static void
kill_one(struct supervisor *s, struct proc *p)
{
	(void)s;
	proc_kill(p);
}

void
supervisor_on_end_limit(void *arg)
{
	struct supervisor *s = arg;

	LOG(&s->log, EV_NOTE_WARN,
	    F_TEXT("what", SL("processes that did not end in time are killed")));
	supervisor_each(s, kill_one);
	loop_stop(s->loop);
}

static void
send_shutdown(struct supervisor *s, struct proc *p)
{
	int64_t limit = supervisor_settings(s)->process.shutdown_timeout;
	bool workers_turn = s->at == SUPERVISOR_ENDING;

	if ((p->role == ROLE_WORKER) != workers_turn)
		return;
	p->at = PROC_ENDING;
	SEND(&p->ipc, MESSAGE_SHUTDOWN, msg_end, .timeout_ms = (uint64_t)limit);
}

static void
begin_end(struct supervisor *s)
{
	int64_t limit = supervisor_settings(s)->process.shutdown_timeout;

	notify_stopping();
	generation_free(&s->coming);
	/* Who connects now is better off with another front end than in a queue
	   that nobody will look at. */
	sockets_free(&s->sockets);
	s->at = SUPERVISOR_ENDING;
	supervisor_each(s, send_shutdown);
	loop_timer_start(&s->end_limit, limit + GRACE_MS);
	supervisor_end_if_done(s);
}

void
supervisor_end(struct supervisor *s, const char *why)
{
	LOG(&s->log, EV_SUPERVISOR_ENDING, F_TEXT("signal", slice_of(why)));
	if (s->current != NULL && s->at < SUPERVISOR_ENDING) {
		begin_end(s);
		return;
	}
	supervisor_each(s, kill_one);
	loop_stop(s->loop);
}

static bool
is_left(const struct generation *g, bool workers)
{
	for (size_t i = 0; g != NULL && i < g->count; i++) {
		const struct proc *p = &g->procs[i];

		if (proc_is_alive(p) && (p->role == ROLE_WORKER || !workers))
			return true;
	}
	return false;
}

static bool
anybody_left(const struct supervisor *s, bool workers)
{
	if (is_left(s->current, workers))
		return true;
	for (const struct generation *g = s->old; g != NULL; g = g->next) {
		if (is_left(g, workers))
			return true;
	}
	return !workers && proc_is_alive(&s->director);
}

void
supervisor_end_if_done(struct supervisor *s)
{
	if (s->at == SUPERVISOR_ENDING && !anybody_left(s, true)) {
		s->at = SUPERVISOR_CLOSING;
		supervisor_each(s, send_shutdown);
	}
	if (s->at == SUPERVISOR_CLOSING && !anybody_left(s, false))
		loop_stop(s->loop);
}
