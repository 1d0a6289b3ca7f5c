#include "unit.h"

#include "base/user_format.h"

START_TEST(only_the_variables_we_have_are_valid)
{
	static const struct {
		struct slice format;
		bool valid;
	} rows[] = {
		{ SL(""), true },
		{ SL("all"), true },
		{ SL("%u"), true },
		{ SL("%n"), true },
		{ SL("%d"), true },
		{ SL("%Lu"), true },
		{ SL("x%Ln@%Ld.y"), true },
		{ SL("100%%"), true },
		{ SL("%%%u%%"), true },
		{ SL("%"), false },
		{ SL("a%"), false },
		{ SL("%L"), false },
		{ SL("%L%"), false },
		{ SL("%LL"), false },
		{ SL("%LLu"), false },
		{ SL("%x"), false },
		{ SL("%U"), false },
		{ SL("%\0"), false },
		{ SL("%L\0"), false },
		{ SL("%u%"), false },
		{ SL("%{user}"), false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice format = exact_copy(rows[i].format,
						 rows[i].format.n);

		ck_assert_msg(user_format_valid(format) == rows[i].valid,
			      "row %zu", i);
		free_copy(format);
	}
}
END_TEST

START_TEST(the_user_stands_where_the_format_says)
{
	static const struct {
		struct slice format, user, want;
	} rows[] = {
		{ SL("%u"), SL("Jane@Example.ORG"), SL("Jane@Example.ORG") },
		{ SL("%Lu"), SL("Jane@Example.ORG"), SL("jane@example.org") },
		{ SL("%n"), SL("Jane@Example.ORG"), SL("Jane") },
		{ SL("%Ld"), SL("Jane@Example.ORG"), SL("example.org") },
		{ SL("%d/%n"), SL("a@b@c"), SL("b@c/a") },
		{ SL("%n|%d"), SL("jane"), SL("jane|") },
		{ SL("%n|%d"), SL("@"), SL("|") },
		{ SL("%n|%d"), SL(""), SL("|") },
		{ SL("%n|%d"), SL("jane@"), SL("jane|") },
		{ SL("a%%b%u%%"), SL("x"), SL("a%bx%") },
		{ SL("fixed"), SL("jane"), SL("fixed") },
		/* The user's own '%' is no variable. */
		{ SL("<%u>"), SL("%d%u"), SL("<%d%u>") },
		/* Only ASCII is folded. */
		{ SL("%Lu"), SL("\xc3\x84Z"), SL("\xc3\x84z") },
	};
	struct buf out;

	buf_init(&out, 64);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		ck_assert(user_format_expand(rows[i].format, rows[i].user,
					     &out));
		assert_slice(buf_slice(&out), rows[i].want);
	}
	buf_free(&out);
}
END_TEST

START_TEST(a_name_too_long_for_the_buffer_is_refused)
{
	struct buf out;

	buf_init(&out, 3);
	ck_assert(!user_format_expand(SL("%u"), SL("jane"), &out));
	buf_clear(&out);
	ck_assert(!user_format_expand(SL("%Lu"), SL("JANE"), &out));
	buf_free(&out);
}
END_TEST

START_TEST(a_format_without_a_variable_says_nothing_of_the_user)
{
	ck_assert(user_format_names_user(SL("%u")));
	ck_assert(user_format_names_user(SL("a%%b%Ld")));
	ck_assert(!user_format_names_user(SL("")));
	ck_assert(!user_format_names_user(SL("everybody")));
	ck_assert(!user_format_names_user(SL("100%%u")));
}
END_TEST

Suite *
suite_user_format(void)
{
	const TTest *const tests[] = {
		only_the_variables_we_have_are_valid,
		the_user_stands_where_the_format_says,
		a_name_too_long_for_the_buffer_is_refused,
		a_format_without_a_variable_says_nothing_of_the_user,
	};

	return suite_of("user_format", tests, sizeof(tests) / sizeof(tests[0]));
}
