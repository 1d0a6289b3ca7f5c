#include "unit.h"

START_TEST(numbers_stop_at_their_maximum)
{
	static const struct {
		struct slice text;
		uint64_t max;
		bool ok;
		uint64_t n;
	} rows[] = {
		{ SL("0"), 0, true, 0 },
		{ SL("65535"), 65535, true, 65535 },
		{ SL("65536"), 65535, false, 0 },
		{ SL("18446744073709551615"), UINT64_MAX, true, UINT64_MAX },
		{ SL("18446744073709551616"), UINT64_MAX, false, 0 },
		{ SL("99999999999999999999999"), UINT64_MAX, false, 0 },
		{ SL("5"), 3, false, 0 },
		{ SL(""), 9, false, 0 },
		{ SL("+1"), 9, false, 0 },
		{ SL(" 1"), 9, false, 0 },
		{ SL("1a"), 99, false, 0 },
		{ SL("007"), 9, true, 7 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t n = 77;

		ck_assert_msg(slice_to_u64(rows[i].text, rows[i].max, &n) ==
				      rows[i].ok, "row %zu", i);
		ck_assert_uint_eq(n, rows[i].ok ? rows[i].n : 77);
	}
}
END_TEST

START_TEST(cutting_takes_the_separator_too)
{
	struct slice rest = SL("a,,b"), head;

	ck_assert(slice_cut(&rest, ',', &head));
	assert_slice(head, SL("a"));
	ck_assert(slice_cut(&rest, ',', &head));
	assert_slice(head, SL(""));
	ck_assert(slice_cut(&rest, ',', &head));
	assert_slice(head, SL("b"));
	ck_assert(!slice_cut(&rest, ',', &head));
}
END_TEST

START_TEST(words_stand_between_blanks)
{
	struct slice rest = SL("  one\ttwo  "), word;

	ck_assert(slice_cut_word(&rest, &word));
	assert_slice(word, SL("one"));
	ck_assert(slice_cut_word(&rest, &word));
	assert_slice(word, SL("two"));
	ck_assert(!slice_cut_word(&rest, &word));
}
END_TEST

START_TEST(case_is_folded_for_ascii_alone)
{
	ck_assert(slice_eq_nocase(SL("LoGiN"), SL("lOgIn")));
	ck_assert(!slice_eq_nocase(SL("\xc3\x84"), SL("\xc3\xa4")));
	ck_assert(slice_starts_nocase(SL("STARTTLS now"), SL("starttls")));
	ck_assert(!slice_starts_nocase(SL("START"), SL("starttls")));
}
END_TEST

START_TEST(a_prefix_sorts_before_what_it_begins)
{
	ck_assert_int_lt(slice_cmp(SL("a"), SL("ab")), 0);
	ck_assert_int_gt(slice_cmp(SL("b"), SL("ab")), 0);
	ck_assert_int_eq(slice_cmp(SL(""), SL("")), 0);
}
END_TEST

Suite *
suite_slice(void)
{
	const TTest *const tests[] = {
		numbers_stop_at_their_maximum,
		cutting_takes_the_separator_too,
		words_stand_between_blanks,
		case_is_folded_for_ascii_alone,
		a_prefix_sorts_before_what_it_begins,
	};

	return suite_of("slice", tests, sizeof(tests) / sizeof(tests[0]));
}
