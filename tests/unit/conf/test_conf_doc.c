#include "unit.h"

#include "conf/conf_doc.h"
#include "conf/zoo.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

START_TEST(lines_end_between_words_and_before_the_margin)
{
	struct buf text, out;
	struct slice rest, line;
	size_t words = 0;

	buf_init(&text, 10000);
	buf_init(&out, 20000);
	for (size_t n = 0; n < 300; n++) {
		for (size_t i = 0; i <= n % 17; i++)
			buf_add_char(&text, 'x');
		buf_add_char(&text, ' ');
	}
	conf_doc_wrap(buf_slice(&text), SL("  # "), &out);
	rest = buf_slice(&out);
	while (slice_cut(&rest, '\n', &line)) {
		struct slice word;

		ck_assert(slice_starts(line, SL("  # x")));
		ck_assert_uint_le(line.n, CONF_DOC_WIDTH);
		/* The next word would not have fitted. */
		if (rest.n > 0)
			ck_assert_uint_gt(line.n, CONF_DOC_WIDTH - 18);
		line = slice_skip(line, 4);
		while (slice_cut_word(&line, &word))
			words++;
	}
	ck_assert_uint_eq(words, 300);
	buf_free(&text);
	buf_free(&out);
}
END_TEST

START_TEST(a_word_wider_than_the_page_is_not_lost)
{
	static char wide[100];
	struct buf out;

	memset(wide, 'x', sizeof(wide) - 1);
	buf_init(&out, 1000);
	conf_doc_wrap(SL(""), SL("# "), &out);
	ck_assert_uint_eq(out.n, 0);
	conf_doc_wrap(SL("a"), SL("# "), &out);
	conf_doc_wrap(slice_of(wide), SL("# "), &out);
	ck_assert_uint_eq(out.n, 4 + 2 + 99 + 1);
	buf_free(&out);
}
END_TEST

START_TEST(a_row_is_said_in_few_words)
{
	static const struct {
		const char *key, *kind, *bounds, *def;
	} rows[] = {
		{ "open", "yes or no", "", "yes" },
		{ "animals", "number", "from 1 to 1000", "3" },
		{ "area", "size", "from 1k to 16M", "4k" },
		{ "feed", "duration", "at least 1s", "5m" },
		{ "climate", "cold, mild or hot", "", "mild" },
		{ "title", "text", "", "my zoo" },
		{ "key", "text, kept secret", "", NULL },
		{ "keepers", "list of texts", "", "[ann, bob]" },
		{ "nets", "list of networks", "", NULL },
		{ "signs", "mapping of names to texts", "", NULL },
		{ "cages", "list of mappings", "", NULL },
	};
	struct buf out;

	buf_init(&out, 1000);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct conf_field *f = zoo_field(rows[i].key);

		buf_clear(&out);
		conf_doc_kind(f, &out);
		assert_slice(buf_slice(&out), slice_of(rows[i].kind));
		buf_clear(&out);
		conf_doc_bounds(f, &out);
		assert_slice(buf_slice(&out), slice_of(rows[i].bounds));
		buf_clear(&out);
		ck_assert_int_eq(conf_doc_has_default(f), rows[i].def != NULL);
		if (rows[i].def == NULL)
			continue;
		conf_doc_default(f, &out);
		assert_slice(buf_slice(&out), slice_of(rows[i].def));
	}
	buf_free(&out);
}
END_TEST

START_TEST(a_default_is_quoted_where_yaml_wants_it)
{
	static const struct {
		enum conf_type type;
		const char *def, *want;
	} rows[] = {
		{ CONF_TEXT, "%Lu", "\"%Lu\"" },
		{ CONF_TEXT, "", "\"\"" },
		{ CONF_TEXT, "a: b", "\"a: b\"" },
		{ CONF_TEXT, "a:", "\"a:\"" },
		{ CONF_TEXT, "a #b", "\"a #b\"" },
		{ CONF_TEXT, "143", "\"143\"" },
		{ CONF_TEXT, "/dev/log", "/dev/log" },
		{ CONF_TEXT, "a:b c", "a:b c" },
		{ CONF_TEXTS, "PLAIN SCRAM-SHA-256", "[PLAIN, SCRAM-SHA-256]" },
		{ CONF_ENDPOINTS, "*:143 [::1]:7", "[\"*:143\", \"[::1]:7\"]" },
		{ CONF_NETS, "10.0.0.0/8", "[\"10.0.0.0/8\"]" },
		{ CONF_COUNT, "143", "143" },
	};
	struct buf out;

	buf_init(&out, 1000);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct conf_field f = { .type = rows[i].type,
					.def = rows[i].def };

		buf_clear(&out);
		conf_doc_default(&f, &out);
		assert_slice(buf_slice(&out), slice_of(rows[i].want));
	}
	buf_free(&out);
}
END_TEST

START_TEST(only_names_the_selector_and_its_words)
{
	const struct conf_table *food = zoo_field("food")->table;
	struct buf out;

	buf_init(&out, 100);
	conf_doc_only(food, &food->fields[1], &out);
	assert_slice(buf_slice(&out), SL("kind: meat or fish"));
	buf_clear(&out);
	conf_doc_only(food, &food->fields[2], &out);
	assert_slice(buf_slice(&out), SL("kind: hay"));
	buf_free(&out);
}
END_TEST

START_TEST(an_entry_inherits_what_the_section_has)
{
	const struct conf_field *cages = zoo_field("cages");
	const struct conf_field *food = zoo_field("food");

	ck_assert(!conf_doc_is_inherited(&zoo_table, cages,
					 &cages->table->fields[0]));
	ck_assert(conf_doc_is_inherited(&zoo_table, cages,
					&cages->table->fields[1]));
	ck_assert(!conf_doc_is_inherited(&zoo_table, food,
					 &food->table->fields[1]));
}
END_TEST

Suite *
suite_conf_doc(void)
{
	const TTest *const tests[] = {
		lines_end_between_words_and_before_the_margin,
		a_word_wider_than_the_page_is_not_lost,
		a_row_is_said_in_few_words,
		a_default_is_quoted_where_yaml_wants_it,
		only_names_the_selector_and_its_words,
		an_entry_inherits_what_the_section_has,
	};

	return suite_of("conf_doc", tests, COUNT(tests));
}
