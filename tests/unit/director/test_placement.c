#include "unit.h"

#include "director/placement.h"

#define USERS 100000

static struct placement *
with_backends(size_t n, const uint64_t *weights)
{
	struct placement *p = placement_make();

	for (size_t i = 0; i < n; i++) {
		char name[16];

		snprintf(name, sizeof(name), "b%zu", i);
		placement_add(p, slice_of(name), SL(""),
			      weights == NULL ? 100 : weights[i]);
	}
	return p;
}

static size_t
place(struct placement *p, size_t user)
{
	char name[32];

	snprintf(name, sizeof(name), "user%zu@example.com", user);
	return placement_find(p, placement_key(p, slice_of(name)), SL(""));
}

START_TEST(equal_backends_get_equal_shares)
{
	struct placement *p = with_backends(20, NULL);
	size_t count[20] = { 0 };

	for (size_t u = 0; u < USERS; u++)
		count[place(p, u)]++;
	for (size_t i = 0; i < 20; i++) {
		/* 5000 each; four standard deviations are 276. */
		ck_assert_uint_gt(count[i], USERS / 20 - 276);
		ck_assert_uint_lt(count[i], USERS / 20 + 276);
	}
	placement_free(&p);
}
END_TEST

START_TEST(shares_follow_the_weights)
{
	static const uint64_t weights[] = { 100, 50, 200, 0 };
	struct placement *p = with_backends(4, weights);
	size_t count[4] = { 0 };

	for (size_t u = 0; u < USERS; u++)
		count[place(p, u)]++;
	for (size_t i = 0; i < 4; i++) {
		double want = USERS * (double)weights[i] / 350;

		ck_assert_double_gt((double)count[i] + 650, want);
		ck_assert_double_lt((double)count[i], want + 650);
	}
	ck_assert_uint_eq(count[3], 0);
	placement_free(&p);
}
END_TEST

START_TEST(a_new_backend_moves_users_to_itself_alone)
{
	struct placement *before = with_backends(9, NULL);
	struct placement *after = with_backends(10, NULL);
	size_t moved = 0;

	for (size_t u = 0; u < USERS; u++) {
		size_t now = place(after, u);

		if (now == place(before, u))
			continue;
		ck_assert_uint_eq(now, 9);
		moved++;
	}
	/* A tenth, give or take four standard deviations. */
	ck_assert_uint_gt(moved, USERS / 10 - 380);
	ck_assert_uint_lt(moved, USERS / 10 + 380);
	placement_free(&before);
	placement_free(&after);
}
END_TEST

START_TEST(a_closed_backend_moves_its_own_users_alone)
{
	struct placement *p = with_backends(10, NULL);
	struct placement *q = with_backends(10, NULL);

	placement_set_open(q, 4, false);
	for (size_t u = 0; u < USERS / 10; u++) {
		size_t was = place(p, u);

		if (was != 4)
			ck_assert_uint_eq(place(q, u), was);
		else
			ck_assert_uint_ne(place(q, u), 4);
	}
	placement_free(&p);
	placement_free(&q);
}
END_TEST

START_TEST(only_backends_with_the_tag_are_drawn)
{
	struct placement *p = placement_make();
	struct placement_key key = placement_key(p, SL("jane"));

	placement_add(p, SL("a"), SL(""), 100);
	placement_add(p, SL("b"), SL("ssd"), 1);
	ck_assert_uint_eq(placement_find(p, key, SL("")), 0);
	ck_assert_uint_eq(placement_find(p, key, SL("ssd")), 1);
	ck_assert_uint_eq(placement_find(p, key, SL("tape")), PLACEMENT_NONE);
	placement_free(&p);
}
END_TEST

/* A site moves nobody when it upgrades: these answers may never change. They
   were worked out apart from this code, with floating-point logarithms. */
START_TEST(the_assignment_is_the_same_for_ever)
{
	static const uint64_t weights[] = { 100, 50, 200 };
	struct placement *p = with_backends(3, weights);
	struct placement_key key = placement_key(p, SL("jane@example.com"));
	static const size_t want[] = { 1, 2, 1, 1, 2, 0, 2, 1 };

	ck_assert_uint_eq(key.high, 0x8c87b489ce35cf2e);
	for (size_t u = 0; u < sizeof(want) / sizeof(want[0]); u++)
		ck_assert_uint_eq(place(p, u), want[u]);
	placement_free(&p);
}
END_TEST

Suite *
suite_placement(void)
{
	const TTest *const tests[] = {
		equal_backends_get_equal_shares,
		shares_follow_the_weights,
		a_new_backend_moves_users_to_itself_alone,
		a_closed_backend_moves_its_own_users_alone,
		only_backends_with_the_tag_are_drawn,
		the_assignment_is_the_same_for_ever,
	};

	return suite_of("placement", tests, sizeof(tests) / sizeof(tests[0]));
}
