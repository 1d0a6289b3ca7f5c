#include "base/loop.h"

#include <assert.h>
#include <event2/event.h>

#include "base/mem.h"

#define LOOP_SIGNALS 8	/* more than any role listens to */

struct loop_signal {
	struct event ev;
	void (*fire)(void *arg, int signal_number);
	void *arg;
};

struct loop {
	struct event_base *base;
	bool stopping;
	struct loop_task *first, **last;
	struct {
		void (*run)(void *arg);
		void *arg;
	} hooks[LOOP_HOOKS];
	size_t hook_count;
	struct loop_signal signals[LOOP_SIGNALS];
	size_t signal_count;
};

struct loop *
loop_make(void)
{
	struct loop *loop = mem_zalloc(sizeof(*loop));
	struct event_config *config = event_config_new();

	/* One epoll_ctl for all changes of a turn. The flag's known trouble is
	   with duplicated descriptors; sessions' are never duplicated. */
	event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	loop->base = event_base_new_with_config(config);
	event_config_free(config);
	if (loop->base == NULL)
		abort();	/* out of memory or descriptors at start */
	loop->last = &loop->first;
	return loop;
}

void
loop_free(struct loop **loop)
{
	if (*loop == NULL)
		return;
	for (size_t i = 0; i < (*loop)->signal_count; i++)
		event_del(&(*loop)->signals[i].ev);
	event_base_free((*loop)->base);
	free(*loop);
	*loop = NULL;
}

static void
run_tasks(struct loop *loop)
{
	while (loop->first != NULL) {
		struct loop_task *task = loop->first;

		loop->first = task->next;
		if (loop->first == NULL)
			loop->last = &loop->first;
		task->next = NULL;
		task->queued = false;
		task->run(task->arg);
	}
}

void
loop_turn(struct loop *loop)
{
	event_base_loop(loop->base, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
	run_tasks(loop);
	for (size_t i = 0; i < loop->hook_count; i++)
		loop->hooks[i].run(loop->hooks[i].arg);
	/* What a hook queued must not wait for the next event. */
	run_tasks(loop);
}

void
loop_run(struct loop *loop)
{
	loop->stopping = false;
	run_tasks(loop);
	while (!loop->stopping)
		loop_turn(loop);
}

void
loop_stop(struct loop *loop)
{
	loop->stopping = true;
	event_base_loopbreak(loop->base);
}

/* ---- descriptors ------------------------------------------------------- */

static unsigned
wants_of(short what)
{
	unsigned wants = WANT_NOTHING;

	if ((what & EV_READ) != 0)
		wants |= WANT_READ;
	if ((what & EV_WRITE) != 0)
		wants |= WANT_WRITE;
	return wants;
}

static short
events_of(unsigned wants)
{
	int what = 0;

	if ((wants & WANT_READ) != 0)
		what |= EV_READ;
	if ((wants & WANT_WRITE) != 0)
		what |= EV_WRITE;
	return (short)what;
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct loop_watch *w = arg;

	(void)fd;
	w->poked = WANT_NOTHING;
	w->ready(w->arg, wants_of(what));
}

void
loop_watch_init(struct loop_watch *w, struct loop *loop, int fd,
		void (*ready)(void *arg, unsigned wants), void *arg)
{
	w->ready = ready;
	w->arg = arg;
	w->poked = WANT_NOTHING;
	event_assign(&w->ev, loop->base, fd, EV_PERSIST, on_ready, w);
}

void
loop_watch_want(struct loop_watch *w, unsigned wants)
{
	struct event_base *base = event_get_base(&w->ev);
	int fd = event_get_fd(&w->ev);
	short now = event_get_events(&w->ev) & (EV_READ | EV_WRITE);

	if (now == events_of(wants))
		return;
	event_del(&w->ev);
	event_assign(&w->ev, base, fd,
		     (short)(EV_PERSIST | events_of(wants)), on_ready, w);
	if (wants != WANT_NOTHING)
		event_add(&w->ev, NULL);
	/* event_del() took back what event_active() had promised. */
	w->poked &= wants;
	if (w->poked != WANT_NOTHING)
		event_active(&w->ev, events_of(w->poked), 0);
}

void
loop_watch_poke(struct loop_watch *w, unsigned wants)
{
	w->poked |= wants;
	event_active(&w->ev, events_of(wants), 0);
}

void
loop_watch_stop(struct loop_watch *w)
{
	if (w->ready == NULL)
		return;
	loop_watch_want(w, WANT_NOTHING);
	w->poked = WANT_NOTHING;
	event_del(&w->ev);	/* it may have been poked while it wanted nothing */
}

/* ---- timers ------------------------------------------------------------ */

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *t = arg;

	(void)fd;
	(void)what;
	t->fire(t->arg);
}

void
loop_timer_init(struct loop_timer *t, struct loop *loop,
		void (*fire)(void *arg), void *arg)
{
	t->fire = fire;
	t->arg = arg;
	event_assign(&t->ev, loop->base, -1, 0, on_timeout, t);
}

void
loop_timer_start(struct loop_timer *t, int64_t ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_add(&t->ev, &tv);
}

void
loop_timer_stop(struct loop_timer *t)
{
	if (t->fire != NULL)
		event_del(&t->ev);
}

bool
loop_timer_runs(const struct loop_timer *t)
{
	return t->fire != NULL && event_pending(&t->ev, EV_TIMEOUT, NULL);
}

/* ---- between turns ----------------------------------------------------- */

void
loop_later(struct loop *loop, struct loop_task *task)
{
	if (task->queued)
		return;
	task->queued = true;
	task->next = NULL;
	*loop->last = task;
	loop->last = &task->next;
}

void
loop_forget(struct loop *loop, struct loop_task *task)
{
	if (!task->queued)
		return;
	for (struct loop_task **at = &loop->first; *at != NULL;
	     at = &(*at)->next) {
		if (*at != task)
			continue;
		*at = task->next;
		if (loop->last == &task->next)
			loop->last = at;
		break;
	}
	task->next = NULL;
	task->queued = false;
}

void
loop_each_turn(struct loop *loop, void (*hook)(void *arg), void *arg)
{
	assert(loop->hook_count < LOOP_HOOKS);
	loop->hooks[loop->hook_count].run = hook;
	loop->hooks[loop->hook_count++].arg = arg;
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	struct loop_signal *s = arg;

	(void)what;
	s->fire(s->arg, number);
}

void
loop_on_signal(struct loop *loop, int signal_number,
	       void (*fire)(void *arg, int signal_number), void *arg)
{
	struct loop_signal *s;

	assert(loop->signal_count < LOOP_SIGNALS);
	s = &loop->signals[loop->signal_count++];
	s->fire = fire;
	s->arg = arg;
	event_assign(&s->ev, loop->base, signal_number, EV_SIGNAL | EV_PERSIST,
		     on_signal, s);
	event_add(&s->ev, NULL);
}

struct event_base *
loop_event_base(struct loop *loop)
{
	return loop->base;
}
