#include "unit.h"

#include "auth/passwd_index.h"

static const struct slice whole = SL(
	"# people\n"
	"joe:1\r\n"
	"\r\n"
	"jane:2::::::a=1\n"
	"joe:3\n"
	":4\n"
	"ann\n"
	"h\0le:5\n"
	"jane:6\n"
	"zoe:7");

static void
expect(const struct passwd_index *index, struct slice text, struct slice user,
       const char *password, size_t line_number)
{
	struct passwd_line line;
	size_t at;
	bool found = passwd_index_find(index, text, user, &line, &at);

	ck_assert_int_eq(found, password != NULL);
	if (!found)
		return;
	assert_slice(line.user, user);
	assert_slice(line.password, slice_of(password));
	ck_assert_uint_eq(passwd_index_line(text, at), line_number);
}

START_TEST(the_first_line_of_a_user_counts)
{
	struct passwd_index index;

	passwd_index_make(whole, &index);
	ck_assert_uint_eq(index.n, 4);
	expect(&index, whole, SL("joe"), "1", 2);
	expect(&index, whole, SL("jane"), "2", 4);
	expect(&index, whole, SL("ann"), "", 7);
	expect(&index, whole, SL("zoe"), "7", 10);
	expect(&index, whole, SL("Joe"), NULL, 0);
	expect(&index, whole, SL("jo"), NULL, 0);
	expect(&index, whole, SL(""), NULL, 0);
	expect(&index, whole, SL("# people"), NULL, 0);
	passwd_index_free(&index);
}
END_TEST

static const struct passwd_problem *
problem_of(const struct passwd_index *index, size_t line)
{
	for (size_t i = 0; i < index->problem_count; i++) {
		if (index->problems[i].line == line)
			return &index->problems[i];
	}
	ck_abort_msg("nothing is said of line %zu", line);
	return NULL;
}

START_TEST(lines_left_out_are_named)
{
	struct passwd_index index;

	passwd_index_make(whole, &index);
	ck_assert_uint_eq(index.problem_count, 3);
	ck_assert_uint_eq(problem_of(&index, 5)->first_line, 2);
	ck_assert_uint_eq(problem_of(&index, 9)->first_line, 4);
	ck_assert_uint_eq(problem_of(&index, 8)->first_line, 0);
	ck_assert_str_eq(problem_of(&index, 8)->why, "holds a NUL");
	passwd_index_free(&index);
}
END_TEST

START_TEST(more_problems_than_anyone_reads_are_only_counted)
{
	struct passwd_index index;
	struct buf text;

	buf_init(&text, 1000);
	for (int i = 0; i < 100; i++)
		buf_add(&text, SL("u:x\n"));
	passwd_index_make(buf_slice(&text), &index);
	ck_assert_uint_eq(index.n, 1);
	ck_assert_uint_eq(index.problem_count, 99);
	expect(&index, buf_slice(&text), SL("u"), "x", 1);
	passwd_index_free(&index);
	buf_free(&text);
}
END_TEST

/* What stands in the first n octets is found there just as in the whole, but
   for the line that was cut. */
START_TEST(text_cut_anywhere_keeps_its_whole_lines)
{
	static const struct {
		struct slice user;
		const char *password;
		size_t line, ends_at;
	} rows[] = {
		{ SL("joe"), "1", 2, 16 },
		{ SL("jane"), "2", 4, 34 },
		{ SL("ann"), "", 7, 47 },
	};

	for (size_t n = 0; n <= whole.n; n++) {
		struct slice text = exact_copy(whole, n);
		struct passwd_index index;

		passwd_index_make(text, &index);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			if (n >= rows[i].ends_at)
				expect(&index, text, rows[i].user,
				       rows[i].password, rows[i].line);
		}
		passwd_index_free(&index);
		free_copy(text);
	}
}
END_TEST

/* Enough of them for equal hashes among 32 bits. */
START_TEST(each_of_many_users_is_found)
{
	enum { USERS = 200000 };
	struct passwd_index index;
	struct buf text, name;

	buf_init(&text, 8 << 20);
	buf_init(&name, 32);
	for (int i = 0; i < USERS; i++)
		buf_addf(&text, "user%d@example.org:%d\n", i, i);
	passwd_index_make(buf_slice(&text), &index);
	ck_assert_uint_eq(index.n, USERS);
	ck_assert_uint_eq(index.problem_count, 0);
	for (int i = 0; i < USERS; i++) {
		struct passwd_line line;
		uint64_t n;
		size_t at;

		buf_clear(&name);
		buf_addf(&name, "user%d@example.org", i);
		ck_assert(passwd_index_find(&index, buf_slice(&text),
					    buf_slice(&name), &line, &at));
		ck_assert(slice_to_u64(line.password, USERS, &n));
		ck_assert_uint_eq(n, (uint64_t)i);
	}
	passwd_index_free(&index);
	buf_free(&text);
	buf_free(&name);
}
END_TEST

Suite *
suite_passwd_index(void)
{
	const TTest *const tests[] = {
		the_first_line_of_a_user_counts,
		lines_left_out_are_named,
		more_problems_than_anyone_reads_are_only_counted,
		text_cut_anywhere_keeps_its_whole_lines,
		each_of_many_users_is_found,
	};

	return suite_of("passwd_index", tests,
			sizeof(tests) / sizeof(tests[0]));
}
