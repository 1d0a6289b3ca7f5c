#include "unit.h"

#include "imap/imap_id.h"

static struct imap_command
read_id(struct slice in)
{
	struct imap_command cmd;
	size_t used;

	ck_assert_int_eq(imap_parse_command(in, SIZE_MAX, &cmd, &used),
			 IMAP_PARSE_DONE);
	ck_assert_uint_eq(used, in.n);
	return cmd;
}

static const struct {
	struct slice in;
	bool ok;
	size_t pairs;
} argument_rows[] = {
	{ SL("a ID\r\n"), true, 0 },
	{ SL("a ID NIL\r\n"), true, 0 },
	{ SL("a ID nil\r\n"), true, 0 },
	{ SL("a ID ()\r\n"), true, 0 },
	{ SL("a ID ( )\r\n"), true, 0 },
	{ SL("a ID (\"a\" \"b\")\r\n"), true, 1 },
	{ SL("a ID (\"a\"\"b\"{1}\r\ncNIL)\r\n"), true, 2 },
	{ SL("a ID (\"a\" NIL \"b\" nil)\r\n"), true, 2 },
	{ SL("a ID (\"a\" \"b\" \"c\")\r\n"), true, 1 },
	{ SL("a ID (\"\" \"\")\r\n"), true, 1 },
	{ SL("a ID (\"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\" \"x\")\r\n"), true, 1 },
	{ SL("a ID (\"\\k\\k\\k\\k\\k\\k\\k\\k\\k\\k\\k\\k\\k\\k\\k\\k\\k\\k"
	     "\\k\\k\\k\\k\\k\\k\\k\\k\\k\\k\\k\\k\" \"x\")\r\n"), true, 1 },
	{ SL("a ID (\"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\" \"x\")\r\n"),
	  false, 0 },
	{ SL("a ID ({31}\r\nkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk \"x\")\r\n"),
	  false, 0 },
	{ SL("a ID (\"a\" \"b\" c \"d\")\r\n"), false, 0 },
	{ SL("a ID (\"a\" b)\r\n"), false, 0 },
	{ SL("a ID (NIL \"b\")\r\n"), false, 0 },
	{ SL("a ID (\"a\" \"b\" c)\r\n"), false, 0 },
	{ SL("a ID \"a\"\r\n"), false, 0 },
	{ SL("a ID a\r\n"), false, 0 },
	{ SL("a ID NIL x\r\n"), false, 0 },
	{ SL("a ID (\"a\" \"b\") (\"c\" \"d\")\r\n"), false, 0 },
};

START_TEST(a_list_is_taken_whole_or_not_at_all)
{
	struct imap_command cmd = read_id(argument_rows[_i].in);
	struct imap_id_pair pair;
	struct arena a = { 0 };
	struct slice pairs = SL("untouched");
	size_t n = 0;

	ck_assert_int_eq(imap_id_begin(&cmd, &pairs), argument_rows[_i].ok);
	if (!argument_rows[_i].ok) {
		assert_slice(pairs, SL("untouched"));
		return;
	}
	while (imap_id_next(&pairs, &a, &pair))
		n++;
	ck_assert_uint_eq(n, argument_rows[_i].pairs);
	arena_free(&a);
}
END_TEST

START_TEST(pairs_come_in_order_with_their_escapes_resolved)
{
	struct imap_command cmd = read_id(SL(
		"I ID (\"name\" \"t\\\\b\" \"X-Forward-Up-\\\"Case\" {2+}\r\n"
		"\xc3\xa4 \"x-session-id\" NIL \"X-PROXY-TTL\" \"4\")\r\n"));
	static const struct imap_id_pair want[] = {
		{ IMAP_ID_OTHER, SL("name"), SL(""), false, SL("t\\b") },
		{ IMAP_ID_FORWARD, SL("X-Forward-Up-\"Case"), SL("Up-\"Case"),
		  false, SL("\xc3\xa4") },
		{ IMAP_ID_SESSION_ID, SL("x-session-id"), SL(""), true,
		  SL("") },
		{ IMAP_ID_PROXY_TTL, SL("X-PROXY-TTL"), SL(""), false,
		  SL("4") },
	};
	struct imap_id_pair got;
	struct arena a = { 0 };
	struct slice pairs;

	ck_assert(imap_id_begin(&cmd, &pairs));
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ck_assert(imap_id_next(&pairs, &a, &got));
		ck_assert_int_eq(got.key, want[i].key);
		assert_slice(got.key_text, want[i].key_text);
		assert_slice(got.variable, want[i].variable);
		ck_assert_int_eq(got.nil, want[i].nil);
		assert_slice(got.value, want[i].value);
	}
	ck_assert(!imap_id_next(&pairs, &a, &got));
	arena_free(&a);
}
END_TEST

START_TEST(every_key_of_the_table_is_known_by_its_name)
{
	struct slice variable;

	for (unsigned i = 0; i < IMAP_ID_FORWARD; i++) {
		struct slice name = imap_id_key_name((enum imap_id_key)i);

		ck_assert_int_eq((int)imap_id_key_of(name, &variable), (int)i);
		ck_assert(slice_starts(name, SL("x-")));
		ck_assert_uint_le(name.n, IMAP_ID_MAX_KEY);
	}
}
END_TEST

START_TEST(only_whole_names_are_keys)
{
	static const struct {
		struct slice key;
		enum imap_id_key want;
		struct slice variable;
	} rows[] = {
		{ SL("X-Originating-IP"), IMAP_ID_ORIGINATING_IP, SL("") },
		{ SL("x-originating-i"), IMAP_ID_OTHER, SL("") },
		{ SL("x-originating-ip "), IMAP_ID_OTHER, SL("") },
		{ SL("x-session-ext-id"), IMAP_ID_SESSION_EXT_ID, SL("") },
		{ SL("x-forward-"), IMAP_ID_FORWARD, SL("") },
		{ SL("x-forward"), IMAP_ID_OTHER, SL("") },
		{ SL("x-FORWARD-x-forward-a"), IMAP_ID_FORWARD,
		  SL("x-forward-a") },
		{ SL("name"), IMAP_ID_OTHER, SL("") },
		{ SL(""), IMAP_ID_OTHER, SL("") },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice variable;

		ck_assert_int_eq(imap_id_key_of(rows[i].key, &variable),
				 rows[i].want);
		assert_slice(variable, rows[i].variable);
	}
}
END_TEST

Suite *
suite_imap_id(void)
{
	const TTest *const tests[] = {
		pairs_come_in_order_with_their_escapes_resolved,
		every_key_of_the_table_is_known_by_its_name,
		only_whole_names_are_keys,
	};
	Suite *suite = suite_of("imap_id", tests,
				sizeof(tests) / sizeof(tests[0]));
	TCase *tcase = tcase_create("imap_id rows");

	tcase_add_loop_test(tcase, a_list_is_taken_whole_or_not_at_all, 0,
			    (int)(sizeof(argument_rows) /
				  sizeof(argument_rows[0])));
	suite_add_tcase(suite, tcase);
	return suite;
}
