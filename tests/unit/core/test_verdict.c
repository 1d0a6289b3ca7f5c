#include "unit.h"

#include "core/verdict.h"

START_TEST(what_is_not_the_backends_to_say_has_words)
{
	const struct verdict v = { .kind = (enum verdict_kind)_i };

	ck_assert_int_eq(verdict_words(&v).n == 0, verdict_is_backends(v.kind));
}
END_TEST

START_TEST(words_that_were_given_count)
{
	const struct verdict v = { .kind = VERDICT_EXPIRED,
				   .text = SL("Since Monday") };

	assert_slice(verdict_words(&v), SL("Since Monday"));
}
END_TEST

START_TEST(only_a_backend_that_answered_is_quoted)
{
	ck_assert(verdict_is_backends(VERDICT_LOGGED_IN));
	ck_assert(verdict_is_backends(VERDICT_BACKEND_DENIED));
	ck_assert(verdict_is_backends(VERDICT_BACKEND_TEMPFAIL));
	ck_assert(!verdict_is_backends(VERDICT_BACKEND_DOWN));
	ck_assert(!verdict_is_backends(VERDICT_BACKEND_CONFIG));
}
END_TEST

Suite *
suite_verdict(void)
{
	Suite *suite = suite_create("verdict");
	TCase *all = tcase_create("verdict");

	tcase_add_loop_test(all, what_is_not_the_backends_to_say_has_words, 0,
			    VERDICT_KINDS);
	tcase_add_test(all, words_that_were_given_count);
	tcase_add_test(all, only_a_backend_that_answered_is_quoted);
	suite_add_tcase(suite, all);
	return suite;
}
