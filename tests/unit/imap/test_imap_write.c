#include "unit.h"

#include "imap/imap_parser.h"
#include "imap/imap_write.h"

static const struct {
	struct slice s;
	size_t nonsync_max;
	struct slice written;
} string_rows[] = {
	{ SL(""), 0, SL("\"\"") },
	{ SL("p q"), 0, SL("\"p q\"") },
	{ SL("NIL"), 0, SL("\"NIL\"") },
	{ SL("a\"b\\c"), 0, SL("\"a\\\"b\\\\c\"") },
	{ SL("\"\"\"\""), 0, SL("\"\\\"\\\"\\\"\\\"\"") },
	{ SL("\"\"\"\"\""), 0, SL("{5}\r\n\"\"\"\"\"") },
	{ SL("\xc3\xa4"), 0, SL("{2}\r\n\xc3\xa4") },
	{ SL("\xc3\xa4"), 2, SL("{2+}\r\n\xc3\xa4") },
	{ SL("\xc3\xa4"), 1, SL("{2}\r\n\xc3\xa4") },
	{ SL("a\tb"), SIZE_MAX, SL("{3+}\r\na\tb") },
	{ SL("a\r\nb"), SIZE_MAX, SL("{4+}\r\na\r\nb") },
	{ SL("{5}"), 0, SL("\"{5}\"") },
};

START_TEST(a_string_is_quoted_if_it_can_be)
{
	struct buf b;

	buf_init(&b, 100);
	ck_assert(imap_write_string(&b, string_rows[_i].s,
				    string_rows[_i].nonsync_max));
	assert_slice(buf_slice(&b), string_rows[_i].written);
	buf_free(&b);
}
END_TEST

START_TEST(what_was_written_reads_as_what_it_was)
{
	struct imap_command cmd;
	struct arena a = { 0 };
	struct buf b;
	size_t used;

	buf_init(&b, 100);
	buf_add(&b, SL("L LOGIN "));
	ck_assert(imap_write_string(&b, string_rows[_i].s,
				    string_rows[_i].nonsync_max));
	buf_add(&b, SL(" x\r\n"));
	ck_assert_int_eq(imap_parse_command(buf_slice(&b), SIZE_MAX, &cmd,
					    &used), IMAP_PARSE_DONE);
	ck_assert_uint_eq(cmd.arg_count, 2);
	ck_assert(imap_arg_is_string(&cmd.args[0]));
	assert_slice(imap_arg_value(&cmd.args[0], &a), string_rows[_i].s);
	arena_free(&a);
	buf_free(&b);
}
END_TEST

START_TEST(what_cannot_be_written_leaves_nothing_behind)
{
	static const struct slice strings[] = {
		SL("\0"), SL("longer than"), SL("\"\"\"\""), SL("\xff\xff\xff"),
	};

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		struct buf b;

		buf_init(&b, 11);
		buf_add(&b, SL("abcd"));
		ck_assert(!imap_write_string(&b, strings[i], 0));
		assert_slice(buf_slice(&b), SL("abcd"));
		buf_free(&b);
	}
}
END_TEST

START_TEST(no_string_is_nil)
{
	struct slice empty = SL("");
	struct buf b;

	buf_init(&b, 9);
	ck_assert(imap_write_nstring(&b, NULL, 0));
	assert_slice(buf_slice(&b), SL("NIL"));
	ck_assert(imap_write_nstring(&b, &empty, 0));
	assert_slice(buf_slice(&b), SL("NIL\"\""));
	buf_free(&b);
}
END_TEST

START_TEST(the_capabilities_say_what_may_be_sent_unasked)
{
	ck_assert_uint_eq(imap_nonsync_max(SL("IMAP4rev1 literal+ ID")),
			  SIZE_MAX);
	ck_assert_uint_eq(imap_nonsync_max(SL("LITERAL- LITERAL+")), SIZE_MAX);
	ck_assert_uint_eq(imap_nonsync_max(SL("IMAP4rev2 LITERAL-")), 4096);
	ck_assert_uint_eq(imap_nonsync_max(SL("IMAP4rev1 XLITERAL+")), 0);
	ck_assert_uint_eq(imap_nonsync_max(SL("")), 0);
}
END_TEST

/* Segments are shown with a bar where the backend must be waited for. */
static const struct {
	struct slice text, shown;
} segment_rows[] = {
	{ SL(""), SL("") },
	{ SL("L LOGIN \"u\" \"p\"\r\n"), SL("L LOGIN \"u\" \"p\"\r\n") },
	{ SL("L LOGIN {1}\r\nu {2}\r\n\xc3\xa4\r\n"),
	  SL("L LOGIN {1}\r\n|u {2}\r\n|\xc3\xa4\r\n") },
	{ SL("L LOGIN {1+}\r\nu {2}\r\n\xc3\xa4\r\n"),
	  SL("L LOGIN {1+}\r\nu {2}\r\n|\xc3\xa4\r\n") },
	{ SL("I ID ({5}\r\n{9}\r\n \"{1}\")\r\nL X\r\n"),
	  SL("I ID ({5}\r\n|{9}\r\n \"{1}\")\r\nL X\r\n") },
	{ SL("X {5+}\r\n{9}\r\n {4}\r\n{4}\r {3}\r\n\r\n\xff\r\n"),
	  SL("X {5+}\r\n{9}\r\n {4}\r\n|{4}\r {3}\r\n|\r\n\xff\r\n") },
	{ SL("X {0}\r\n\r\n"), SL("X {0}\r\n|\r\n") },
};

START_TEST(text_is_cut_where_the_backend_must_be_waited_for)
{
	struct slice text = exact_copy(segment_rows[_i].text,
				       segment_rows[_i].text.n);
	struct imap_segments todo = { .rest = text };
	struct slice segment;
	struct buf shown;

	buf_init(&shown, 100);
	while (imap_segment_next(&todo, &segment)) {
		buf_add(&shown, segment);
		if (todo.rest.n > 0)
			buf_add(&shown, SL("|"));
	}
	assert_slice(buf_slice(&shown), segment_rows[_i].shown);
	buf_free(&shown);
	free_copy(text);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

Suite *
suite_imap_write(void)
{
	const TTest *const tests[] = {
		what_cannot_be_written_leaves_nothing_behind,
		no_string_is_nil,
		the_capabilities_say_what_may_be_sent_unasked,
	};
	Suite *suite = suite_of("imap_write", tests,
				sizeof(tests) / sizeof(tests[0]));
	TCase *tcase = tcase_create("imap_write rows");

	tcase_add_loop_test(tcase, a_string_is_quoted_if_it_can_be, 0,
			    ROWS(string_rows));
	tcase_add_loop_test(tcase, what_was_written_reads_as_what_it_was, 0,
			    ROWS(string_rows));
	tcase_add_loop_test(tcase,
			    text_is_cut_where_the_backend_must_be_waited_for,
			    0, ROWS(segment_rows));
	suite_add_tcase(suite, tcase);
	return suite;
}
