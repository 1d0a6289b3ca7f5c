#include "unit.h"

#include "base/secret.h"

START_TEST(an_empty_password_is_still_a_password)
{
	struct secret s = { 0 };

	ck_assert(!s.present);
	secret_set(&s, SL(""));
	ck_assert(s.present);
	assert_slice(secret_slice(&s), SL(""));
	secret_free(&s);
	ck_assert(!s.present);
	ck_assert_ptr_null(s.p);
	secret_free(&s);
}
END_TEST

START_TEST(a_new_value_replaces_the_old_one)
{
	struct secret s = { 0 };

	secret_set(&s, SL("first and longer"));
	secret_set(&s, SL("se\0cond"));
	assert_slice(secret_slice(&s), SL("se\0cond"));
	/* A part of itself may be the new value. */
	secret_set(&s, slice_skip(secret_slice(&s), 3));
	assert_slice(secret_slice(&s), SL("cond"));
	secret_free(&s);
}
END_TEST

START_TEST(only_the_same_octets_are_equal)
{
	static const struct {
		struct slice a, b;
		bool equal;
	} rows[] = {
		{ SL("secret"), SL("secret"), true },
		{ SL(""), SL(""), true },
		{ SL("secret"), SL("secreT"), false },
		{ SL("Secret"), SL("secret"), false },
		{ SL("secret"), SL("secre"), false },
		{ SL("secret"), SL("secrets"), false },
		{ SL(""), SL("s"), false },
		{ SL("a\0b"), SL("a\0b"), true },
		{ SL("a\0b"), SL("a\0c"), false },
		{ SL("\x80"), SL("\x00"), false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice a = exact_copy(rows[i].a, rows[i].a.n);
		struct slice b = exact_copy(rows[i].b, rows[i].b.n);

		ck_assert_msg(secret_eq(a, b) == rows[i].equal, "row %zu", i);
		free_copy(a);
		free_copy(b);
	}
}
END_TEST

Suite *
suite_secret(void)
{
	const TTest *const tests[] = {
		an_empty_password_is_still_a_password,
		a_new_value_replaces_the_old_one,
		only_the_same_octets_are_equal,
	};

	return suite_of("secret", tests, sizeof(tests) / sizeof(tests[0]));
}
