#include "unit.h"

#include "role/gather.h"

static struct loop *loop;
static struct gather *list;
static struct buf finished;	/* the ids, in order */

static void
setup(void)
{
	loop = loop_make();
	list = NULL;
	buf_init(&finished, 100);
}

static void
teardown(void)
{
	gather_end_all(&list);
	loop_free(&loop);
	buf_free(&finished);
}

static void
on_finish(struct gather *g)
{
	buf_addf(&finished, "%llu.", (unsigned long long)g->id);
}

/* A question to the links from 1 to n. */
static struct gather *
begin(uint64_t id, uint64_t n)
{
	struct gather *g = gather_begin(&list, loop, id, NULL, on_finish, NULL);

	for (uint64_t link = 1; link <= n; link++)
		gather_ask(g, link);
	gather_begun(g);
	return g;
}

START_TEST(it_ends_when_the_last_has_answered)
{
	struct gather *g = begin(7, 3);

	g->body = json_array();
	gather_answered(g, 2);
	gather_answered(g, 9);	/* was not asked */
	gather_answered(g, 2);	/* has answered already */
	gather_answered(g, 3);
	assert_slice(buf_slice(&finished), SL(""));
	ck_assert_ptr_eq(gather_find(list, 7), g);
	gather_answered(g, 1);
	assert_slice(buf_slice(&finished), SL("7."));
	ck_assert_ptr_null(gather_find(list, 7));
}
END_TEST

START_TEST(nobody_to_ask_is_an_answer_at_once)
{
	begin(7, 0);
	assert_slice(buf_slice(&finished), SL("7."));
	ck_assert_ptr_null(list);
}
END_TEST

START_TEST(a_worker_that_goes_is_left_out_of_all)
{
	begin(1, 1);
	begin(2, 2);
	begin(3, 1);
	gather_link_gone(list, 1);
	assert_slice(buf_slice(&finished), SL("1.3."));
	gather_link_gone(list, 2);
	assert_slice(buf_slice(&finished), SL("1.3.2."));
}
END_TEST

START_TEST(at_the_end_all_are_answered)
{
	begin(1, 1);
	begin(2, 5);
	gather_end_all(&list);
	assert_slice(buf_slice(&finished), SL("1.2."));
	ck_assert_ptr_null(list);
}
END_TEST

Suite *
suite_gather(void)
{
	Suite *suite = suite_create("gather");
	TCase *all = tcase_create("gather");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, it_ends_when_the_last_has_answered);
	tcase_add_test(all, nobody_to_ask_is_an_answer_at_once);
	tcase_add_test(all, a_worker_that_goes_is_left_out_of_all);
	tcase_add_test(all, at_the_end_all_are_answered);
	suite_add_tcase(suite, all);
	return suite;
}
