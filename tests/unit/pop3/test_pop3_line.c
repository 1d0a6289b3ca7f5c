#include "unit.h"

#include "pop3/pop3_line.h"

/* ---- lines ------------------------------------------------------------- */

#define MAX_LINE 8

/* One line, and what is behind it. */
static const struct {
	struct slice in, line, rest;
} lines[] = {
	{ SL("NOOP\r\nQUIT\r\n"), SL("NOOP"), SL("QUIT\r\n") },
	{ SL("NOOP\nQUIT\r\n"), SL("NOOP"), SL("QUIT\r\n") },
	{ SL("\r\n"), SL(""), SL("") },
	{ SL("\n\n"), SL(""), SL("\n") },
	{ SL("a\rb\r\nc"), SL("a\rb"), SL("c") },
	{ SL("a\r\r\nc"), SL("a\r"), SL("c") },
	{ SL("a\0b\r\n"), SL("a\0b"), SL("") },
	{ SL("12345678\r\n"), SL("12345678"), SL("") },
	{ SL("12345678\n"), SL("12345678"), SL("") },
};

START_TEST(a_line_ends_at_lf)
{
	struct slice in = exact_copy(lines[_i].in, lines[_i].in.n), line;
	size_t used;

	ck_assert_int_eq(pop3_parse_line(in, MAX_LINE, &line, &used),
			 POP3_PARSE_DONE);
	assert_slice(line, lines[_i].line);
	assert_slice(slice_skip(in, used), lines[_i].rest);
	free_copy(in);
}
END_TEST

START_TEST(every_shorter_prefix_asks_for_more)
{
	size_t whole = lines[_i].in.n - lines[_i].rest.n;

	for (size_t n = 0; n < whole; n++) {
		struct slice in = exact_copy(lines[_i].in, n), line;
		size_t used;

		ck_assert_msg(pop3_parse_line(in, MAX_LINE, &line, &used) ==
				      POP3_PARSE_MORE, "%zu octets", n);
		free_copy(in);
	}
}
END_TEST

START_TEST(a_line_has_a_maximum)
{
	static const struct slice long_lines[] = {
		SL("123456789\r\n"), SL("123456789\n"), SL("12345678\r\r\n"),
		SL("123456789x"), SL("12345678\rx"), SL("1234567890"),
	};

	for (size_t i = 0; i < sizeof(long_lines) / sizeof(long_lines[0]); i++) {
		struct slice line;
		size_t used;

		ck_assert_msg(pop3_parse_line(long_lines[i], MAX_LINE, &line,
					      &used) == POP3_PARSE_TOO_LONG,
			      "row %zu", i);
	}
}
END_TEST

/* ---- commands ---------------------------------------------------------- */

static const struct {
	struct slice line, word, args;
} commands[] = {
	{ SL("QUIT"), SL("QUIT"), SL("") },
	{ SL("user jane"), SL("user"), SL("jane") },
	{ SL("PASS  two  words "), SL("PASS"), SL(" two  words ") },
	{ SL("USER "), SL("USER"), SL("") },
	{ SL("CAPA\tx"), SL("CAPA\tx"), SL("") },
	{ SL(""), SL(""), SL("") },
	{ SL(" NOOP"), SL(""), SL("NOOP") },
	{ SL("NOOP\r"), SL(""), SL("") },
	{ SL("USER a\rb"), SL(""), SL("") },
	{ SL("USER a\0b"), SL(""), SL("") },
};

START_TEST(a_command_is_a_word_and_what_is_behind_the_blank)
{
	struct pop3_command c = pop3_command_of(commands[_i].line);

	assert_slice(c.word, commands[_i].word);
	assert_slice(c.args, commands[_i].args);
}
END_TEST

/* ---- replies ----------------------------------------------------------- */

static const struct {
	struct slice line;
	bool ok;
	struct slice code, text;
} replies[] = {
	{ SL("+OK"), true, SL(""), SL("") },
	{ SL("+OK "), true, SL(""), SL("") },
	{ SL("+OK Logged in."), true, SL(""), SL("Logged in.") },
	{ SL("-ERR [SYS/TEMP] later"), false, SL("SYS/TEMP"), SL("later") },
	{ SL("-ERR [AUTH]"), false, SL("AUTH"), SL("") },
	{ SL("-ERR []x"), false, SL(""), SL("x") },
	{ SL("-ERR [AUTH no"), false, SL(""), SL("[AUTH no") },
	{ SL("-ERR no [AUTH]"), false, SL(""), SL("no [AUTH]") },
	{ SL("+OK [XCLIENT] ready"), true, SL("XCLIENT"), SL("ready") },
};

START_TEST(a_reply_becomes_its_parts)
{
	struct pop3_reply r;

	ck_assert(pop3_reply_of(replies[_i].line, &r));
	ck_assert_int_eq(r.ok, replies[_i].ok);
	assert_slice(r.code, replies[_i].code);
	assert_slice(r.text, replies[_i].text);
}
END_TEST

START_TEST(what_is_no_reply_is_told)
{
	static const struct slice lines_[] = {
		SL(""), SL(" "), SL("+"), SL("+ "), SL("-"), SL("OK"),
		SL("+ok"), SL("-err x"), SL("+OKAY"), SL("+OK\tx"), SL("+OK\r"),
		SL("-ERR a\rb"), SL("+OK\0"), SL("* OK IMAP"), SL("220 SMTP"),
		SL(" +OK"),
	};

	for (size_t i = 0; i < sizeof(lines_) / sizeof(lines_[0]); i++) {
		struct pop3_reply r;

		ck_assert_msg(!pop3_reply_of(lines_[i], &r), "row %zu", i);
	}
}
END_TEST

#define ROWS(rows) (int)(sizeof(rows) / sizeof((rows)[0]))

Suite *
suite_pop3_line(void)
{
	Suite *suite = suite_create("pop3_line");
	TCase *all = tcase_create("pop3_line");

	tcase_add_loop_test(all, a_line_ends_at_lf, 0, ROWS(lines));
	tcase_add_loop_test(all, every_shorter_prefix_asks_for_more, 0,
			    ROWS(lines));
	tcase_add_test(all, a_line_has_a_maximum);
	tcase_add_loop_test(all,
			    a_command_is_a_word_and_what_is_behind_the_blank, 0,
			    ROWS(commands));
	tcase_add_loop_test(all, a_reply_becomes_its_parts, 0, ROWS(replies));
	tcase_add_test(all, what_is_no_reply_is_told);
	suite_add_tcase(suite, all);
	return suite;
}
