#include "unit.h"

#include "imap/imap_response.h"

/* One response, and one octet of the next behind it. */
static const struct row {
	struct slice in;
	enum imap_response_kind kind;
	enum imap_status status;
	struct slice tag, said, name, code, code_args, text;
} rows[] = {
	{ .in = SL("* OK [CAPABILITY IMAP4rev1 ID] hi there\r\n*"),
	  IMAP_UNTAGGED,
	  IMAP_STATUS_OK,
	  .said = SL("OK [CAPABILITY IMAP4rev1 ID] hi there"),
	  .code = SL("CAPABILITY"), .code_args = SL("IMAP4rev1 ID"),
	  .text = SL("hi there") },
	{ .in = SL("L ok in\n*"), IMAP_TAGGED, IMAP_STATUS_OK, SL("L"),
	  .said = SL("ok in"), .text = SL("in") },
	{ .in = SL("L OK\r\n*"), IMAP_TAGGED, IMAP_STATUS_OK, SL("L"),
	  .said = SL("OK") },
	{ .in = SL("L NO [UNAVAILABLE] try later {5}\r\n*"), IMAP_TAGGED,
	  IMAP_STATUS_NO, SL("L"),
	  .said = SL("NO [UNAVAILABLE] try later {5}"),
	  .code = SL("UNAVAILABLE"), .text = SL("try later {5}") },
	{ .in = SL("L NO [REFERRAL imap://u;AUTH=*@h:1/] go]\r\n*"),
	  IMAP_TAGGED,
	  IMAP_STATUS_NO, SL("L"),
	  .said = SL("NO [REFERRAL imap://u;AUTH=*@h:1/] go]"),
	  .code = SL("REFERRAL"), .code_args = SL("imap://u;AUTH=*@h:1/"),
	  .text = SL("go]") },
	{ .in = SL("L BAD [X]\r\n*"), IMAP_TAGGED, IMAP_STATUS_BAD, SL("L"),
	  .said = SL("BAD [X]"), .code = SL("X") },
	{ .in = SL("L NO [] x\r\n*"), IMAP_TAGGED, IMAP_STATUS_NO, SL("L"),
	  .said = SL("NO [] x"), .text = SL("x") },
	{ .in = SL("L NO [X y\r\n*"), IMAP_TAGGED, IMAP_STATUS_NO, SL("L"),
	  .said = SL("NO [X y"), .text = SL("[X y") },
	{ .in = SL("other.1 OK x\r\n*"),
	  IMAP_TAGGED, IMAP_STATUS_OK, SL("other.1"),
	  .said = SL("OK x"), .text = SL("x") },
	{ .in = SL("* BYE gone\r\n*"), IMAP_UNTAGGED, IMAP_STATUS_BYE,
	  .said = SL("BYE gone"), .text = SL("gone") },
	{ .in = SL("* Preauth hi\r\n*"), IMAP_UNTAGGED, IMAP_STATUS_PREAUTH,
	  .said = SL("Preauth hi"), .text = SL("hi") },
	{ .in = SL("+\r\n*"), IMAP_CONTINUATION, IMAP_STATUS_NONE },
	{ .in = SL("+ \r\n*"), IMAP_CONTINUATION, IMAP_STATUS_NONE },
	{ .in = SL("+ AGI=\r\n*"), IMAP_CONTINUATION, IMAP_STATUS_NONE,
	  .said = SL("AGI="), .text = SL("AGI=") },
	{ .in = SL("* CAPABILITY A B\r\n*"), IMAP_UNTAGGED, IMAP_STATUS_NONE,
	  .said = SL("CAPABILITY A B"), .name = SL("CAPABILITY"),
	  .text = SL("A B") },
	{ .in = SL("* 5 EXISTS\r\n*"), IMAP_UNTAGGED, IMAP_STATUS_NONE,
	  .said = SL("5 EXISTS"), .name = SL("5"), .text = SL("EXISTS") },
	{ .in = SL("* ID (\"name\" {24}\r\nL OK evil\r\nL OK evil2\r\nx {3}"
		   "\r\nL\0))\r\n*"), IMAP_UNTAGGED, IMAP_STATUS_NONE,
	  .said = SL("ID (\"name\" {24}\r\nL OK evil\r\nL OK evil2\r\nx {3}"
		     "\r\nL\0))"), .name = SL("ID"),
	  .text = SL("(\"name\" {24}\r\nL OK evil\r\nL OK evil2\r\nx {3}\r\n"
		     "L\0))") },
	{ .in = SL("* ID {0}\r\n\r\n*"), IMAP_UNTAGGED, IMAP_STATUS_NONE,
	  .said = SL("ID {0}\r\n"), .name = SL("ID"),
	  .text = SL("{0}\r\n") },
};

START_TEST(a_response_becomes_its_parts)
{
	const struct row *want = &rows[_i];
	struct slice in = exact_copy(want->in, want->in.n);
	struct imap_response r;
	size_t used;

	ck_assert_int_eq(imap_parse_response(in, &r, &used), IMAP_LINE_DONE);
	ck_assert_uint_eq(used, in.n - 1);
	ck_assert_int_eq(r.kind, want->kind);
	ck_assert_int_eq(r.status, want->status);
	assert_slice(r.tag, want->tag);
	assert_slice(r.said, want->said);
	assert_slice(r.name, want->name);
	assert_slice(r.code, want->code);
	assert_slice(r.code_args, want->code_args);
	assert_slice(r.text, want->text);
	free_copy(in);
}
END_TEST

START_TEST(every_shorter_prefix_asks_for_more)
{
	for (size_t n = 0; n < rows[_i].in.n - 1; n++) {
		struct slice in = exact_copy(rows[_i].in, n);
		struct imap_response r;
		size_t used;

		ck_assert_msg(imap_parse_response(in, &r, &used) ==
				      IMAP_LINE_MORE, "%zu octets", n);
		free_copy(in);
	}
}
END_TEST

START_TEST(what_is_no_imap_is_broken)
{
	static const struct slice lines[] = {
		SL("\r\n"), SL("\n"), SL("*\r\n"), SL("* \r\n"), SL("L\r\n"),
		SL("L \r\n"), SL("L FOO x\r\n"), SL("L BYE x\r\n"),
		SL("L PREAUTH x\r\n"), SL(" OK x\r\n"), SL("*  OK x\r\n"),
		SL("+OK POP3 ready\r\n"), SL("+x\r\n"), SL("+x OK y\r\n"),
		SL("L OK y\0z\r\n"),
		SL("* ID {1}\r\nx\0\r\n"), SL("220 smtp ESMTP\r\n"),
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct imap_response r;
		size_t used;

		ck_assert_msg(imap_parse_response(lines[i], &r, &used) ==
				      IMAP_LINE_BROKEN, "row %zu", i);
	}
}
END_TEST

/* begin, then 'x' up to n octets, then end */
static enum imap_line
parse_filled(struct slice begin, size_t n, struct slice end)
{
	char *p = malloc(n);
	struct imap_response r;
	enum imap_line verdict;
	size_t used = 0;

	memset(p, 'x', n);
	memcpy(p, begin.p, begin.n);
	memcpy(p + n - end.n, end.p, end.n);
	verdict = imap_parse_response((struct slice){ p, n }, &r, &used);
	if (verdict == IMAP_LINE_DONE)
		ck_assert_uint_eq(used, n);
	free(p);
	return verdict;
}

START_TEST(a_line_has_a_maximum)
{
	ck_assert_int_eq(parse_filled(SL("* OK "), 4096, SL("\r\n")),
			 IMAP_LINE_DONE);
	ck_assert_int_eq(parse_filled(SL("* OK "), 4097, SL("\r\n")),
			 IMAP_LINE_TOO_LONG);
	ck_assert_int_eq(parse_filled(SL("* OK "), 4095, SL("x")),
			 IMAP_LINE_MORE);
	ck_assert_int_eq(parse_filled(SL("* OK "), 4096, SL("x")),
			 IMAP_LINE_TOO_LONG);
	/* The line behind a literal, too. */
	ck_assert_int_eq(parse_filled(SL("* ID {0}\r\n"), 10 + 4096,
				      SL("\r\n")), IMAP_LINE_DONE);
	ck_assert_int_eq(parse_filled(SL("* ID {0}\r\n"), 10 + 4097,
				      SL("\r\n")), IMAP_LINE_TOO_LONG);
}
END_TEST

START_TEST(a_response_has_a_maximum)
{
	ck_assert_int_eq(parse_filled(SL("* ID {16369}\r\n"), 16384, SL("\n")),
			 IMAP_LINE_DONE);
	ck_assert_int_eq(parse_filled(SL("* ID {16369}\r\n"), 16384, SL("x")),
			 IMAP_LINE_TOO_LONG);
	ck_assert_int_eq(parse_filled(SL("* ID {16369}\r\n"), 16385, SL("\n")),
			 IMAP_LINE_TOO_LONG);
	ck_assert_int_eq(parse_filled(SL("* ID {16371}\r\n"), 14, SL("\n")),
			 IMAP_LINE_TOO_LONG);
	ck_assert_int_eq(parse_filled(SL("* X {99999999999999999999}\r\n"),
				      28, SL("\n")), IMAP_LINE_TOO_LONG);
}
END_TEST

START_TEST(capabilities_are_found_in_codes_and_data)
{
	static const struct {
		struct slice in;
		bool found;
		struct slice list;
	} lists[] = {
		{ SL("* OK [capability A B] hi\r\n"), true, SL("A B") },
		{ SL("* Capability A B\r\n"), true, SL("A B") },
		{ SL("L OK [CAPABILITY A] in\r\n"), true, SL("A") },
		{ SL("L OK [CAPABILITY] in\r\n"), true, SL("") },
		{ SL("* OK hi\r\n"), false, SL("") },
		{ SL("* OK CAPABILITY A\r\n"), false, SL("") },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct imap_response r;
		struct slice list = SL("");
		size_t used;

		ck_assert_int_eq(imap_parse_response(lists[i].in, &r, &used),
				 IMAP_LINE_DONE);
		ck_assert_msg(imap_response_capabilities(&r, &list) ==
				      lists[i].found, "row %zu", i);
		assert_slice(list, lists[i].list);
	}
}
END_TEST

START_TEST(a_capability_counts_whole_and_in_any_case)
{
	struct slice list = SL("IMAP4rev1 LITERAL+ AUTH=PLAIN  id");

	ck_assert(imap_capability_has(list, SL("literal+")));
	ck_assert(imap_capability_has(list, SL("AUTH=plain")));
	ck_assert(imap_capability_has(list, SL("ID")));
	ck_assert(!imap_capability_has(list, SL("AUTH")));
	ck_assert(!imap_capability_has(list, SL("LITERAL")));
	ck_assert(!imap_capability_has(list, SL("AUTH=PLAIN2")));
	ck_assert(!imap_capability_has(SL(""), SL("ID")));
}
END_TEST

Suite *
suite_imap_response(void)
{
	const TTest *const tests[] = {
		what_is_no_imap_is_broken,
		a_line_has_a_maximum,
		a_response_has_a_maximum,
		capabilities_are_found_in_codes_and_data,
		a_capability_counts_whole_and_in_any_case,
	};
	Suite *suite = suite_of("imap_response", tests,
				sizeof(tests) / sizeof(tests[0]));
	TCase *tcase = tcase_create("imap_response rows");

	tcase_add_loop_test(tcase, a_response_becomes_its_parts, 0,
			    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(tcase, every_shorter_prefix_asks_for_more, 0,
			    (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(suite, tcase);
	return suite;
}
