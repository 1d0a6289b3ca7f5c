#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"

/* What happened, in order: a letter each. */
static struct buf story;
static struct loop *loop;

/* The loop, and a connected pair for the tests that want one. */
static int ends[2];

static void
setup(void)
{
	buf_init(&story, 1000);
	loop = loop_make();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    ends), 0);
}

static void
teardown(void)
{
	loop_free(&loop);
	ck_assert_ptr_null(loop);
	close(ends[0]);
	close(ends[1]);
	buf_free(&story);
}

static void
tell(void *what)
{
	buf_add(&story, slice_of(what));
}

static void
stop(void *unused)
{
	(void)unused;
	buf_add_char(&story, '.');
	loop_stop(loop);
}

/* ---- between turns ----------------------------------------------------- */

START_TEST(tasks_run_in_the_order_they_came)
{
	struct loop_task a = { .run = tell, .arg = "a" };
	struct loop_task b = { .run = tell, .arg = "b" };
	struct loop_task end = { .run = stop };

	loop_later(loop, &b);
	loop_later(loop, &a);
	loop_later(loop, &b);
	loop_later(loop, &end);
	loop_run(loop);
	assert_slice(buf_slice(&story), SL("ba."));
}
END_TEST

START_TEST(a_forgotten_task_does_not_run)
{
	/* First, in the middle, last and alone in the list. */
	for (int which = 0; which < 3; which++) {
		struct loop_task tasks[] = {
			{ .run = tell, .arg = "a" },
			{ .run = tell, .arg = "b" },
			{ .run = tell, .arg = "c" },
		};
		struct loop_task end = { .run = stop };
		const char *const want[] = { "bc.", "ac.", "ab." };

		buf_clear(&story);
		for (int i = 0; i < 3; i++)
			loop_later(loop, &tasks[i]);
		loop_forget(loop, &tasks[which]);
		loop_forget(loop, &tasks[which]);
		loop_later(loop, &end);
		loop_run(loop);
		assert_slice(buf_slice(&story), slice_of(want[which]));
	}
	struct loop_task alone = { .run = tell, .arg = "x" };
	struct loop_task end = { .run = stop };

	buf_clear(&story);
	loop_later(loop, &alone);
	loop_forget(loop, &alone);
	loop_later(loop, &end);
	loop_run(loop);
	assert_slice(buf_slice(&story), SL("."));
}
END_TEST

static struct loop_task first_task, second_task;

static void
queue_second_and_tell(void *what)
{
	tell(what);
	loop_later(loop, &second_task);
}

static void
forget_second_and_tell(void *what)
{
	tell(what);
	loop_forget(loop, &second_task);
}

START_TEST(what_a_task_queues_runs_in_the_same_gap)
{
	first_task = (struct loop_task){ .run = queue_second_and_tell,
					 .arg = "a" };
	second_task = (struct loop_task){ .run = stop };
	loop_later(loop, &first_task);
	/* Nothing else would ever wake this loop. */
	loop_run(loop);
	assert_slice(buf_slice(&story), SL("a."));
}
END_TEST

START_TEST(a_task_may_forget_the_next_one)
{
	struct loop_task end = { .run = stop };

	first_task = (struct loop_task){ .run = forget_second_and_tell,
					 .arg = "a" };
	second_task = (struct loop_task){ .run = tell, .arg = "b" };
	loop_later(loop, &first_task);
	loop_later(loop, &second_task);
	loop_later(loop, &end);
	loop_run(loop);
	assert_slice(buf_slice(&story), SL("a."));
}
END_TEST

static void
hook(void *what)
{
	tell(what);
	if (story.n < 5)
		loop_later(loop, &second_task);
}

START_TEST(hooks_follow_the_tasks_and_what_they_queue_does_not_wait)
{
	struct loop_timer soon = { 0 };

	second_task = (struct loop_task){ .run = stop };
	loop_timer_init(&soon, loop, tell, "t");
	loop_timer_start(&soon, 0);
	loop_each_turn(loop, hook, "h");
	loop_run(loop);
	assert_slice(buf_slice(&story), SL("th."));
}
END_TEST

/* ---- timers ------------------------------------------------------------ */

START_TEST(timers_fire_once_in_the_order_of_their_times)
{
	struct loop_timer a = { 0 }, b = { 0 }, c = { 0 }, end = { 0 };

	loop_timer_init(&a, loop, tell, "a");
	loop_timer_init(&b, loop, tell, "b");
	loop_timer_init(&c, loop, tell, "c");
	loop_timer_init(&end, loop, stop, NULL);
	loop_timer_start(&c, 9);
	loop_timer_start(&a, 1);
	loop_timer_start(&b, 5);
	loop_timer_start(&end, 20);
	loop_run(loop);
	assert_slice(buf_slice(&story), SL("abc."));
	ck_assert(!loop_timer_runs(&a));
}
END_TEST

START_TEST(starting_a_timer_again_moves_it)
{
	struct loop_timer a = { 0 }, b = { 0 }, end = { 0 };

	loop_timer_init(&a, loop, tell, "a");
	loop_timer_init(&b, loop, tell, "b");
	loop_timer_init(&end, loop, stop, NULL);
	loop_timer_start(&a, 1);
	loop_timer_start(&b, 3);
	loop_timer_start(&a, 6);
	loop_timer_start(&end, 15);
	loop_run(loop);
	assert_slice(buf_slice(&story), SL("ba."));
}
END_TEST

START_TEST(a_stopped_timer_does_not_fire)
{
	struct loop_timer a = { 0 }, end = { 0 }, never_made = { 0 };

	loop_timer_init(&a, loop, tell, "a");
	loop_timer_init(&end, loop, stop, NULL);
	loop_timer_start(&a, 1);
	ck_assert(loop_timer_runs(&a));
	loop_timer_stop(&a);
	loop_timer_stop(&a);
	ck_assert(!loop_timer_runs(&a));
	loop_timer_stop(&never_made);
	ck_assert(!loop_timer_runs(&never_made));
	loop_timer_start(&end, 5);
	loop_run(loop);
	assert_slice(buf_slice(&story), SL("."));
}
END_TEST

START_TEST(never_is_a_long_time)
{
	struct loop_timer never = { 0 }, end = { 0 };

	loop_timer_init(&never, loop, tell, "a");
	loop_timer_init(&end, loop, stop, NULL);
	loop_timer_start(&never, INT64_MAX);
	loop_timer_start(&end, 3);
	loop_run(loop);
	assert_slice(buf_slice(&story), SL("."));
	loop_timer_stop(&never);
}
END_TEST

/* ---- descriptors ------------------------------------------------------- */

static struct loop_watch watch;

/* Tells what came, takes the octets, and stops the loop. */
static void
on_ready(void *arg, unsigned wants)
{
	char octets[64];

	(void)arg;
	if ((wants & WANT_READ) != 0)
		buf_add_char(&story, 'r');
	if ((wants & WANT_WRITE) != 0)
		buf_add_char(&story, 'w');
	while (read(ends[0], octets, sizeof(octets)) > 0)
		;
	loop_stop(loop);
}

/* One run of the loop, which ends after a callback or 20 ms of silence. */
static struct slice
run_once(void)
{
	struct loop_timer guard = { 0 };

	buf_clear(&story);
	loop_timer_init(&guard, loop, stop, NULL);
	loop_timer_start(&guard, 20);
	loop_run(loop);
	loop_timer_stop(&guard);
	return buf_slice(&story);
}

START_TEST(only_what_is_wanted_is_called_for)
{
	loop_watch_init(&watch, loop, ends[0], on_ready, NULL);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	assert_slice(run_once(), SL("."));
	loop_watch_want(&watch, WANT_READ);
	assert_slice(run_once(), SL("r"));
	assert_slice(run_once(), SL("."));
	loop_watch_want(&watch, WANT_WRITE);
	assert_slice(run_once(), SL("w"));
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	loop_watch_want(&watch, WANT_READ | WANT_WRITE);
	assert_slice(run_once(), SL("rw"));
	loop_watch_want(&watch, WANT_NOTHING);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	assert_slice(run_once(), SL("."));
	loop_watch_stop(&watch);
}
END_TEST

START_TEST(a_hang_up_comes_as_what_is_wanted)
{
	loop_watch_init(&watch, loop, ends[0], on_ready, NULL);
	loop_watch_want(&watch, WANT_READ);
	close(ends[1]);
	assert_slice(run_once(), SL("r"));
	loop_watch_want(&watch, WANT_WRITE);
	assert_slice(run_once(), SL("w"));
	loop_watch_stop(&watch);
	ends[1] = dup(ends[0]);
}
END_TEST

START_TEST(a_poke_is_heard_though_the_descriptor_is_silent)
{
	loop_watch_init(&watch, loop, ends[0], on_ready, NULL);
	loop_watch_want(&watch, WANT_READ);
	loop_watch_poke(&watch, WANT_READ);
	assert_slice(run_once(), SL("r"));
	assert_slice(run_once(), SL("."));
	loop_watch_stop(&watch);
}
END_TEST

START_TEST(a_poke_outlives_a_change_of_mind_about_something_else)
{
	loop_watch_init(&watch, loop, ends[0], on_ready, NULL);
	loop_watch_want(&watch, WANT_READ);
	loop_watch_poke(&watch, WANT_READ);
	/* As a stream does that has output now: it still wants to read. */
	loop_watch_want(&watch, WANT_READ | WANT_WRITE);
	loop_watch_want(&watch, WANT_READ);
	assert_slice(run_once(), SL("r"));
	assert_slice(run_once(), SL("."));

	loop_watch_poke(&watch, WANT_READ);
	loop_watch_want(&watch, WANT_NOTHING);
	assert_slice(run_once(), SL("."));
	loop_watch_stop(&watch);
}
END_TEST

START_TEST(a_stopped_watch_hears_nothing)
{
	struct loop_watch never_made = { 0 };

	loop_watch_init(&watch, loop, ends[0], on_ready, NULL);
	loop_watch_want(&watch, WANT_READ);
	loop_watch_poke(&watch, WANT_READ);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	loop_watch_stop(&watch);
	assert_slice(run_once(), SL("."));
	loop_watch_stop(&watch);
	loop_watch_stop(&never_made);
}
END_TEST

/* ---- signals ----------------------------------------------------------- */

static void
on_signal(void *arg, int signal_number)
{
	tell(arg);
	ck_assert_int_eq(signal_number, SIGUSR1);
	loop_stop(loop);
}

START_TEST(a_signal_is_an_event_each_time)
{
	loop_on_signal(loop, SIGUSR1, on_signal, "s");
	for (int i = 0; i < 2; i++) {
		raise(SIGUSR1);
		assert_slice(run_once(), SL("s"));
	}
}
END_TEST

Suite *
suite_loop(void)
{
	const TTest *const tests[] = {
		tasks_run_in_the_order_they_came,
		a_forgotten_task_does_not_run,
		what_a_task_queues_runs_in_the_same_gap,
		a_task_may_forget_the_next_one,
		hooks_follow_the_tasks_and_what_they_queue_does_not_wait,
		timers_fire_once_in_the_order_of_their_times,
		starting_a_timer_again_moves_it,
		a_stopped_timer_does_not_fire,
		never_is_a_long_time,
		only_what_is_wanted_is_called_for,
		a_hang_up_comes_as_what_is_wanted,
		a_poke_is_heard_though_the_descriptor_is_silent,
		a_poke_outlives_a_change_of_mind_about_something_else,
		a_stopped_watch_hears_nothing,
		a_signal_is_an_event_each_time,
	};
	Suite *suite = suite_create("loop");
	TCase *tcase = tcase_create("loop");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}
