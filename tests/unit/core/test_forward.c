#include "unit.h"

#include "core/forward.h"
#include "unit_clock.h"

static struct arena arena;
static struct forward forward;

static void
setup(void)
{
	forward = (struct forward){ .ttl = 5 };
}

static void
teardown(void)
{
	arena_free(&arena);
}

/* ---- session ids ------------------------------------------------------- */

/* Of Dovecots (spec/dovecot-forwarding.md sections 9 and 11): of the microseconds
   they have 48 bits. */
static const struct {
	int64_t us;
	const char *client;
	struct slice id;
} ids[] = {
	{ 106483135988365, "127.0.0.1:37054", SL("jcJ+idhgvpB/AAAB") },
	{ 106485444259156, "127.0.0.1:41164", SL("VC0UE9lgzKB/AAAB") },
	{ 106485459971652, "127.0.0.1:43986", SL("RO4DFNlg0qt/AAAB") },
	{ 106485459971652, "[::1]:43986",
	  SL("RO4DFNlg0qsAAAAAAAAAAAAAAAAAAAAB") },
};

START_TEST(a_session_id_is_made_as_dovecot_makes_it)
{
	struct addr client;

	unit_clock_hold_at((INT64_C(6) << 48) + ids[_i].us);
	ck_assert(addr_parse(slice_of(ids[_i].client), &client));
	assert_slice(forward_make_session_id(&client, &arena), ids[_i].id);
}
END_TEST

START_TEST(a_session_id_of_others_is_cut_and_cleaned)
{
	char all[256];
	struct slice clean;

	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	clean = forward_clean_session_id((struct slice){ all, 256 }, &arena);
	ck_assert_uint_eq(clean.n, FORWARD_MAX_SESSION_ID);
	ck_assert(slice_is_printable(clean));
	for (const char *c = " \"\\<>"; *c != '\0'; c++)
		ck_assert(!slice_has(clean, *c));
	assert_slice(forward_clean_session_id(SL("up/1+=:P1"), &arena),
		     SL("up/1+=:P1"));
	assert_slice(forward_clean_session_id(SL(" \t\"\r\n"), &arena), SL(""));
}
END_TEST

/* ---- TTL --------------------------------------------------------------- */

START_TEST(the_ttl_ends_at_one)
{
	static const uint64_t rows[][2] = {
		{ 0, 0 }, { 1, 0 }, { 2, 1 }, { 5, 4 }, { 1000, 999 },
		{ UINT64_MAX, UINT64_MAX - 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		forward.ttl = rows[i][0];
		ck_assert_uint_eq(forward_next_ttl(&forward), rows[i][1]);
	}
}
END_TEST

/* ---- variables --------------------------------------------------------- */

/* n times x */
static struct slice
xs(size_t n)
{
	char *p = arena_alloc(&arena, n);

	memset(p, 'x', n);
	return (struct slice){ p, n };
}

START_TEST(a_variable_fits_if_every_backend_can_be_told_it)
{
	ck_assert(forward_variable_fits(SL("Up-Case.1"), SL("any\r\n\t\001")));
	ck_assert(forward_variable_fits(SL("a"), SL("")));
	ck_assert(forward_variable_fits(xs(20), xs(1024)));
	ck_assert(!forward_variable_fits(xs(21), SL("")));
	ck_assert(!forward_variable_fits(SL("a"), xs(1025)));
	ck_assert(!forward_variable_fits(SL(""), SL("x")));
	ck_assert(!forward_variable_fits(SL("a"), SL("x\0y")));
	for (const char *c = " \"\\=\t\n\177\303"; *c != '\0'; c++)
		ck_assert(!forward_variable_fits((struct slice){ c, 1 },
						 SL("x")));
}
END_TEST

static size_t
add(struct slice name, struct slice value)
{
	struct var v = { name, value };
	struct vars one = { &v, 1, 1 };

	return forward_add(&forward, &one, &arena);
}

START_TEST(variables_replace_those_of_the_same_name)
{
	ck_assert_uint_eq(add(SL("a"), SL("1")), 0);
	ck_assert_uint_eq(add(SL("b"), SL("1")), 0);
	ck_assert_uint_eq(add(SL("a"), SL("2")), 0);
	ck_assert_uint_eq(add(SL("A"), SL("3")), 0);
	ck_assert_uint_eq(forward.variables.n, 3);
	assert_slice(forward.variables.v[0].value, SL("2"));
	assert_slice(forward.variables.v[2].name, SL("A"));
}
END_TEST

START_TEST(what_does_not_fit_is_counted_and_left_out)
{
	struct var v[] = { { SL("bad name"), SL("") }, { SL("a"), SL("1") },
			   { SL("b"), xs(1025) } };
	struct vars vars = { v, 3, 3 };

	ck_assert_uint_eq(forward_add(&forward, &vars, &arena), 2);
	ck_assert_uint_eq(forward.variables.n, 1);
}
END_TEST

START_TEST(all_together_they_have_a_maximum)
{
	char name[] = "a";

	/* A name, a value and two octets around them: 1026 each, so seven. */
	for (; name[0] < 'h'; name[0]++)
		ck_assert_uint_eq(add(slice_of(name), xs(1023)), 0);
	ck_assert_uint_eq(add(slice_of(name), xs(1023)), 1);
	/* 8192 - 7 * 1026 is 1010. */
	ck_assert_uint_eq(add(slice_of(name), xs(1008)), 1);
	ck_assert_uint_eq(add(slice_of(name), xs(1007)), 0);
	/* One that is replaced makes room for itself. */
	ck_assert_uint_eq(add(SL("a"), xs(1024)), 1);
	ck_assert_uint_eq(add(SL("a"), xs(1022)), 0);
	ck_assert_uint_eq(add(SL("z"), SL("")), 1);
	ck_assert_uint_eq(forward.variables.n, 8);
}
END_TEST

Suite *
suite_forward(void)
{
	Suite *suite = suite_create("forward");
	TCase *all = tcase_create("forward");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_loop_test(all, a_session_id_is_made_as_dovecot_makes_it, 0,
			    (int)(sizeof(ids) / sizeof(ids[0])));
	tcase_add_test(all, a_session_id_of_others_is_cut_and_cleaned);
	tcase_add_test(all, the_ttl_ends_at_one);
	tcase_add_test(all, a_variable_fits_if_every_backend_can_be_told_it);
	tcase_add_test(all, variables_replace_those_of_the_same_name);
	tcase_add_test(all, what_does_not_fit_is_counted_and_left_out);
	tcase_add_test(all, all_together_they_have_a_maximum);
	suite_add_tcase(suite, all);
	return suite;
}
