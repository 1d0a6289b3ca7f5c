#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/passwd_file.h"
#include "unit_clock.h"

/* A folder of its own for each test, and the file in it. */
static char dir[64], path[80], other[80];
static struct passwd_file *file;
static struct arena arena;

static void
put(const char *name, int flags, struct slice text)
{
	int fd = open(name, O_WRONLY | O_CREAT | flags, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text.p, text.n), (ssize_t)text.n);
	close(fd);
}

/* Sets when the file was last written to, seconds before the held now. */
static void
age(const char *name, int64_t seconds)
{
	time_t then = (time_t)(clock_wall_us() / 1000000 - seconds);
	const struct timespec times[2] = { { then, 0 }, { then, 0 } };

	ck_assert_int_eq(utimensat(AT_FDCWD, name, times, 0), 0);
}

static void
setup(void)
{
	snprintf(dir, sizeof(dir), "passwd-file-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/users", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	unit_clock_hold();
}

static void
teardown(void)
{
	passwd_file_free(&file);
	arena_free(&arena);
	unlink(path);
	unlink(other);
	rmdir(dir);
}

static void
open_file(struct slice text, int64_t seconds_old)
{
	put(path, O_TRUNC, text);
	age(path, seconds_old);
	ck_assert_ptr_null(passwd_file_open(path, &file));
}

/* The text is to be found in what a refresh says; NULL: it says nothing. */
static void
expect_refresh(const char *says)
{
	struct err *e = passwd_file_refresh(file);

	if (says == NULL)
		ck_assert_msg(e == NULL, "it says \"%s\"", err_text(e));
	else
		ck_assert_msg(e != NULL && strstr(err_text(e), says) != NULL,
			      "\"%s\" is not in \"%s\"", says,
			      e == NULL ? "" : err_text(e));
	err_free(&e);
}

static bool
find(struct slice user, struct passwd_entry *entry)
{
	bool known;
	struct err *e = passwd_file_find(file, user, &arena, &known, entry);

	ck_assert_msg(e == NULL, "%s", e == NULL ? "" : err_text(e));
	return known;
}

/* NULL: there is no such user. */
static void
expect_password(struct slice user, const char *password)
{
	struct passwd_entry entry;
	bool known = find(user, &entry);

	ck_assert_msg(known == (password != NULL), "%.*s", SL_FMT(user));
	if (known)
		assert_slice(entry.password, slice_of(password));
}

static void
expect_extra(struct slice user, const struct var *wanted, size_t count)
{
	struct passwd_entry entry;

	ck_assert(find(user, &entry));
	ck_assert_uint_eq(entry.extra.n, count);
	for (size_t i = 0; i < count; i++) {
		assert_slice(entry.extra.v[i].name, wanted[i].name);
		assert_slice(entry.extra.v[i].value, wanted[i].value);
	}
}

START_TEST(extra_fields_keep_their_order_and_their_last_value)
{
	static const struct var wanted[] = {
		{ SL("proxy"), SL("") },
		{ SL("Host"), SL("b") },
		{ SL("host"), SL("c:1") },
	};

	open_file(SL("u:x::::::proxy Host=a userdb_home=/x password=y "
		     "host=c:1 password_noscheme=z Host=b\n"), 60);
	expect_extra(SL("u"), wanted, 3);
}
END_TEST

START_TEST(variables_in_values_are_expanded)
{
	static const struct var wanted[] = {
		{ SL("host"), SL("mail.Ex.org") },
		{ SL("user"), SL("Joe@ex.org") },
		{ SL("a"), SL("joe@ex.org") },
		{ SL("b"), SL("%u") },
		{ SL("%n"), SL("Joe") },
		{ SL("c"), SL("${user}") },
	};

	open_file(SL("Joe@Ex.org:{PLAIN}%n::::::host=mail.%d user=%n@%Ld a=%Lu "
		     "b=%%u %n=%n c=${user}\n"), 60);
	expect_extra(SL("Joe@Ex.org"), wanted, 6);
	expect_password(SL("Joe@Ex.org"), "{PLAIN}%n");
	/* The name in the file is no pattern. */
	expect_password(SL("%u"), NULL);
}
END_TEST

static const struct bad {
	struct slice extra;
	const char *why;
} bad[] = {
	{ SL("a=%q"), "%u, %n, %d or %%" },
	{ SL("a=50%"), "%u, %n, %d or %%" },
	{ SL("a=1 b=%{nosuch}"), "%u, %n, %d or %%" },
	{ SL("a=1 =v"), "without a name" },
};

START_TEST(a_field_of_no_use_costs_its_user_the_login)
{
	struct passwd_entry entry;
	struct buf text;
	struct err *e;
	bool known;

	buf_init(&text, 200);
	BUF_ADD(&text, SL("v:x\n# \nu:x::::::"), bad[_i].extra, SL("\nw:x\n"));
	open_file(buf_slice(&text), 60);
	e = passwd_file_find(file, SL("u"), &arena, &known, &entry);
	ck_assert_ptr_nonnull(e);
	ck_assert_ptr_nonnull(strstr(err_text(e), bad[_i].why));
	ck_assert_ptr_nonnull(strstr(err_text(e), "/users:3: "));
	ck_assert_int_eq(err_kind(e), ERR_CONFIG);
	err_free(&e);
	expect_password(SL("v"), "x");
	expect_password(SL("w"), "x");
	buf_free(&text);
}
END_TEST

START_TEST(fields_have_a_greatest_number)
{
	struct passwd_entry entry;
	struct buf text;
	struct err *e;
	bool known;

	buf_init(&text, 10000);
	for (int extra = 0; extra < 2; extra++) {
		buf_clear(&text);
		buf_add(&text, SL("u:x::::::"));
		for (int i = 0; i < PASSWD_FILE_MAX_FIELDS + extra; i++)
			buf_addf(&text, "f%d=%%u ", i);
		passwd_file_free(&file);
		open_file(buf_slice(&text), 60);
		e = passwd_file_find(file, SL("u"), &arena, &known, &entry);
		ck_assert_int_eq(e != NULL, extra);
		err_free(&e);
	}
	buf_free(&text);
}
END_TEST

START_TEST(no_password_and_an_empty_one_are_two_things)
{
	open_file(SL("none\nnone2:\nempty:{PLAIN}\n"), 60);
	expect_password(SL("none"), "");
	expect_password(SL("none2"), "");
	expect_password(SL("empty"), "{PLAIN}");
}
END_TEST

START_TEST(lines_left_out_are_said_once_with_their_place)
{
	open_file(SL("u:1\nv:2\nu:3\n"), 60);
	expect_refresh("/users:3: this user stands there already (line 1)");
	expect_refresh(NULL);
	unit_clock_pass(PASSWD_FILE_CHECK_MS);
	expect_refresh(NULL);
	expect_password(SL("u"), "1");
}
END_TEST

START_TEST(what_is_no_file_cannot_be_opened)
{
	struct err *e = passwd_file_open(path, &file);

	ck_assert_ptr_nonnull(e);
	ck_assert_ptr_nonnull(strstr(err_text(e), path));
	err_free(&e);
	e = passwd_file_open(dir, &file);
	ck_assert_ptr_nonnull(e);
	err_free(&e);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	e = passwd_file_open(path, &file);
	ck_assert_ptr_nonnull(strstr(err_text(e), "not a regular file"));
	err_free(&e);
	ck_assert_ptr_null(file);
}
END_TEST

START_TEST(a_file_that_is_too_large_is_not_read)
{
	struct err *e;

	put(path, O_TRUNC, SL("u:1\n"));
	ck_assert_int_eq(truncate(path, (off_t)PASSWD_FILE_MAX + 1), 0);
	e = passwd_file_open(path, &file);
	ck_assert_ptr_nonnull(strstr(err_text(e), "larger than"));
	err_free(&e);
}
END_TEST

START_TEST(a_change_counts_once_the_file_has_settled)
{
	open_file(SL("u:1\n"), 60);
	put(path, O_APPEND, SL("v:2\n"));
	age(path, 0);
	unit_clock_pass(PASSWD_FILE_CHECK_MS);
	expect_refresh(NULL);
	expect_password(SL("v"), NULL);
	unit_clock_pass(PASSWD_FILE_SETTLE_MS);
	expect_refresh(NULL);
	expect_password(SL("v"), "2");
	expect_password(SL("u"), "1");
}
END_TEST

/* Nothing is looked at sooner, however many ask. */
START_TEST(the_file_is_looked_at_once_a_second)
{
	open_file(SL("u:1\n"), 60);
	put(other, O_TRUNC, SL("u:2\n"));
	age(other, 30);
	ck_assert_int_eq(rename(other, path), 0);
	unit_clock_pass(PASSWD_FILE_CHECK_MS - 1);
	expect_refresh(NULL);
	expect_password(SL("u"), "1");
	unit_clock_pass(1);
	expect_refresh(NULL);
	expect_password(SL("u"), "2");
}
END_TEST

/* Same size, same mtime: the inode alone tells. */
START_TEST(another_file_in_its_place_is_seen)
{
	open_file(SL("u:1\n"), 60);
	put(other, O_TRUNC, SL("u:2\n"));
	age(other, 60);
	ck_assert_int_eq(rename(other, path), 0);
	unit_clock_pass(PASSWD_FILE_CHECK_MS);
	expect_refresh(NULL);
	expect_password(SL("u"), "2");
}
END_TEST

START_TEST(a_change_within_the_same_second_is_seen)
{
	struct timespec times[2] = { { 1000000000, 5 }, { 1000000000, 5 } };

	open_file(SL("u:1\n"), 60);
	utimensat(AT_FDCWD, path, times, 0);
	unit_clock_pass(PASSWD_FILE_CHECK_MS);
	expect_refresh(NULL);
	put(path, O_TRUNC, SL("u:2\n"));
	times[1].tv_nsec = 6;
	utimensat(AT_FDCWD, path, times, 0);
	unit_clock_pass(PASSWD_FILE_CHECK_MS);
	expect_refresh(NULL);
	expect_password(SL("u"), "2");
}
END_TEST

/* Truncated, then written line by line: all the time the old content serves. */
START_TEST(a_file_being_written_is_not_believed)
{
	open_file(SL("u:1\nv:1\n"), 60);
	put(path, O_TRUNC, SL(""));
	for (int i = 0; i < 5; i++) {
		age(path, 0);
		unit_clock_pass(PASSWD_FILE_CHECK_MS);
		expect_refresh(NULL);
		expect_password(SL("u"), "1");
		expect_password(SL("v"), "1");
		put(path, O_APPEND, SL("u:2\nv"));
	}
	put(path, O_TRUNC, SL("u:2\nv:2"));
	age(path, 3);
	unit_clock_pass(PASSWD_FILE_CHECK_MS);
	expect_refresh(NULL);
	expect_password(SL("u"), "2");
	/* Settled, so its last line counts without its end. */
	expect_password(SL("v"), "2");
}
END_TEST

START_TEST(a_torn_line_waits_at_the_start_too)
{
	open_file(SL("u:{PLAIN}1\nv:{PLAIN}sec"), 0);
	expect_password(SL("u"), "{PLAIN}1");
	expect_password(SL("v"), NULL);
	put(path, O_APPEND, SL("ret"));
	age(path, 0);
	unit_clock_pass(PASSWD_FILE_CHECK_MS);
	expect_refresh(NULL);
	expect_password(SL("v"), NULL);
	unit_clock_pass(PASSWD_FILE_SETTLE_MS);
	expect_refresh(NULL);
	expect_password(SL("v"), "{PLAIN}secret");
}
END_TEST

/* A server whose clock is an hour ahead: the file is of the future. */
START_TEST(a_file_of_the_future_settles_too)
{
	open_file(SL("u:1\n"), -3600);
	expect_password(SL("u"), "1");
	put(path, O_TRUNC, SL("u:2\n"));
	age(path, -3600);
	unit_clock_pass(PASSWD_FILE_CHECK_MS);
	expect_refresh(NULL);
	unit_clock_pass(PASSWD_FILE_SETTLE_MS);
	expect_refresh(NULL);
	expect_password(SL("u"), "2");
}
END_TEST

START_TEST(a_file_that_went_away_serves_on_and_is_said_once)
{
	open_file(SL("u:1\n"), 60);
	ck_assert_int_eq(rename(path, other), 0);
	unit_clock_pass(PASSWD_FILE_CHECK_MS);
	expect_refresh("/users: stat: No such file");
	for (int i = 0; i < 3; i++) {
		expect_refresh(NULL);
		expect_password(SL("u"), "1");
		unit_clock_pass(PASSWD_FILE_CHECK_MS);
	}
	/* It comes back, and goes again: that is news. */
	ck_assert_int_eq(rename(other, path), 0);
	expect_refresh(NULL);
	ck_assert_int_eq(rename(path, other), 0);
	unit_clock_pass(PASSWD_FILE_CHECK_MS);
	expect_refresh("/users: stat: No such file");
}
END_TEST

START_TEST(what_took_the_files_place_is_refused_and_the_old_content_serves)
{
	open_file(SL("u:1\n"), 60);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	age(path, 60);
	unit_clock_pass(PASSWD_FILE_CHECK_MS);
	expect_refresh("/users: not a regular file");
	expect_password(SL("u"), "1");
	unit_clock_pass(PASSWD_FILE_CHECK_MS);
	expect_refresh(NULL);
}
END_TEST

START_TEST(a_file_that_never_settles_is_said_once)
{
	int said = 0;

	open_file(SL("u:1\n"), 60);
	for (int i = 0; i < 100; i++) {
		struct err *e;

		put(path, O_APPEND, SL("v:2\n"));
		age(path, 0);
		unit_clock_pass(PASSWD_FILE_CHECK_MS);
		e = passwd_file_refresh(file);
		said += e != NULL;
		err_free(&e);
	}
	ck_assert_int_eq(said, 1);
	expect_password(SL("v"), NULL);
}
END_TEST

Suite *
suite_passwd_file(void)
{
	const TTest *const tests[] = {
		extra_fields_keep_their_order_and_their_last_value,
		variables_in_values_are_expanded,
		fields_have_a_greatest_number,
		no_password_and_an_empty_one_are_two_things,
		lines_left_out_are_said_once_with_their_place,
		what_is_no_file_cannot_be_opened,
		a_file_that_is_too_large_is_not_read,
		a_change_counts_once_the_file_has_settled,
		the_file_is_looked_at_once_a_second,
		another_file_in_its_place_is_seen,
		a_change_within_the_same_second_is_seen,
		a_file_being_written_is_not_believed,
		a_torn_line_waits_at_the_start_too,
		a_file_of_the_future_settles_too,
		a_file_that_went_away_serves_on_and_is_said_once,
		what_took_the_files_place_is_refused_and_the_old_content_serves,
		a_file_that_never_settles_is_said_once,
	};
	Suite *suite = suite_create("passwd_file");
	TCase *tcase = tcase_create("passwd_file");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	tcase_add_loop_test(tcase,
			    a_field_of_no_use_costs_its_user_the_login,
			    0, (int)(sizeof(bad) / sizeof(bad[0])));
	suite_add_tcase(suite, tcase);
	return suite;
}
