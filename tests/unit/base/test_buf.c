#include "unit.h"

START_TEST(a_piece_goes_in_whole_or_not_at_all)
{
	struct buf b;

	buf_init(&b, 5);
	ck_assert(buf_add(&b, SL("abc")));
	ck_assert(!buf_add(&b, SL("def")));
	ck_assert(!BUF_ADD(&b, SL("d"), SL("e"), SL("f")));
	assert_slice(buf_slice(&b), SL("abc"));
	ck_assert(!buf_ok(&b));
	buf_clear(&b);
	ck_assert(buf_ok(&b));
	ck_assert(BUF_ADD(&b, SL("v"), SL(""), SL("wxyz")));
	assert_slice(buf_slice(&b), SL("vwxyz"));
	buf_free(&b);
}
END_TEST

START_TEST(it_grows_and_keeps_what_it_had)
{
	struct buf b;

	buf_init(&b, 100000);
	for (unsigned i = 0; i < 10000; i++)
		ck_assert(buf_addf(&b, "%04u,", i));
	ck_assert_uint_eq(b.n, 50000);
	ck_assert(slice_starts(buf_slice(&b), SL("0000,0001,")));
	buf_drop(&b, 5 * 9999);
	assert_slice(buf_slice(&b), SL("9999,"));
	buf_free(&b);
}
END_TEST

START_TEST(what_moved_leaves_no_copy_behind)
{
	struct buf b;

	buf_init(&b, 64);
	buf_add(&b, SL("secret tail"));
	buf_drop(&b, 7);
	assert_slice(buf_slice(&b), SL("tail"));
	for (size_t i = b.n; i < 11; i++)
		ck_assert_int_eq(b.p[i], 0);
	buf_free(&b);
}
END_TEST

START_TEST(numbers_are_written_in_full)
{
	struct buf b;

	buf_init(&b, 64);
	buf_add_u64(&b, 0);
	buf_add_char(&b, ' ');
	buf_add_u64(&b, UINT64_MAX);
	assert_slice(buf_slice(&b), SL("0 18446744073709551615"));
	buf_free(&b);
}
END_TEST

Suite *
suite_buf(void)
{
	const TTest *const tests[] = {
		a_piece_goes_in_whole_or_not_at_all,
		it_grows_and_keeps_what_it_had,
		what_moved_leaves_no_copy_behind,
		numbers_are_written_in_full,
	};

	return suite_of("buf", tests, sizeof(tests) / sizeof(tests[0]));
}
