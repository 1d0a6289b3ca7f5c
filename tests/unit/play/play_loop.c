#include "play_loop.h"

#include "base/mem.h"
#include "play_net.h"
#include "unit_clock.h"

/* More than any play has at once. */
#define MAX_WATCHES 64
#define MAX_TIMERS 64
#define MAX_HOOKS LOOP_HOOKS
/* Turns without a rest that no honest program takes: an octet each of a long
   transcript, and then some. */
#define MAX_TURNS 100000

struct watched {
	struct loop_watch *watch;	/* NULL: free */
	int fd;
	unsigned wants;
};

struct timed {
	struct loop_timer *timer;	/* NULL: free */
	int64_t due_ms;
	uint64_t order;			/* of two that are due at once */
};

struct loop {
	struct watched watched[MAX_WATCHES];
	struct timed timed[MAX_TIMERS];
	struct loop_task *first, **last;
	struct {
		void (*run)(void *arg);
		void *arg;
	} hooks[MAX_HOOKS];
	size_t hook_count;
	uint64_t starts;
};

/* A watch knows its loop by nothing that is ours, and there is one at a time. */
static struct loop *the_loop;

struct loop *
loop_make(void)
{
	struct loop *loop = mem_zalloc(sizeof(*loop));

	if (the_loop != NULL)
		play_fail("a second loop in one play");
	loop->last = &loop->first;
	the_loop = loop;
	return loop;
}

void
loop_free(struct loop **loop)
{
	free(*loop);
	*loop = NULL;
	the_loop = NULL;
}

/* ---- descriptors ------------------------------------------------------- */

/* The place of watch, or of nobody (NULL). */
static struct watched *
find_watched(const struct loop_watch *watch)
{
	for (size_t i = 0; i < MAX_WATCHES; i++) {
		if (the_loop->watched[i].watch == watch)
			return &the_loop->watched[i];
	}
	return NULL;
}

void
loop_watch_init(struct loop_watch *w, struct loop *loop, int fd,
		void (*ready)(void *arg, unsigned wants), void *arg)
{
	struct watched *at = find_watched(w);

	(void)loop;
	if (at == NULL)
		at = find_watched(NULL);
	if (at == NULL)
		play_fail("too many watches for a play");
	*at = (struct watched){ .watch = w, .fd = fd };
	w->ready = ready;
	w->arg = arg;
	w->poked = WANT_NOTHING;
}

void
loop_watch_want(struct loop_watch *w, unsigned wants)
{
	struct watched *at = find_watched(w);

	if (at == NULL)
		play_fail("a watch is used that was not made, or was stopped");
	at->wants = wants;
	w->poked &= wants;
}

void
loop_watch_poke(struct loop_watch *w, unsigned wants)
{
	w->poked |= wants;
}

void
loop_watch_stop(struct loop_watch *w)
{
	struct watched *at = w->ready == NULL ? NULL : find_watched(w);

	if (at != NULL)
		*at = (struct watched){ .watch = NULL };
	w->poked = WANT_NOTHING;
}

static bool
call_watch(const struct watched *at)
{
	struct loop_watch *w = at->watch;
	unsigned happened = w->poked | (at->wants & play_net_ready(at->fd));

	if (happened == WANT_NOTHING)
		return false;
	w->poked = WANT_NOTHING;
	w->ready(w->arg, happened);
	return true;
}

static bool
call_watches(struct loop *loop)
{
	bool any = false;

	for (size_t i = 0; i < MAX_WATCHES; i++) {
		if (loop->watched[i].watch != NULL)
			any = call_watch(&loop->watched[i]) || any;
	}
	return any;
}

/* ---- timers ------------------------------------------------------------ */

static struct timed *
find_timed(const struct loop_timer *timer)
{
	for (size_t i = 0; i < MAX_TIMERS; i++) {
		if (the_loop->timed[i].timer == timer)
			return &the_loop->timed[i];
	}
	return NULL;
}

void
loop_timer_init(struct loop_timer *t, struct loop *loop,
		void (*fire)(void *arg), void *arg)
{
	(void)loop;
	t->fire = fire;
	t->arg = arg;
}

void
loop_timer_start(struct loop_timer *t, int64_t ms)
{
	struct timed *at = find_timed(t);

	if (at == NULL)
		at = find_timed(NULL);
	if (at == NULL)
		play_fail("too many timers for a play");
	*at = (struct timed){ .timer = t, .due_ms = clock_now_ms() + ms,
			      .order = ++the_loop->starts };
}

void
loop_timer_stop(struct loop_timer *t)
{
	struct timed *at = t->fire == NULL ? NULL : find_timed(t);

	if (at != NULL)
		*at = (struct timed){ .timer = NULL };
}

bool
loop_timer_runs(const struct loop_timer *t)
{
	return t->fire != NULL && find_timed(t) != NULL;
}

size_t
play_timers(const struct loop *loop)
{
	size_t n = 0;

	for (size_t i = 0; i < MAX_TIMERS; i++)
		n += loop->timed[i].timer != NULL;
	return n;
}

static bool
is_before(const struct timed *a, const struct timed *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms :
					a->order < b->order;
}

/* The next that is due by then; NULL if there is none. */
static struct timed *
next_timed(struct loop *loop, int64_t by_ms)
{
	struct timed *next = NULL;

	for (size_t i = 0; i < MAX_TIMERS; i++) {
		struct timed *at = &loop->timed[i];

		if (at->timer != NULL && at->due_ms <= by_ms &&
		    (next == NULL || is_before(at, next)))
			next = at;
	}
	return next;
}

static void
fire(struct timed *at)
{
	struct loop_timer *t = at->timer;

	*at = (struct timed){ .timer = NULL };
	t->fire(t->arg);
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
	struct loop_task **at = &loop->first;

	if (!task->queued)
		return;
	while (*at != task)
		at = &(*at)->next;
	*at = task->next;
	if (loop->last == &task->next)
		loop->last = at;
	task->queued = false;
}

void
loop_each_turn(struct loop *loop, void (*hook)(void *arg), void *arg)
{
	loop->hooks[loop->hook_count].run = hook;
	loop->hooks[loop->hook_count++].arg = arg;
}

static bool
run_tasks(struct loop *loop)
{
	bool any = false;

	while (loop->first != NULL) {
		struct loop_task *task = loop->first;

		loop->first = task->next;
		if (loop->first == NULL)
			loop->last = &loop->first;
		task->queued = false;
		task->run(task->arg);
		any = true;
	}
	return any;
}

/* ---- turning ----------------------------------------------------------- */

static bool
turn(struct loop *loop)
{
	bool any = run_tasks(loop);
	struct timed *due = next_timed(loop, clock_now_ms());

	if (due != NULL)
		fire(due);
	any = call_watches(loop) || due != NULL || any;
	any = run_tasks(loop) || any;
	for (size_t i = 0; i < loop->hook_count; i++)
		loop->hooks[i].run(loop->hooks[i].arg);
	return any;
}

void
play_settle(struct loop *loop)
{
	for (int i = 0; turn(loop); i++) {
		if (i == MAX_TURNS)
			play_fail("usher goes round in circles");
	}
}

void
play_pass(struct loop *loop, int64_t ms)
{
	int64_t end = clock_now_ms() + ms;
	struct timed *next;

	while ((next = next_timed(loop, end)) != NULL) {
		unit_clock_pass(next->due_ms - clock_now_ms());
		play_settle(loop);
	}
	unit_clock_pass(end - clock_now_ms());
	play_settle(loop);
}
