#include "unit.h"

#include "imap/imap_parser.h"

/* Reads as a session does: says yes to every invitation, and counts them. */
static enum imap_parse
parse_inviting(struct slice in, struct imap_command *out, size_t *used_out,
	       size_t *invitations_out)
{
	size_t invited = 0, count = 0;
	enum imap_parse verdict;

	while ((verdict = imap_parse_command(in, invited, out, used_out)) ==
	       IMAP_PARSE_LITERAL) {
		ck_assert_uint_gt(*used_out, invited);
		ck_assert_uint_le(*used_out, in.n);
		invited = *used_out;
		count++;
	}
	*invitations_out = count;
	return verdict;
}

static enum imap_parse
parse_once(struct slice in)
{
	struct imap_command cmd;
	size_t used, count;

	return parse_inviting(in, &cmd, &used, &count);
}

/* A command line written out; whatever is beyond used is the next one's. */
static const struct row {
	struct slice in;
	enum imap_parse verdict;
	struct slice tag, name;
	size_t arg_count;
	enum imap_arg_kind kinds[IMAP_MAX_ARGS];
	struct slice texts[IMAP_MAX_ARGS];
	size_t invitations;
	size_t left;		/* octets of in not eaten */
	struct slice problem;
} rows[] = {
	/* What clients say. */
	{ .in = SL("a NOOP\r\n"), IMAP_PARSE_DONE, SL("a"), SL("NOOP") },
	{ .in = SL("a NOOP\nb NOOP\n"), IMAP_PARSE_DONE, SL("a"), SL("NOOP"),
	  .left = 7 },
	{ .in = SL("A.1 login u@x p]q\r\nrest"), IMAP_PARSE_DONE, SL("A.1"),
	  SL("login"), 2, { IMAP_ARG_ATOM, IMAP_ARG_ATOM },
	  { SL("u@x"), SL("p]q") }, .left = 4 },
	{ .in = SL("a LOGIN \"u x\" \"p\\\"q\\\\\"\r\n"),
	  IMAP_PARSE_DONE, SL("a"),
	  SL("LOGIN"), 2, { IMAP_ARG_QUOTED, IMAP_ARG_QUOTED },
	  { SL("u x"), SL("p\\\"q\\\\") } },
	{ .in = SL("a LOGIN {1}\r\nu {3}\r\np\r\n\r\nb"),
	  IMAP_PARSE_DONE, SL("a"),
	  SL("LOGIN"), 2, { IMAP_ARG_LITERAL, IMAP_ARG_LITERAL },
	  { SL("u"), SL("p\r\n") }, .invitations = 2, .left = 1 },
	{ .in = SL("a LOGIN {1+}\r\nu {2+}\npq\n"), IMAP_PARSE_DONE, SL("a"),
	  SL("LOGIN"), 2, { IMAP_ARG_LITERAL, IMAP_ARG_LITERAL },
	  { SL("u"), SL("pq") } },
	{ .in = SL("a LOGIN u {0}\r\n\r\n"),
	  IMAP_PARSE_DONE, SL("a"), SL("LOGIN"),
	  2, { IMAP_ARG_ATOM, IMAP_ARG_LITERAL }, { SL("u"), SL("") },
	  .invitations = 1 },
	{ .in = SL("a LOGIN NIL nil\r\n"),
	  IMAP_PARSE_DONE, SL("a"), SL("LOGIN"), 2,
	  { IMAP_ARG_NIL, IMAP_ARG_NIL }, { SL("NIL"), SL("nil") } },
	{ .in = SL("a AUTHENTICATE PLAIN AHUAcA==\r\n"),
	  IMAP_PARSE_DONE, SL("a"),
	  SL("AUTHENTICATE"), 2, { IMAP_ARG_ATOM, IMAP_ARG_ATOM },
	  { SL("PLAIN"), SL("AHUAcA==") } },
	{ .in = SL("a AUTHENTICATE PLAIN =\r\n"), IMAP_PARSE_DONE, SL("a"),
	  SL("AUTHENTICATE"), 2, { IMAP_ARG_ATOM, IMAP_ARG_ATOM },
	  { SL("PLAIN"), SL("=") } },
	{ .in = SL("a ID (\"a\" {1}\r\n) \"b\" NIL)\r\n"),
	  IMAP_PARSE_DONE, SL("a"),
	  SL("ID"), 1, { IMAP_ARG_LIST },
	  { SL("\"a\" {1}\r\n) \"b\" NIL)") }, .invitations = 1 },
	{ .in = SL("a ID ()\r\n"), IMAP_PARSE_DONE, SL("a"), SL("ID"), 1,
	  { IMAP_ARG_LIST }, { SL(")") } },
	{ .in = SL("a ENABLE A B C D E\r\n"),
	  IMAP_PARSE_DONE, SL("a"), SL("ENABLE"),
	  5, { IMAP_ARG_ATOM, IMAP_ARG_ATOM, IMAP_ARG_ATOM },
	  { SL("A"), SL("B"), SL("C") } },

	/* What Dovecot was seen to put up with. */
	{ .in = SL("a LOGIN  u   p  \r\n"),
	  IMAP_PARSE_DONE, SL("a"), SL("LOGIN"), 2,
	  { IMAP_ARG_ATOM, IMAP_ARG_ATOM }, { SL("u"), SL("p") } },
	{ .in = SL("a LOGIN \"u\"p\r\n"),
	  IMAP_PARSE_DONE, SL("a"), SL("LOGIN"), 2,
	  { IMAP_ARG_QUOTED, IMAP_ARG_ATOM }, { SL("u"), SL("p") } },
	{ .in = SL("a LOGIN {1+}\r\nu{1+}\r\np\r\n"), IMAP_PARSE_DONE, SL("a"),
	  SL("LOGIN"), 2, { IMAP_ARG_LITERAL, IMAP_ARG_LITERAL },
	  { SL("u"), SL("p") } },
	{ .in = SL("a LOGIN %*\\ []}/&~|!@#+\r\n"), IMAP_PARSE_DONE, SL("a"),
	  SL("LOGIN"), 2, { IMAP_ARG_ATOM, IMAP_ARG_ATOM },
	  { SL("%*\\"), SL("[]}/&~|!@#+") } },
	{ .in = SL("a LOGIN u \"p\xc3\xa4\xff\x01\t\x7f\"\r\n"),
	  IMAP_PARSE_DONE,
	  SL("a"), SL("LOGIN"), 2, { IMAP_ARG_ATOM, IMAP_ARG_QUOTED },
	  { SL("u"), SL("p\xc3\xa4\xff\x01\t\x7f") } },

	/* Commands that are none, and where the next one begins. */
	{ .in = SL("\r\na"), IMAP_PARSE_BAD, .left = 1,
	  .problem = SL("Error in IMAP command received by server.") },
	{ .in = SL("\na"), IMAP_PARSE_BAD, .left = 1,
	  .problem = SL("Error in IMAP command received by server.") },
	{ .in = SL(" a NOOP\r\n"), IMAP_PARSE_BAD,
	  .problem = SL("Error in IMAP command received by server.") },
	{ .in = SL("a\r\nb"), IMAP_PARSE_BAD, SL("a"), .left = 1,
	  .problem = SL("Error in IMAP command received by server.") },
	{ .in = SL("a  NOOP\r\n"), IMAP_PARSE_BAD, SL("a"),
	  .problem = SL("Error in IMAP command received by server.") },
	{ .in = SL("a\tNOOP\r\n"), IMAP_PARSE_BAD,
	  .problem = SL("Error in IMAP command received by server.") },
	{ .in = SL("a+b NOOP\r\n"), IMAP_PARSE_BAD,
	  .problem = SL("Error in IMAP command received by server.") },
	{ .in = SL("a\xffz NOOP\r\n"), IMAP_PARSE_BAD,
	  .problem = SL("Error in IMAP command received by server.") },
	{ .in = SL("a ID(\"a\" \"b\")\r\n"), IMAP_PARSE_BAD, SL("a"),
	  .problem = SL("Error in IMAP command received by server.") },
	{ .in = SL("a NO\0OP\r\nb"), IMAP_PARSE_BAD, SL("a"), .left = 1,
	  .problem = SL("Error in IMAP command received by server.") },
	{ .in = SL("a NOOP\rb NOOP\r\nc"), IMAP_PARSE_BAD, SL("a"), SL("NOOP"),
	  .left = 1, .problem = SL("CR sent without LF") },
	{ .in = SL("a NOOP\r\r\nc"), IMAP_PARSE_BAD, SL("a"), SL("NOOP"),
	  .left = 1, .problem = SL("CR sent without LF") },
	{ .in = SL("a NOOP \x01\r\n"), IMAP_PARSE_BAD, SL("a"), SL("NOOP"),
	  .problem = SL("Invalid characters in atom") },
	{ .in = SL("a NOOP u\xc3\r\n"), IMAP_PARSE_BAD, SL("a"), SL("NOOP"),
	  .problem = SL("8bit data in atom") },
	{ .in = SL("a NOOP \"p\r\nb"), IMAP_PARSE_BAD, SL("a"), SL("NOOP"),
	  .left = 1, .problem = SL("Missing '\"'") },
	{ .in = SL("a NOOP \"p\\\r\nb\"\r\n"),
	  IMAP_PARSE_BAD, SL("a"), SL("NOOP"),
	  .left = 4, .problem = SL("Missing '\"'") },
	{ .in = SL("a NOOP \"p\0q\"\r\n"), IMAP_PARSE_BAD, SL("a"), SL("NOOP"),
	  .problem = SL("NULs not allowed in strings") },
	{ .in = SL("a NOOP )\r\n"), IMAP_PARSE_BAD, SL("a"), SL("NOOP"),
	  .problem = SL("Unexpected ')'") },
	{ .in = SL("a NOOP (a\r\nb"), IMAP_PARSE_BAD, SL("a"), SL("NOOP"),
	  .left = 1, .problem = SL("Missing ')'") },
	{ .in = SL("a NOOP (a (b))\r\n"), IMAP_PARSE_BAD, SL("a"), SL("NOOP"),
	  .problem = SL("Too many '('") },
	{ .in = SL("a LOGIN u {}\r\n"), IMAP_PARSE_BAD, SL("a"), SL("LOGIN"), 1,
	  .problem = SL("Invalid literal size") },
	{ .in = SL("a LOGIN u {+}\r\n"),
	  IMAP_PARSE_BAD, SL("a"), SL("LOGIN"), 1,
	  .problem = SL("Invalid literal size") },
	{ .in = SL("a LOGIN u {2-}\r\npq\r\n"),
	  IMAP_PARSE_BAD, SL("a"), SL("LOGIN"),
	  1, .left = 4, .problem = SL("Invalid literal size") },
	{ .in = SL("a LOGIN u {+2}\r\n"),
	  IMAP_PARSE_BAD, SL("a"), SL("LOGIN"), 1,
	  .problem = SL("Invalid literal size") },
	{ .in = SL("a LOGIN u {2}x\r\npq\r\n"),
	  IMAP_PARSE_BAD, SL("a"), SL("LOGIN"),
	  1, .left = 4, .problem = SL("Missing LF after literal size") },
	{ .in = SL("a LOGIN u {2+}\r\r\npq\r\n"), IMAP_PARSE_BAD, SL("a"),
	  SL("LOGIN"), 1, .left = 4,
	  .problem = SL("Missing LF after literal size") },
	{ .in = SL("a LOGIN u {3+}\r\np\0q x\r\nb"), IMAP_PARSE_BAD, SL("a"),
	  SL("LOGIN"), 1, .left = 1,
	  .problem = SL("NULs not allowed in strings") },
	{ .in = SL("a LOGIN u {5+}\r\np\0\r\nq x\r\nb"), IMAP_PARSE_BAD,
	  SL("a"), SL("LOGIN"), 1, .left = 1,
	  .problem = SL("NULs not allowed in strings") },
	{ .in = SL("a LOGIN u {3}\r\np\0q {2+}\r\nxy\r\nb"),
	  IMAP_PARSE_BAD, SL("a"),
	  SL("LOGIN"), 1, .invitations = 1, .left = 1,
	  .problem = SL("NULs not allowed in strings") },

	/* A password on its way is not a command. */
	{ .in = SL("a LOGIN \x01 {4+}\r\nabcd\r\nb"), IMAP_PARSE_BAD, SL("a"),
	  SL("LOGIN"), .left = 1,
	  .problem = SL("Invalid characters in atom") },
	{ .in = SL("* LOGIN u {6+}\r\nb X\r\nc {1+}\nd\r\nb"), IMAP_PARSE_BAD,
	  .left = 1,
	  .problem = SL("Error in IMAP command received by server.") },
	{ .in = SL("a {4+}\r\nabcd\r\nb"), IMAP_PARSE_BAD, SL("a"), .left = 1,
	  .problem = SL("Error in IMAP command received by server.") },
	{ .in = SL("a LOGIN u ~{4+}\r\nabcd\r\nb"), IMAP_PARSE_BAD, SL("a"),
	  SL("LOGIN"), 1, .left = 1,
	  .problem = SL("Invalid characters in atom") },
	{ .in = SL("a LOGIN \x01 {4}\r\nb"),
	  IMAP_PARSE_BAD, SL("a"), SL("LOGIN"),
	  .left = 1, .problem = SL("Invalid characters in atom") },
};

static void
assert_args(const struct imap_command *cmd, const struct row *want)
{
	ck_assert_uint_eq(cmd->arg_count, want->arg_count);
	if (want->verdict != IMAP_PARSE_DONE)
		return;
	for (size_t i = 0; i < want->arg_count && i < IMAP_MAX_ARGS; i++) {
		ck_assert_int_eq(cmd->args[i].kind, want->kinds[i]);
		assert_slice(cmd->args[i].text, want->texts[i]);
	}
}

START_TEST(a_command_becomes_its_parts_and_nothing_more_is_eaten)
{
	const struct row *want = &rows[_i];
	struct slice in = exact_copy(want->in, want->in.n);
	struct imap_command cmd;
	size_t used, invitations;

	ck_assert_int_eq(parse_inviting(in, &cmd, &used, &invitations),
			 want->verdict);
	assert_slice(cmd.tag, want->tag);
	assert_slice(cmd.name, want->name);
	assert_slice(cmd.problem, want->problem);
	assert_args(&cmd, want);
	ck_assert_uint_eq(invitations, want->invitations);
	ck_assert_uint_eq(in.n - used, want->left);
	free_copy(in);
}
END_TEST

START_TEST(every_shorter_prefix_asks_for_more)
{
	size_t whole = rows[_i].in.n - rows[_i].left;

	for (size_t n = 0; n < whole; n++) {
		struct slice in = exact_copy(rows[_i].in, n);

		ck_assert_msg(parse_once(in) == IMAP_PARSE_MORE,
			      "%zu of %zu octets", n, whole);
		free_copy(in);
	}
}
END_TEST

START_TEST(a_literal_is_invited_once_and_before_its_octets)
{
	struct slice in = SL("a LOGIN {1}\r\nu {2}\r\npq\r\n");
	struct imap_command cmd;
	size_t used = 0;

	ck_assert_int_eq(imap_parse_command(slice_first(in, 13), 0, &cmd,
					    &used), IMAP_PARSE_LITERAL);
	ck_assert_uint_eq(used, 13);
	ck_assert_int_eq(imap_parse_command(slice_first(in, 13), 13, &cmd,
					    &used), IMAP_PARSE_MORE);
	ck_assert_int_eq(imap_parse_command(slice_first(in, 20), 13, &cmd,
					    &used), IMAP_PARSE_LITERAL);
	ck_assert_uint_eq(used, 20);
	ck_assert_int_eq(imap_parse_command(in, 20, &cmd, &used),
			 IMAP_PARSE_DONE);
	ck_assert_uint_eq(used, in.n);
}
END_TEST

static const struct limit {
	struct slice before;
	char fill;
	size_t most;		/* times fill, before after */
	struct slice after;
	enum imap_parse past;	/* the verdict with one octet more */
	struct slice problem;
} limits[] = {
	{ SL(""), 't', IMAP_MAX_TAG, SL(" NOOP\r\n"), IMAP_PARSE_BAD,
	  SL("Error in IMAP command received by server.") },
	{ SL("a LOGIN u "), 'x', IMAP_MAX_ARG, SL("\r\n"), IMAP_PARSE_TOO_LONG,
	  SL("Input buffer full, aborting") },
	{ SL("a LOGIN u \""), 'x', IMAP_MAX_ARG, SL("\"\r\n"),
	  IMAP_PARSE_TOO_LONG, SL("Input buffer full, aborting") },
	{ SL("a ID (\"k\" \""), 'x', IMAP_MAX_ARG, SL("\")\r\n"),
	  IMAP_PARSE_TOO_LONG, SL("Input buffer full, aborting") },
	{ SL("a authenticate PLAIN "), 'A', IMAP_MAX_SASL, SL("\r\n"),
	  IMAP_PARSE_TOO_LONG, SL("Input buffer full, aborting") },
	{ SL("a NOOP"), ' ', IMAP_MAX_COMMAND - 8, SL("\r\n"),
	  IMAP_PARSE_TOO_LONG, SL("Input buffer full, aborting") },
	{ SL("*"), 'x', IMAP_MAX_COMMAND - 3, SL("\r\n"),
	  IMAP_PARSE_TOO_LONG, SL("Input buffer full, aborting") },
};

static struct slice
fill(const struct limit *l, size_t n)
{
	size_t total = l->before.n + n + l->after.n;
	char *p = malloc(total);

	memset(p, l->fill, total);
	if (l->before.n > 0)
		memcpy(p, l->before.p, l->before.n);
	memcpy(p + l->before.n + n, l->after.p, l->after.n);
	return (struct slice){ p, total };
}

START_TEST(the_maximum_is_taken_and_one_octet_more_is_not)
{
	const struct limit *l = &limits[_i];
	struct slice most = fill(l, l->most), past = fill(l, l->most + 1);
	struct imap_command cmd;
	size_t used, count;

	ck_assert_int_ne(parse_inviting(most, &cmd, &used, &count), l->past);
	ck_assert_uint_eq(used, most.n);
	ck_assert_int_eq(parse_inviting(past, &cmd, &used, &count), l->past);
	assert_slice(cmd.problem, l->problem);
	free_copy(most);
	free_copy(past);
}
END_TEST

START_TEST(no_literal_is_invited_that_would_not_be_taken)
{
	static const struct slice heads[] = {
		SL("a LOGIN u {8193}"),
		SL("a LOGIN u {8193+}"),
		SL("a LOGIN u {70000}"),
		SL("a LOGIN u {18446744073709551616}"),
	};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct imap_command cmd;
		size_t used;

		ck_assert_int_eq(imap_parse_command(heads[i], 0, &cmd, &used),
				 IMAP_PARSE_TOO_LONG);
		assert_slice(cmd.problem, SL("Literal size too large"));
	}
}
END_TEST

START_TEST(a_bad_line_announces_no_endless_literal)
{
	struct imap_command cmd;
	size_t used;

	ck_assert_int_eq(imap_parse_command(SL("* X {8193+}\r\n"), 0, &cmd,
					    &used), IMAP_PARSE_TOO_LONG);
	assert_slice(cmd.problem, SL("Literal size too large"));
}
END_TEST

/* begin, then many times piece, then end */
static enum imap_parse
parse_many(struct slice begin, struct slice piece, size_t times,
	   struct slice end)
{
	struct buf b;
	enum imap_parse verdict;

	buf_init(&b, 1 << 20);
	buf_add(&b, begin);
	for (size_t i = 0; i < times; i++)
		buf_add(&b, piece);
	buf_add(&b, end);
	verdict = parse_once(buf_slice(&b));
	buf_free(&b);
	return verdict;
}

START_TEST(an_id_of_three_thousand_pairs_is_read)
{
	ck_assert_int_eq(parse_many(SL("a ID ("), SL("\"k\" \"v\" "), 3000,
				    SL(")\r\n")), IMAP_PARSE_DONE);
	ck_assert_int_eq(parse_many(SL("a ID ("), SL("\"k\" \"v\" "), 20000,
				    SL(")\r\n")), IMAP_PARSE_TOO_LONG);
}
END_TEST

START_TEST(invitations_are_counted)
{
	ck_assert_int_eq(parse_many(SL("a X "), SL("{0}\n"),
				    IMAP_MAX_INVITATIONS, SL("\n")),
			 IMAP_PARSE_DONE);
	ck_assert_int_eq(parse_many(SL("a X "), SL("{0}\n"),
				    IMAP_MAX_INVITATIONS + 1, SL("\n")),
			 IMAP_PARSE_TOO_LONG);
	ck_assert_int_eq(parse_many(SL("a X "), SL("{0+}\n"), 5000, SL("\n")),
			 IMAP_PARSE_DONE);
}
END_TEST

START_TEST(the_largest_literals_fit_as_long_as_the_command_does)
{
	struct limit l = { SL("{8192+}\r\n"), 'x', IMAP_MAX_LITERAL, SL(" "),
			   IMAP_PARSE_TOO_LONG, SL("") };
	struct slice one = fill(&l, l.most);

	ck_assert_int_eq(parse_many(SL("a X "), one, 7, SL("\r\n")),
			 IMAP_PARSE_DONE);
	ck_assert_int_eq(parse_many(SL("a X "), one, 8, SL("\r\n")),
			 IMAP_PARSE_TOO_LONG);
	/* It is refused at its head, before an octet of it is here. */
	ck_assert_int_eq(parse_many(SL("a X "), one, 7, SL("{8192}\r\n")),
			 IMAP_PARSE_TOO_LONG);
	free_copy(one);
}
END_TEST

static const struct {
	struct slice in, line;
	size_t left;
} sasl_rows[] = {
	{ SL("AHUAcA==\r\nb"), SL("AHUAcA=="), 1 },
	{ SL("AHUAcA==\n"), SL("AHUAcA=="), 0 },
	{ SL("*\r\n"), SL("*"), 0 },
	{ SL("\r\n"), SL(""), 0 },
	{ SL("a\rb \r\n"), SL("a\rb "), 0 },
};

START_TEST(a_sasl_line_is_what_stands_before_its_end)
{
	struct slice in = sasl_rows[_i].in, line;
	size_t used = 0, whole = in.n - sasl_rows[_i].left;

	ck_assert_int_eq(imap_parse_sasl_line(in, &line, &used),
			 IMAP_PARSE_DONE);
	assert_slice(line, sasl_rows[_i].line);
	ck_assert_uint_eq(used, whole);
	for (size_t n = 0; n < whole; n++) {
		struct slice cut = exact_copy(in, n);

		ck_assert_int_eq(imap_parse_sasl_line(cut, &line, &used),
				 IMAP_PARSE_MORE);
		free_copy(cut);
	}
}
END_TEST

START_TEST(a_sasl_line_has_a_maximum)
{
	struct limit l = { SL(""), 'A', 0, SL("\r\n"), IMAP_PARSE_DONE,
			   SL("") };
	struct slice most = fill(&l, IMAP_MAX_SASL), line;
	struct slice past = fill(&l, IMAP_MAX_SASL + 1);
	size_t used;

	ck_assert_int_eq(imap_parse_sasl_line(most, &line, &used),
			 IMAP_PARSE_DONE);
	ck_assert_uint_eq(line.n, IMAP_MAX_SASL);
	ck_assert_int_eq(imap_parse_sasl_line(past, &line, &used),
			 IMAP_PARSE_TOO_LONG);
	ck_assert_int_eq(imap_parse_sasl_line(slice_first(past, past.n - 1),
					      &line, &used),
			 IMAP_PARSE_TOO_LONG);
	memcpy((char *)past.p + IMAP_MAX_SASL, "A\n", 2);
	ck_assert_int_eq(imap_parse_sasl_line(past, &line, &used),
			 IMAP_PARSE_TOO_LONG);
	free_copy(most);
	free_copy(past);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

Suite *
suite_imap_parser(void)
{
	const TTest *const tests[] = {
		a_literal_is_invited_once_and_before_its_octets,
		no_literal_is_invited_that_would_not_be_taken,
		a_bad_line_announces_no_endless_literal,
		an_id_of_three_thousand_pairs_is_read,
		invitations_are_counted,
		the_largest_literals_fit_as_long_as_the_command_does,
		a_sasl_line_has_a_maximum,
	};
	Suite *suite = suite_of("imap_parser", tests,
				sizeof(tests) / sizeof(tests[0]));
	TCase *tcase = tcase_create("imap_parser rows");

	tcase_add_loop_test(tcase,
		a_command_becomes_its_parts_and_nothing_more_is_eaten,
		0, ROWS(rows));
	tcase_add_loop_test(tcase, every_shorter_prefix_asks_for_more,
			    0, ROWS(rows));
	tcase_add_loop_test(tcase,
			    the_maximum_is_taken_and_one_octet_more_is_not,
			    0, ROWS(limits));
	tcase_add_loop_test(tcase, a_sasl_line_is_what_stands_before_its_end,
			    0, ROWS(sasl_rows));
	suite_add_tcase(suite, tcase);
	return suite;
}
