#include "unit.h"

#include "conf/conf_text.h"
#include "role/generation.h"

static struct loop *loop;
static struct generation *g;

static const struct proc_ops nothing;

/* Two auth processes, three workers; none is ever started. */
static void
setup(void)
{
	struct settings *s = conf_text_settings(
		SL(CONF_TEXT_LISTENER CONF_TEXT_AUTH
		   "process: { workers: 3, auth_processes: 2 }\n"));

	loop = loop_make();
	g = generation_make(loop, 1, s, NULL, &nothing, NULL);
}

static void
teardown(void)
{
	for (size_t i = 0; i < g->count; i++)
		g->procs[i].at = PROC_NONE;
	generation_free(&g);
	ck_assert_ptr_null(g);
	loop_free(&loop);
}

static void
set_all(size_t from, enum proc_at at)
{
	for (size_t i = from; i < g->count; i++)
		g->procs[i].at = at;
}

START_TEST(it_has_the_processes_of_its_settings)
{
	ck_assert_uint_eq(g->count, 5);
	ck_assert_uint_eq(generation_workers(g), 3);
	ck_assert_int_eq(g->procs[1].role, ROLE_AUTH);
	ck_assert_uint_eq(g->procs[1].index, 1);
	ck_assert_int_eq(g->procs[2].role, ROLE_WORKER);
	ck_assert_uint_eq(g->procs[2].index, 0);
}
END_TEST

START_TEST(a_process_is_found_by_its_id)
{
	g->procs[3].pid = 4711;
	ck_assert_ptr_eq(generation_find(g, 4711), &g->procs[3]);
	ck_assert_ptr_null(generation_find(g, 4712));
	g->procs[3].pid = 0;
}
END_TEST

START_TEST(it_is_ready_when_all_run_and_gone_when_none_is_left)
{
	ck_assert(!generation_is_ready(g));
	ck_assert(generation_is_gone(g));
	set_all(0, PROC_RUNNING);
	ck_assert(generation_is_ready(g));
	g->procs[0].at = PROC_STARTING;
	ck_assert(!generation_is_ready(g));
	set_all(0, PROC_ENDING);
	ck_assert(!generation_is_gone(g));
	set_all(g->auth_count, PROC_NONE);
	ck_assert(generation_workers_gone(g));
	ck_assert(!generation_is_gone(g));
	set_all(0, PROC_NONE);
	ck_assert(generation_is_gone(g));
}
END_TEST

Suite *
suite_generation(void)
{
	Suite *suite = suite_create("generation");
	TCase *all = tcase_create("generation");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, it_has_the_processes_of_its_settings);
	tcase_add_test(all, a_process_is_found_by_its_id);
	tcase_add_test(all,
		       it_is_ready_when_all_run_and_gone_when_none_is_left);
	suite_add_tcase(suite, all);
	return suite;
}
