#include "unit.h"

#include "conf/conf_field.h"
#include "conf/zoo.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

START_TEST(a_key_is_found_as_it_is_written)
{
	ck_assert_str_eq(conf_field_find(&zoo_table, SL("feed"))->key, "feed");
	ck_assert_ptr_null(conf_field_find(&zoo_table, SL("Feed")));
	ck_assert_ptr_null(conf_field_find(&zoo_table, SL("fee")));
	ck_assert_ptr_null(conf_field_find(&zoo_table, SL("")));
}
END_TEST

START_TEST(the_nearest_key_is_what_was_meant)
{
	static const struct {
		const char *key, *nearest;
	} rows[] = {
		{ "opne", "open" },		/* swapped */
		{ "opn", "open" },		/* left out */
		{ "opeen", "open" },		/* once too often */
		{ "climote", "climate" },	/* another letter */
		{ "animal", "animals" },
		{ "cage-defaults", "cage_defaults" },
		{ "weather", "climate" },	/* Dovecot's word */
		{ "login_feed", "feed" },
		{ "sandwich", NULL },
		/* A whole page cannot be a slip of the finger. */
		{ "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		  NULL },
		{ "x", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = conf_field_nearest(&zoo_table,
						     slice_of(rows[i].key));

		if (rows[i].nearest == NULL)
			ck_assert_msg(got == NULL, "%s: %s", rows[i].key, got);
		else
			ck_assert_msg(got != NULL &&
				      strcmp(got, rows[i].nearest) == 0,
				      "%s: %s", rows[i].key, got);
	}
}
END_TEST

START_TEST(a_key_applies_where_the_selector_says_so)
{
	static const struct {
		enum food_kind kind;
		bool grams, field;
	} rows[] = {
		{ FOOD_MEAT, true, false },
		{ FOOD_FISH, true, false },
		{ FOOD_HAY, false, true },
	};
	const struct conf_table *table = zoo_field("food")->table;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct food food = { .kind = (int)rows[i].kind };

		ck_assert(conf_field_applies(table, &table->fields[0], &food));
		ck_assert_int_eq(conf_field_applies(table, &table->fields[1],
						    &food), rows[i].grams);
		ck_assert_int_eq(conf_field_applies(table, &table->fields[2],
						    &food), rows[i].field);
	}
}
END_TEST

START_TEST(a_word_is_found_by_its_value)
{
	const struct conf_word *words = zoo_field("climate")->words;

	ck_assert_str_eq(conf_word_of(words, CLIMATE_COLD), "cold");
	ck_assert_str_eq(conf_word_of(words, CLIMATE_HOT), "hot");
	ck_assert_ptr_null(conf_word_of(words, 0));
}
END_TEST

Suite *
suite_conf_field(void)
{
	const TTest *const tests[] = {
		a_key_is_found_as_it_is_written,
		the_nearest_key_is_what_was_meant,
		a_key_applies_where_the_selector_says_so,
		a_word_is_found_by_its_value,
	};

	return suite_of("conf_field", tests, COUNT(tests));
}
