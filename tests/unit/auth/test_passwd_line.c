#include "unit.h"

#include "auth/passwd_line.h"

/* What "doveadm auth lookup" and "doveadm auth test" of Dovecot 2.3.19 showed
   for the same lines. */
static const struct row {
	struct slice line, user, password, scheme, extra;
} users[] = {
	{ SL("u"), SL("u"), SL(""), SL(""), SL("") },
	{ SL("u:"), SL("u"), SL(""), SL(""), SL("") },
	{ SL("u:{PLAIN}x"), SL("u"), SL("{PLAIN}x"), SL(""), SL("") },
	{ SL("u:x:1:2:g:h"), SL("u"), SL("x"), SL(""), SL("") },
	{ SL("u:x:1:2:g:h:s"), SL("u"), SL("x"), SL(""), SL("") },
	{ SL("u:x:1:2:g:h:s:"), SL("u"), SL("x"), SL(""), SL("") },
	{ SL("u:x:1:2:g:h:s:a=1 b"), SL("u"), SL("x"), SL(""), SL("a=1 b") },
	{ SL("u:::::::a=1"), SL("u"), SL(""), SL(""), SL("a=1") },
	{ SL("u:x::::::a=1:2:3"), SL("u"), SL("x"), SL(""), SL("a=1:2:3") },
	/* A password ends at its first colon, whatever stands before that. */
	{ SL("u:{PLAIN}a\\:b"), SL("u"), SL("{PLAIN}a\\"), SL(""), SL("") },
	/* Blanks belong to what they stand beside. */
	{ SL(" u :{PLAIN}x ::::::"), SL(" u "), SL("{PLAIN}x "), SL(""),
	  SL("") },
	{ SL(" # no comment:x"), SL(" # no comment"), SL("x"), SL(""),
	  SL("") },
	{ SL("u:{PLAIN}x\r::::::a"), SL("u"), SL("{PLAIN}x\r"), SL(""),
	  SL("a") },
	/* The format of old: nothing follows an empty field. */
	{ SL("u:x:1:2:g:h:s::a=1 b=2"), SL("u"), SL("x"), SL(""), SL("") },
	/* libpam-pwdfile's. */
	{ SL("u:5ebe2294ecd0e0f08eab7690d2a6ee69[34]"), SL("u"),
	  SL("5ebe2294ecd0e0f08eab7690d2a6ee69"), SL("PLAIN-MD5"), SL("") },
	{ SL("u:6V8S4C0Oq1v5I[13]:::"), SL("u"), SL("6V8S4C0Oq1v5I"),
	  SL("CRYPT"), SL("") },
	{ SL("u:6V8S4C0Oq1v5I[xx]"), SL("u"), SL("6V8S4C0Oq1v5I"),
	  SL("CRYPT"), SL("") },
	{ SL("u:{PLAIN}ab[34]"), SL("u"), SL("{PLAIN}ab[34]"), SL(""),
	  SL("") },
	{ SL("u:$1$a$b[34]"), SL("u"), SL("$1$a$b[34]"), SL(""), SL("") },
	{ SL("u:[34]"), SL("u"), SL("[34]"), SL(""), SL("") },
	/* Octets beyond ASCII are octets. */
	{ SL("\xff:\xfe::::::\xfd=\xfc"), SL("\xff"), SL("\xfe"), SL(""),
	  SL("\xfd=\xfc") },
};

START_TEST(a_line_says_of_a_user_what_dovecot_reads_there)
{
	const struct row *row = &users[_i];
	struct slice line = exact_copy(row->line, row->line.n);
	struct passwd_line got;
	const char *why;

	ck_assert_int_eq(passwd_line_parse(line, &got, &why), PASSWD_LINE_USER);
	assert_slice(got.user, row->user);
	assert_slice(got.password, row->password);
	assert_slice(got.scheme, row->scheme);
	assert_slice(got.extra, row->extra);
	free_copy(line);
}
END_TEST

START_TEST(lines_without_a_user_say_nothing)
{
	static const struct slice rows[] = {
		SL(""), SL("#"), SL("# u:x"), SL(":x"), SL(":"),
	};
	struct passwd_line got;
	const char *why;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_int_eq(passwd_line_parse(rows[i], &got, &why),
				 PASSWD_LINE_NOTHING);
}
END_TEST

START_TEST(a_line_with_a_hole_is_refused)
{
	static const struct slice rows[] = {
		SL("u\0:x"), SL("u:x\0y"), SL("u:x::::::a=1\0"), SL("\0"),
	};
	struct passwd_line got;
	const char *why = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(passwd_line_parse(rows[i], &got, &why),
				 PASSWD_LINE_REFUSED);
		ck_assert_str_eq(why, "holds a NUL");
	}
}
END_TEST

START_TEST(a_line_has_a_longest_length)
{
	static char text[PASSWD_LINE_MAX + 1];
	struct slice all = { text, sizeof(text) };
	struct passwd_line got;
	const char *why;

	memset(text, 'u', sizeof(text));
	ck_assert_int_eq(passwd_line_parse(slice_first(all, PASSWD_LINE_MAX),
					   &got, &why), PASSWD_LINE_USER);
	ck_assert_int_eq(passwd_line_parse(all, &got, &why),
			 PASSWD_LINE_REFUSED);
	/* A comment may be as long as it likes. */
	text[0] = '#';
	ck_assert_int_eq(passwd_line_parse(all, &got, &why),
			 PASSWD_LINE_NOTHING);
}
END_TEST

/* Writes the fields as "name>value;". */
static void
expect_fields(struct slice extra, struct slice wanted)
{
	struct slice rest = exact_copy(extra, extra.n), all = rest;
	struct var field;
	struct buf got;

	buf_init(&got, 256);
	while (passwd_line_field(&rest, &field))
		BUF_ADD(&got, field.name, SL(">"), field.value, SL(";"));
	assert_slice(buf_slice(&got), wanted);
	buf_free(&got);
	free_copy(all);
}

START_TEST(extra_fields_stand_between_spaces)
{
	static const struct {
		struct slice extra, fields;
	} rows[] = {
		{ SL(""), SL("") },
		{ SL("   "), SL("") },
		{ SL("a=1 b=2"), SL("a>1;b>2;") },
		{ SL("  a=1   b=2 "), SL("a>1;b>2;") },
		{ SL("proxy host=h"), SL("proxy>;host>h;") },
		{ SL("a= b==c"), SL("a>;b>=c;") },
		{ SL("=v"), SL(">v;") },
		{ SL("a=1\tb=2 c=3"), SL("a>1\tb=2;c>3;") },
		{ SL("A=1 a=2 A=3"), SL("A>1;a>2;A>3;") },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_fields(rows[i].extra, rows[i].fields);
}
END_TEST

Suite *
suite_passwd_line(void)
{
	Suite *suite = suite_create("passwd_line");
	TCase *tcase = tcase_create("passwd_line");

	tcase_add_loop_test(tcase,
			    a_line_says_of_a_user_what_dovecot_reads_there, 0,
			    (int)(sizeof(users) / sizeof(users[0])));
	tcase_add_test(tcase, lines_without_a_user_say_nothing);
	tcase_add_test(tcase, a_line_with_a_hole_is_refused);
	tcase_add_test(tcase, a_line_has_a_longest_length);
	tcase_add_test(tcase, extra_fields_stand_between_spaces);
	suite_add_tcase(suite, tcase);
	return suite;
}
