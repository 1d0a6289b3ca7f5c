#include "unit.h"

#include "base/base64.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* RFC 4648 section 10, and octets that need all of the alphabet. */
static const struct {
	struct slice plain, coded;
} pairs[] = {
	{ SL(""), SL("") },
	{ SL("f"), SL("Zg==") },
	{ SL("fo"), SL("Zm8=") },
	{ SL("foo"), SL("Zm9v") },
	{ SL("foob"), SL("Zm9vYg==") },
	{ SL("fooba"), SL("Zm9vYmE=") },
	{ SL("foobar"), SL("Zm9vYmFy") },
	{ SL("\0"), SL("AA==") },
	{ SL("\0\0\0"), SL("AAAA") },
	{ SL("\xff\xff\xff"), SL("////") },
	{ SL("\xfb\xef\xbe"), SL("++++") },
	{ SL("\0jane\0secret"), SL("AGphbmUAc2VjcmV0") },
};

START_TEST(the_rfcs_examples_go_both_ways)
{
	struct buf out;

	buf_init(&out, 64);
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct slice plain = exact_copy(pairs[i].plain,
						pairs[i].plain.n);
		struct slice coded = exact_copy(pairs[i].coded,
						pairs[i].coded.n);

		buf_clear(&out);
		ck_assert(base64_encode(plain, &out));
		assert_slice(buf_slice(&out), pairs[i].coded);
		buf_clear(&out);
		ck_assert_msg(base64_decode(coded, &out), "row %zu", i);
		assert_slice(buf_slice(&out), pairs[i].plain);
		free_copy(plain);
		free_copy(coded);
	}
	buf_free(&out);
}
END_TEST

START_TEST(what_is_not_base64_leaves_the_buffer_as_it_was)
{
	static const struct slice bad[] = {
		SL("Z"), SL("Zg"), SL("Zg="), SL("Zg==="), SL("Zg==Zg=="),
		SL("===="), SL("A==="), SL("Z=g="), SL("=Zg="),
		SL("Zm9v Zg="), SL("Zm9v\r\n"), SL("Zm9v\r\n=="), SL(" Zm9v   "),
		SL("Zm9-"), SL("Zm9_"), SL("Zm9\0"), SL("Zm9\xff"),
		/* The unused bits are not zero. */
		SL("Zh=="), SL("Zm9="), SL("AB=="), SL("AAB="),
	};
	struct buf out;

	buf_init(&out, 64);
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct slice s = exact_copy(bad[i], bad[i].n);

		buf_clear(&out);
		buf_add(&out, SL("kept"));
		ck_assert_msg(!base64_decode(s, &out), "row %zu", i);
		assert_slice(buf_slice(&out), SL("kept"));
		free_copy(s);
	}
	buf_free(&out);
}
END_TEST

START_TEST(every_length_comes_back)
{
	struct buf plain, coded, back;

	buf_init(&plain, 1000);
	buf_init(&coded, 2000);
	buf_init(&back, 1002);
	for (unsigned n = 0; n < 600; n++) {
		buf_clear(&coded);
		buf_clear(&back);
		ck_assert(base64_encode(buf_slice(&plain), &coded));
		ck_assert_uint_eq(coded.n, (plain.n + 2) / 3 * 4);
		ck_assert(base64_decode(buf_slice(&coded), &back));
		assert_slice(buf_slice(&back), buf_slice(&plain));
		buf_add_char(&plain, (char)(n * 7));
	}
	buf_free(&plain);
	buf_free(&coded);
	buf_free(&back);
}
END_TEST

START_TEST(it_appends_and_takes_exactly_the_room_there_is)
{
	struct buf out;

	buf_init(&out, 12);
	ck_assert(base64_encode(SL("foo"), &out));
	ck_assert(base64_encode(SL("fooba"), &out));
	assert_slice(buf_slice(&out), SL("Zm9vZm9vYmE="));
	ck_assert(!base64_encode(SL("f"), &out));
	ck_assert(!buf_ok(&out));
	assert_slice(buf_slice(&out), SL("Zm9vZm9vYmE="));
	buf_free(&out);

	for (size_t i = 0; i < COUNT(pairs); i++) {
		buf_init(&out, pairs[i].plain.n);
		ck_assert_msg(base64_decode(pairs[i].coded, &out), "row %zu", i);
		assert_slice(buf_slice(&out), pairs[i].plain);
		buf_free(&out);
		if (pairs[i].plain.n == 0)
			continue;
		buf_init(&out, pairs[i].plain.n - 1);
		ck_assert_msg(!base64_decode(pairs[i].coded, &out), "row %zu", i);
		ck_assert(!buf_ok(&out));
		ck_assert_uint_eq(out.n, 0);
		buf_free(&out);
	}
}
END_TEST

Suite *
suite_base64(void)
{
	const TTest *const tests[] = {
		the_rfcs_examples_go_both_ways,
		what_is_not_base64_leaves_the_buffer_as_it_was,
		every_length_comes_back,
		it_appends_and_takes_exactly_the_room_there_is,
	};

	return suite_of("base64", tests, COUNT(tests));
}
