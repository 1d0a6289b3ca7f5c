#include "unit.h"

#include "imap/imap_arg.h"

START_TEST(a_value_is_what_the_escapes_stand_for)
{
	static const struct {
		enum imap_arg_kind kind;
		struct slice text, value;
	} rows[] = {
		{ IMAP_ARG_QUOTED, SL(""), SL("") },
		{ IMAP_ARG_QUOTED, SL("plain"), SL("plain") },
		{ IMAP_ARG_QUOTED, SL("a\\\"b\\\\"), SL("a\"b\\") },
		{ IMAP_ARG_QUOTED, SL("\\a\\\xff"), SL("a\xff") },
		{ IMAP_ARG_LITERAL, SL("a\\b"), SL("a\\b") },
		{ IMAP_ARG_ATOM, SL("a\\b"), SL("a\\b") },
		{ IMAP_ARG_NIL, SL("nil"), SL("nil") },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice text = exact_copy(rows[i].text, rows[i].text.n);
		struct imap_arg arg = { rows[i].kind, text };
		struct arena a = { 0 };

		assert_slice(imap_arg_value(&arg, &a), rows[i].value);
		ck_assert_uint_eq(imap_arg_value_length(&arg),
				  rows[i].value.n);
		arena_free(&a);
		free_copy(text);
	}
}
END_TEST

START_TEST(nothing_is_allocated_where_nothing_is_escaped)
{
	struct imap_arg arg = { IMAP_ARG_QUOTED, SL("secret") };
	struct arena a = { 0 };

	ck_assert_ptr_eq(imap_arg_value(&arg, &a).p, arg.text.p);
	ck_assert_uint_eq(a.used, 0);
}
END_TEST

START_TEST(only_a_line_with_a_whole_mark_at_its_end_goes_on)
{
	static const struct {
		struct slice line;
		bool found, nonsync;
		struct slice digits;
	} rows[] = {
		{ SL("a LOGIN {5}"), true, false, SL("5") },
		{ SL("{007+}"), true, true, SL("007") },
		{ SL("x{99999999999999999999+}"), true, true,
		  SL("99999999999999999999") },
		{ SL(""), false, false, SL("") },
		{ SL("}"), false, false, SL("") },
		{ SL("+}"), false, false, SL("") },
		{ SL("5}"), false, false, SL("") },
		{ SL("{}"), false, false, SL("") },
		{ SL("{+}"), false, false, SL("") },
		{ SL("{5-}"), false, false, SL("") },
		{ SL("{5++}"), false, false, SL("") },
		{ SL("{5 }"), false, false, SL("") },
		{ SL("{5} "), false, false, SL("") },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice line = exact_copy(rows[i].line, rows[i].line.n);
		struct imap_literal_mark mark = { 0 };

		ck_assert_msg(imap_line_ends_in_literal(line, &mark) ==
				      rows[i].found, "row %zu", i);
		assert_slice(mark.digits, rows[i].digits);
		ck_assert_int_eq(mark.nonsync, rows[i].nonsync);
		free_copy(line);
	}
}
END_TEST

START_TEST(a_list_gives_its_elements_and_ends)
{
	static const struct imap_arg want[] = {
		{ IMAP_ARG_QUOTED, SL("a \\\" ) b") },
		{ IMAP_ARG_NIL, SL("nil") },
		{ IMAP_ARG_LITERAL, SL(")") },
		{ IMAP_ARG_LITERAL, SL("") },
		{ IMAP_ARG_ATOM, SL("c") },
	};
	struct slice rest = SL("\"a \\\" ) b\"  nil {1}\r\n){0+}\n c )");
	struct imap_arg got;

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ck_assert(imap_list_next(&rest, &got));
		ck_assert_int_eq(got.kind, want[i].kind);
		assert_slice(got.text, want[i].text);
	}
	ck_assert(!imap_list_next(&rest, &got));
	ck_assert(!imap_list_next(&rest, &got));
}
END_TEST

Suite *
suite_imap_arg(void)
{
	const TTest *const tests[] = {
		a_value_is_what_the_escapes_stand_for,
		nothing_is_allocated_where_nothing_is_escaped,
		only_a_line_with_a_whole_mark_at_its_end_goes_on,
		a_list_gives_its_elements_and_ends,
	};

	return suite_of("imap_arg", tests, sizeof(tests) / sizeof(tests[0]));
}
