#include "unit.h"

#include <stdalign.h>

#include "base/arena.h"

START_TEST(memory_arrives_zeroed_and_aligned)
{
	static const size_t sizes[] = { 0, 1, 3, 16, 17, 2047, 2048, 2049,
					100000, 5 };
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		unsigned char *p = arena_alloc(&a, sizes[i]);

		ck_assert_uint_eq((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t k = 0; k < sizes[i]; k++)
			ck_assert_uint_eq(p[k], 0);
		/* ASan sees whoever is given less than was asked for. */
		if (sizes[i] > 0)
			memset(p, 0xff, sizes[i]);
	}
	arena_free(&a);
}
END_TEST

START_TEST(no_piece_reaches_into_another)
{
	enum { PIECES = 300 };
	struct arena a = { 0 };
	unsigned char *pieces[PIECES];

	for (size_t i = 0; i < PIECES; i++) {
		pieces[i] = arena_alloc(&a, i);
		memset(pieces[i], (int)(i & 0xff), i);
	}
	for (size_t i = 0; i < PIECES; i++) {
		for (size_t k = 0; k < i; k++)
			ck_assert_uint_eq(pieces[i][k], i & 0xff);
	}
	arena_free(&a);
}
END_TEST

START_TEST(what_it_counts_is_never_less_than_what_it_gave)
{
	struct arena a = { 0 };
	size_t given = 0;

	for (size_t n = 0; n < 100; n++) {
		arena_alloc(&a, n * 50);
		given += n * 50;
		ck_assert_uint_ge(a.used, given);
	}
	ck_assert_uint_le(a.used, given + 100 * alignof(max_align_t));
	arena_free(&a);
	ck_assert_uint_eq(a.used, 0);
}
END_TEST

START_TEST(a_copy_has_a_nul_behind_it_that_it_does_not_count)
{
	struct arena a = { 0 };
	struct slice with_nul = arena_copy(&a, SL("a\0b"));
	struct slice empty = arena_copy(&a, (struct slice){ 0 });
	struct slice printed = arena_printf(&a, "%s-%d", "x", 42);

	assert_slice(with_nul, SL("a\0b"));
	ck_assert_int_eq(with_nul.p[3], '\0');
	ck_assert_uint_eq(empty.n, 0);
	ck_assert_str_eq(empty.p, "");
	assert_slice(printed, SL("x-42"));
	ck_assert_str_eq(printed.p, "x-42");
	arena_free(&a);
}
END_TEST

START_TEST(a_freed_arena_can_be_used_again)
{
	struct arena a = { 0 };

	arena_free(&a);
	arena_copy(&a, SL("one"));
	arena_free(&a);
	ck_assert_ptr_null(a.chunks);
	assert_slice(arena_copy(&a, SL("two")), SL("two"));
	arena_free(&a);
}
END_TEST

Suite *
suite_arena(void)
{
	const TTest *const tests[] = {
		memory_arrives_zeroed_and_aligned,
		no_piece_reaches_into_another,
		what_it_counts_is_never_less_than_what_it_gave,
		a_copy_has_a_nul_behind_it_that_it_does_not_count,
		a_freed_arena_can_be_used_again,
	};

	return suite_of("arena", tests, sizeof(tests) / sizeof(tests[0]));
}
