#include "unit.h"

#include "conf/conf_doc.h"
#include "conf/conf_manual.h"
#include "conf/settings.h"
#include "conf/zoo.h"

START_TEST(each_table_is_a_section_with_its_rows)
{
	static const char *const parts[] = {
		".SH SETTINGS\n.TP\n\\fBopen\\fR\n(yes or no; default yes)\n.br\n"
		"Whether visitors may come.\n.TP\n\\fBanimals\\fR\n"
		"(number from 1 to 1000; default 3)\n.br\nHow many there are.\n",
		".TP\n\\fBclimate\\fR\n"
		"(cold, mild or hot; default mild; Dovecot: weather)\n",
		/* What cages take from cage_defaults is not said again. */
		".SH CAGES\nWhere the animals live.\n.TP\n\\fBname\\fR\n"
		"(text; required)\n.br\nWho lives there.\n.PP\n"
		"Every key of cage_defaults can stand here too, for this entry "
		"alone.\n.SH FOOD\n",
		"\\fBgrams\\fR\n(number; only with kind: meat or fish; default "
		"100)\n",
	};
	struct buf out;

	buf_init(&out, 100000);
	conf_manual_write(&zoo_table, &out);
	buf_add_char(&out, '\0');
	ck_assert(buf_ok(&out));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ck_assert_msg(strstr(out.p, parts[i]) != NULL, "%s in\n%s",
			      parts[i], out.p);
	buf_free(&out);
}
END_TEST

/* A table whose prose has what roff would take for its own. */
static const struct conf_field odd_rows[] = {
	{
		.key = "a-b", .type = CONF_TEXT, .def = "\\n'\"",
		.doc = "Use - and \\ and ' and \". So they are words, and many of "
		       "them, so that the line ends before the word "
		       ".yaml here. 'Tis well.",
	},
};
static const struct conf_table odd_table = {
	.name = "odd", .size = 1, CONF_FIELDS(odd_rows), .doc = "",
};

START_TEST(nothing_in_the_prose_is_a_request_to_roff)
{
	struct buf out;

	buf_init(&out, 10000);
	conf_manual_write(&odd_table, &out);
	assert_slice(buf_slice(&out), SL(
		".SH SETTINGS\n.TP\n\\fBa\\-b\\fR\n"
		"(text; default \\(dq\\en\\(aq\\(dq\\(dq)\n.br\n"
		"Use \\- and \\e and \\(aq and \\(dq.\n"
		"So they are words, and many of them, so that the line ends "
		"before the word\n\\&.yaml here.\n"
		"\\(aqTis well.\n"));
	buf_free(&out);
}
END_TEST

/* The rows of the tables below table, without those an entry only inherits. */
static size_t
count_rows(const struct conf_table *table)
{
	size_t n = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct conf_field *f = &table->fields[i];

		n++;
		if (f->table == NULL)
			continue;
		n += count_rows(f->table);
		for (size_t k = 0; k < f->table->count; k++)
			n -= conf_doc_is_inherited(table, f,
						   &f->table->fields[k]);
	}
	return n;
}

START_TEST(every_setting_of_usher_is_in_it)
{
	struct buf out;
	size_t entries = 0;

	buf_init(&out, 1 << 20);
	conf_manual_write(&settings_table, &out);
	buf_add_char(&out, '\0');
	for (const char *p = out.p; (p = strstr(p, "\n.TP\n\\fB")) != NULL; p++)
		entries++;
	ck_assert_uint_gt(entries, 50);
	ck_assert_uint_eq(entries, count_rows(&settings_table));
	buf_free(&out);
}
END_TEST

Suite *
suite_conf_manual(void)
{
	const TTest *const tests[] = {
		each_table_is_a_section_with_its_rows,
		nothing_in_the_prose_is_a_request_to_roff,
		every_setting_of_usher_is_in_it,
	};

	return suite_of("conf_manual", tests, sizeof(tests) / sizeof(tests[0]));
}
