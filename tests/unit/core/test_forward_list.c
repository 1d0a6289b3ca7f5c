/* spec/dovecot-forwarding.md sections 3.1 and 3.2. */
#include "unit.h"

#include "core/forward_list.h"

static struct arena arena;
static struct vars vars;
static struct buf out;

static void
setup(void)
{
	vars = (struct vars){ 0 };
	buf_init(&out, 100);
}

static void
teardown(void)
{
	arena_free(&arena);
	buf_free(&out);
}

static void
add(struct slice name, struct slice value)
{
	vars_set(&vars, &arena, name, value);
}

START_TEST(the_page_s_own_example)
{
	const struct slice list = SL("Up-Case=\303\244\tesc=a\"b\\c\001td=e"
				     "\0011f\001r\001ng");

	add(SL("Up-Case"), SL("\303\244"));
	add(SL("esc"), SL("a\"b\\c\td=e\001f\r\ng"));
	ck_assert(forward_list_write(&vars, 2, &out));
	assert_slice(buf_slice(&out), list);

	vars = (struct vars){ 0 };
	forward_list_read(list, &arena, &vars);
	ck_assert_uint_eq(vars.n, 2);
	assert_slice(vars.v[0].name, SL("Up-Case"));
	assert_slice(vars.v[0].value, SL("\303\244"));
	assert_slice(vars.v[1].value, SL("a\"b\\c\td=e\001f\r\ng"));
}
END_TEST

START_TEST(no_element_is_written_without_its_sign)
{
	add(SL("nologin"), SL(""));
	add(SL("b"), SL("\0"));
	ck_assert(forward_list_write(&vars, 1, &out));
	assert_slice(buf_slice(&out), SL("nologin="));
	buf_clear(&out);
	ck_assert(forward_list_write(&vars, 2, &out));
	assert_slice(buf_slice(&out), SL("nologin=\tb=\0010"));
	buf_clear(&out);
	ck_assert(forward_list_write(&vars, 0, &out));
	assert_slice(buf_slice(&out), SL(""));
}
END_TEST

static const struct {
	struct slice list, name, value;	/* of the last element */
	size_t n;
} rows[] = {
	{ SL(""), SL(""), SL(""), 0 },
	{ SL("\t\t"), SL(""), SL(""), 0 },
	{ SL("nologin"), SL("nologin"), SL(""), 1 },
	{ SL("a="), SL("a"), SL(""), 1 },
	{ SL("a=b=c"), SL("a"), SL("b=c"), 1 },
	{ SL("a=1\tb=2\ta=3"), SL("b"), SL("2"), 2 },
	{ SL("a=\001x\001\001\0010"), SL("a"), SL("x\001\0"), 1 },
	{ SL("a=b\001"), SL("a"), SL("b"), 1 },
	{ SL("=x"), SL(""), SL("x"), 1 },
};

START_TEST(whatever_stands_there_is_read_as_dovecot_reads_it)
{
	forward_list_read(rows[_i].list, &arena, &vars);
	ck_assert_uint_eq(vars.n, rows[_i].n);
	if (vars.n == 0)
		return;
	assert_slice(vars.v[vars.n - 1].name, rows[_i].name);
	assert_slice(vars.v[vars.n - 1].value, rows[_i].value);
}
END_TEST

START_TEST(a_list_that_does_not_fit_is_told)
{
	add(SL("a"), SL("12345678901234567890123456789012345678901234567890"));
	add(SL("b"), SL("12345678901234567890123456789012345678901234567890"));
	ck_assert(forward_list_write(&vars, 1, &out));
	buf_clear(&out);
	ck_assert(!forward_list_write(&vars, 2, &out));
}
END_TEST

Suite *
suite_forward_list(void)
{
	Suite *suite = suite_create("forward_list");
	TCase *all = tcase_create("forward_list");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, the_page_s_own_example);
	tcase_add_test(all, no_element_is_written_without_its_sign);
	tcase_add_loop_test(all,
			    whatever_stands_there_is_read_as_dovecot_reads_it, 0,
			    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(all, a_list_that_does_not_fit_is_told);
	suite_add_tcase(suite, all);
	return suite;
}
