#include "unit.h"

#include "conf/conf_dump.h"
#include "conf/zoo.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Loads text and gives the dump; both live as long as a. */
static struct slice
dump_of(struct slice text, bool show_secrets, struct arena *a)
{
	struct zoo zoo;
	struct buf said, out;
	struct slice copy;

	buf_init(&said, 10000);
	zoo_load(text, a, &zoo, &said);
	assert_slice(buf_slice(&said), SL(""));
	buf_init(&out, 1 << 20);
	conf_dump(&zoo_table, &zoo, show_secrets, &out);
	ck_assert(buf_ok(&out));
	copy = arena_copy(a, buf_slice(&out));
	buf_free(&said);
	buf_free(&out);
	return copy;
}

START_TEST(every_setting_is_there_defaults_included)
{
	struct arena a = { 0 };

	assert_slice(dump_of(SL("cages: [ { name: lion, metres: 5 } ]\n"
				"food: [ { kind: hay, field: x } ]\n"
				"signs: { exit: left }\n"), true, &a),
		     SL("open: yes\n"
			"animals: 3\n"
			"area: 4k\n"
			"feed: 5m\n"
			"climate: mild\n"
			"title: \"my zoo\"\n"
			"keepers: [\"ann\", \"bob\"]\n"
			"nets: []\n"
			"gates: []\n"
			"signs:\n"
			"  \"exit\": \"left\"\n"
			"cage_defaults:\n"
			"  metres: 10\n"
			"  lock: yes\n"
			"cages:\n"
			"- name: \"lion\"\n"
			"  metres: 5\n"
			"  lock: yes\n"
			"food:\n"
			"- kind: hay\n"
			"  field: \"x\"\n"));
	arena_free(&a);
}
END_TEST

START_TEST(the_dump_of_a_dump_is_the_same_dump)
{
	static const struct slice texts[] = {
		SL(""),
		SL("open: no\nfeed: never\narea: 1025\nanimals: 1000\n"),
		SL("title: ''\nkey: ''\nkeepers: []\n"),
		SL("title: \"a: b # c\\n\\t\\x1b\\\"'\\\\ \\u2028 \\U0001F4E7 "
		   "\\xe4 \\ufeff\"\n"),
		SL("title: '  blanks  '\nkey: 'yes'\n"),
		SL("keepers: ['~', 'null', '-', '*x', '[', 'a, b', '%', '']\n"),
		SL("nets: [ 0.0.0.0/0, '::/0', 192.0.2.7, '::ffff:192.0.2.0/120' ]\n"
		   "gates: [ '*:1', '[::1]:2', '192.0.2.7:3' ]\n"),
		SL("signs: { 'a b': \"x\\ny\", '': '', '#': '- ' }\n"),
		SL("cage_defaults: { metres: 30 }\n"
		   "cages: [ { name: a }, { name: b, metres: 1 } ]\n"
		   "food: [ { kind: meat, grams: 5 }, { kind: hay, field: '' } ]\n"),
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct arena a = { 0 };
		struct slice once = dump_of(texts[i], true, &a);

		assert_slice(dump_of(once, true, &a), once);
		arena_free(&a);
	}
}
END_TEST

START_TEST(secrets_are_hidden_unless_asked_for)
{
	struct arena a = { 0 };
	struct slice hidden = dump_of(SL("key: sesame\n"), false, &a);
	struct slice shown = dump_of(SL("key: sesame\n"), true, &a);

	ck_assert_ptr_nonnull(strstr(shown.p, "\nkey: \"sesame\"\n"));
	ck_assert_ptr_nonnull(strstr(hidden.p, "\nkey: \"(hidden)\"\n"));
	ck_assert_ptr_null(strstr(hidden.p, "sesame"));
	arena_free(&a);
}
END_TEST

START_TEST(so_are_passwords_among_fields)
{
	const struct slice text = SL("signs: { pass: sesame, password: sesame, "
				     "passage: open }\n");
	struct arena a = { 0 };
	struct slice hidden = dump_of(text, false, &a);

	ck_assert_ptr_null(strstr(hidden.p, "sesame"));
	ck_assert_ptr_nonnull(strstr(hidden.p, "\"passage\": \"open\"\n"));
	ck_assert_ptr_nonnull(strstr(dump_of(text, true, &a).p, "sesame"));
	arena_free(&a);
}
END_TEST

START_TEST(what_does_not_fit_is_said_so)
{
	struct arena a = { 0 };
	struct zoo zoo;
	struct buf said, out;

	buf_init(&said, 100);
	buf_init(&out, 50);
	zoo_load(SL(""), &a, &zoo, &said);
	conf_dump(&zoo_table, &zoo, true, &out);
	ck_assert(!buf_ok(&out));
	buf_free(&said);
	buf_free(&out);
	arena_free(&a);
}
END_TEST

Suite *
suite_conf_dump(void)
{
	const TTest *const tests[] = {
		every_setting_is_there_defaults_included,
		the_dump_of_a_dump_is_the_same_dump,
		secrets_are_hidden_unless_asked_for,
		so_are_passwords_among_fields,
		what_does_not_fit_is_said_so,
	};

	return suite_of("conf_dump", tests, COUNT(tests));
}
