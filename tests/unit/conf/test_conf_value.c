#include "unit.h"

#include "conf/conf_value.h"
#include "conf/zoo.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Room for any type's value. */
union value {
	bool b;
	uint64_t n;
	int64_t ms;
	int word;
	struct slice text;
	struct conf_texts texts;
	struct addr_nets nets;
	struct conf_endpoints endpoints;
};

/* One text in, and how the value is written again; NULL: refused. */
struct row {
	const char *key;
	struct slice text;
	const char *written;
};

static void
check_row(const struct row *row)
{
	const struct conf_field *f = zoo_field(row->key);
	struct arena a = { 0 };
	struct buf wrong, out;
	union value value = { 0 };
	bool ok;

	buf_init(&wrong, 1000);
	buf_init(&out, 1000);
	ok = conf_value_read(f, row->text, &a, &value, &wrong);
	ck_assert_msg(ok == (row->written != NULL), "%s: %.*s", row->key,
		      SL_FMT(row->text));
	if (ok) {
		ck_assert_uint_eq(conf_value_count(f, &value), 1);
		conf_value_write(f, &value, 0, &out);
		assert_slice(buf_slice(&out), slice_of(row->written));
		ck_assert_uint_eq(wrong.n, 0);
	} else {
		ck_assert(slice_starts(buf_slice(&wrong), slice_of(row->key)));
	}
	buf_free(&wrong);
	buf_free(&out);
	arena_free(&a);
}

START_TEST(a_value_reads_and_is_written_in_its_plainest_form)
{
	static const struct row rows[] = {
		{ "open", SL("yes"), "yes" }, { "open", SL("no"), "no" },
		{ "open", SL("true"), "yes" }, { "open", SL("FALSE"), "no" },
		{ "open", SL("On"), "yes" }, { "open", SL("off"), "no" },
		{ "open", SL("1"), NULL }, { "open", SL("y"), NULL },
		{ "open", SL(""), NULL }, { "open", SL("yes "), NULL },

		{ "animals", SL("1"), "1" }, { "animals", SL("1000"), "1000" },
		{ "animals", SL("0"), NULL }, { "animals", SL("1001"), NULL },
		{ "animals", SL("-1"), NULL }, { "animals", SL("1.5"), NULL },
		{ "animals", SL("1k"), NULL }, { "animals", SL(""), NULL },
		{ "animals", SL("18446744073709551617"), NULL },

		{ "area", SL("1024"), "1k" }, { "area", SL("1k"), "1k" },
		{ "area", SL("1K"), "1k" }, { "area", SL("1 kB"), "1k" },
		{ "area", SL("1023"), NULL }, { "area", SL("1025"), "1025B" },
		{ "area", SL("16M"), "16M" }, { "area", SL("16 MB"), "16M" },
		{ "area", SL("1536k"), "1536k" },
		{ "area", SL("16777217"), NULL }, { "area", SL("17M"), NULL },
		{ "area", SL("1G"), NULL }, { "area", SL("1m"), NULL },
		{ "area", SL("k"), NULL }, { "area", SL("-1k"), NULL },
		/* 2^64 in tebibytes, which must not become 0. */
		{ "area", SL("16777216T"), NULL },

		{ "feed", SL("1s"), "1s" }, { "feed", SL("90s"), "90s" },
		{ "feed", SL("120s"), "2m" }, { "feed", SL("2 hours"), "2h" },
		{ "feed", SL("1 day"), "1d" }, { "feed", SL("14d"), "2w" },
		{ "feed", SL("1500ms"), "1500ms" }, { "feed", SL("3 mins"), "3m" },
		{ "feed", SL("1000 msecs"), "1s" },
		{ "feed", SL("never"), "never" },
		{ "feed", SL("999ms"), NULL }, { "feed", SL("0"), NULL },
		{ "feed", SL("5"), NULL }, { "feed", SL("5x"), NULL },
		{ "feed", SL("1.5s"), NULL }, { "feed", SL("-5s"), NULL },
		{ "feed", SL("Never"), NULL }, { "feed", SL("5S"), NULL },
		{ "feed", SL("9223372036854775807ms"), NULL },
		{ "feed", SL("9223372036854775806ms"), "9223372036854775806ms" },
		{ "feed", SL("15250284452471w"), NULL },

		{ "climate", SL("hot"), "hot" }, { "climate", SL("cold"), "cold" },
		{ "climate", SL("Hot"), NULL }, { "climate", SL("ho"), NULL },
		{ "climate", SL(""), NULL },

		{ "title", SL(" as it is "), " as it is " },
		{ "title", SL(""), "" },
		{ "title", SL("with\0nul"), NULL },
		{ "key", SL("sesame"), "sesame" }, { "key", SL(""), "" },
		{ "keepers", SL("ann and bob"), "ann and bob" },
		{ "keepers", SL("a\0b"), NULL },

		{ "nets", SL("10.0.0.0/8"), "10.0.0.0/8" },
		{ "nets", SL("192.0.2.7"), "192.0.2.7/32" },
		{ "nets", SL("2001:DB8::/32"), "2001:db8::/32" },
		{ "nets", SL("10.0.0.1/8"), NULL },
		{ "nets", SL("10.0.0.0/8, ::1"), NULL },

		{ "gates", SL("*:80"), "*:80" },
		{ "gates", SL("192.0.2.7:80"), "192.0.2.7:80" },
		{ "gates", SL("[::1]:80"), "[::1]:80" },
		{ "gates", SL("*"), NULL }, { "gates", SL("*:0"), NULL },
		{ "gates", SL("*:65536"), NULL }, { "gates", SL("80"), NULL },
		{ "gates", SL("[*]:80"), NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		check_row(&rows[i]);
}
END_TEST

START_TEST(what_it_wrote_it_reads)
{
	static const struct row rows[] = {
		{ "area", SL("1025B"), "1025B" }, { "area", SL("2M"), "2M" },
		{ "feed", SL("2w"), "2w" }, { "feed", SL("7s"), "7s" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		check_row(&rows[i]);
}
END_TEST

START_TEST(elements_of_a_list_are_appended)
{
	static const struct slice gates[] = { SL("*:1"), SL("[::1]:2"),
					      SL("192.0.2.7:3") };
	const struct conf_field *f = zoo_field("gates");
	struct conf_endpoints e = { 0 };
	struct arena a = { 0 };
	struct buf out;

	buf_init(&out, 1000);
	for (size_t i = 0; i < COUNT(gates); i++)
		ck_assert(conf_value_read(f, gates[i], &a, &e, &out));
	ck_assert_uint_eq(conf_value_count(f, &e), 3);
	for (size_t i = 0; i < COUNT(gates); i++) {
		buf_clear(&out);
		conf_value_write(f, &e, i, &out);
		assert_slice(buf_slice(&out), gates[i]);
	}
	ck_assert(e.v[0].any);
	ck_assert(!e.v[1].any);
	buf_free(&out);
	arena_free(&a);
}
END_TEST

START_TEST(a_long_list_takes_room_for_itself_and_not_for_its_square)
{
	const struct conf_field *f = zoo_field("nets");
	struct addr_nets nets = { 0 };
	struct arena a = { 0 };
	struct buf wrong;

	buf_init(&wrong, 100);
	for (int i = 0; i < 10000; i++)
		ck_assert(conf_value_read(f, SL("10.0.0.0/8"), &a, &nets,
					  &wrong));
	ck_assert_uint_eq(nets.n, 10000);
	ck_assert_uint_eq(nets.v[9999].bits, 8);
	ck_assert_uint_lt(a.used, 4 * 10000 * sizeof(nets.v[0]));
	arena_free(&a);
}
END_TEST

START_TEST(a_refusal_says_what_would_be_right)
{
	static const struct {
		const char *key;
		struct slice text;
		const char *want;
	} rows[] = {
		{ "open", SL("maybe"), "open: \"maybe\" is not yes or no" },
		{ "animals", SL("0"),
		  "animals: \"0\" is not a whole number from 1 to 1000" },
		{ "area", SL("lots"),
		  "area: \"lots\" is not a size such as 4096, 64k or 16M "
		  "from 1k to 16M" },
		{ "feed", SL("5"),
		  "feed: \"5\" is not a duration such as 500ms, 5s, 15m, 2h "
		  "or 1d of at least 1s" },
		{ "climate", SL("wet"),
		  "climate: \"wet\" is not cold, mild or hot" },
		{ "nets", SL("home"),
		  "nets: \"home\" is not a list of addresses or networks such "
		  "as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32" },
		{ "gates", SL("80"),
		  "gates: \"80\" is not a list of addresses with a port such "
		  "as \"*:143\", 192.0.2.7:143 or \"[2001:db8::7]:143\"" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena a = { 0 };
		union value value = { 0 };
		struct buf wrong;

		buf_init(&wrong, 1000);
		ck_assert(!conf_value_read(zoo_field(rows[i].key), rows[i].text,
					   &a, &value, &wrong));
		assert_slice(buf_slice(&wrong), slice_of(rows[i].want));
		buf_free(&wrong);
		arena_free(&a);
	}
}
END_TEST

START_TEST(a_long_text_is_not_said_in_full_and_a_secret_not_at_all)
{
	static char long_text[3000];
	struct arena a = { 0 };
	union value value = { 0 };
	struct buf wrong;

	memset(long_text, 'x', sizeof(long_text) - 1);
	buf_init(&wrong, 1000);
	ck_assert(!conf_value_read(zoo_field("open"), slice_of(long_text), &a,
				   &value, &wrong));
	assert_slice(buf_slice(&wrong),
		     SL("open: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			"xxxxxxxxxxxxxx...\" is not yes or no"));
	buf_clear(&wrong);
	ck_assert(!conf_value_read(zoo_field("key"), SL("sesame\0"), &a, &value,
				   &wrong));
	assert_slice(buf_slice(&wrong), SL("key: this is not a text"));
	buf_free(&wrong);
	arena_free(&a);
}
END_TEST

Suite *
suite_conf_value(void)
{
	const TTest *const tests[] = {
		a_value_reads_and_is_written_in_its_plainest_form,
		what_it_wrote_it_reads,
		elements_of_a_list_are_appended,
		a_long_list_takes_room_for_itself_and_not_for_its_square,
		a_refusal_says_what_would_be_right,
		a_long_text_is_not_said_in_full_and_a_secret_not_at_all,
	};

	return suite_of("conf_value", tests, COUNT(tests));
}
