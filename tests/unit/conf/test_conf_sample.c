#include "unit.h"

#include "conf/conf_doc.h"
#include "conf/conf_sample.h"
#include "conf/settings.h"
#include "conf/zoo.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

START_TEST(a_fragment_has_every_key_in_a_comment)
{
	struct buf out;

	buf_init(&out, 100000);
	conf_sample_fragment(&zoo_table, SL("20-more"), &out);
	assert_slice(buf_slice(&out), SL(
"# Lines that begin with \"# \" explain. Take the \"#\" from one without that blank\n"
"# to set what it says. The values are the defaults, unless it says otherwise.\n"
"# See usher.yaml(5).\n"
"\n"
"# Where visitors come from.\n"
"# (an example)\n"
"#nets: [10.0.0.0/8]\n"
"\n"
"# Where they get in.\n"
"# (an example)\n"
"#gates: [\"*:80\"]\n"
"\n"
"# Where things are.\n"
"# (an example)\n"
"#signs: { exit: left }\n"
"\n"
"# What cages are like.\n"
"cage_defaults:\n"
"  # How wide it is.\n"
"  # (from 1 to 99)\n"
"  #metres: 10\n"
"\n"
"  # Whether it can be locked.\n"
"  #lock: yes\n"
"\n"
"# Where the animals live.\n"
"cages:\n"
"  #- { name: lion }\n"
"  #- { name: bear, metres: 20 }\n"
"\n"
"  # All that an entry can say:\n"
"\n"
"  # Who lives there.\n"
"  # (required; an example)\n"
"  #- name: tiger\n"
"\n"
"    # And every key of cage_defaults, for this entry alone.\n"
"\n"
"# What the animals eat.\n"
"food:\n"
"  #- { kind: fish }\n"
"\n"
"  # All that an entry can say:\n"
"\n"
"  # What it is.\n"
"  # (meat, fish or hay; required; an example)\n"
"  #- kind: meat\n"
"\n"
"    # How much of it.\n"
"    # (only with kind: meat or fish)\n"
"    #grams: 100\n"
"\n"
"    # Where it grew.\n"
"    # (only with kind: hay; required; an example)\n"
"    #field: north\n"));
	buf_free(&out);
}
END_TEST

START_TEST(the_main_file_lists_what_the_fragments_have)
{
	struct buf out;

	buf_init(&out, 100000);
	conf_sample_main(&zoo_table, &out);
	buf_add_char(&out, '\0');
	ck_assert_ptr_nonnull(strstr(out.p,
		"#   10-zoo.yaml\n"
		"#       open, animals, area, feed, climate, title, key, "
		"keepers\n"
		"#   20-more.yaml\n"
		"#       nets, gates, signs, cage_defaults, cages, food\n"));
	ck_assert_ptr_nonnull(strstr(out.p, "\ninclude: conf.d/*.yaml\n"));
	buf_free(&out);
}
END_TEST

/* ---- uncommenting ------------------------------------------------------ */

/* "  #key: value", in any depth. */
static bool
is_setting(struct slice line)
{
	while (line.n > 0 && line.p[0] == ' ')
		line = slice_skip(line, 1);
	return line.n > 1 && line.p[0] == '#' && line.p[1] != ' ';
}

/* Whether it begins an entry of a list. */
static bool
begins_entry(struct slice line)
{
	size_t at = slice_index(line, '#');

	return is_setting(line) && line.p[at + 1] == '-';
}

static void
add_uncommented(struct slice line, struct buf *out)
{
	size_t at = slice_index(line, '#');

	BUF_ADD(out, slice_first(line, at), slice_skip(line, at + 1), SL("\n"));
}

/* All fragments of usher's own settings, one behind the other. */
static void
all_fragments(struct buf *out)
{
	struct slice fragment;

	for (size_t row = 0;
	     conf_sample_next(&settings_table, &row, &fragment);)
		conf_sample_fragment(&settings_table, fragment, out);
	ck_assert(buf_ok(out));
}

/* What may be said of a sample of which only a part is set; anything else says
   that the sample is wrong. */
static bool
is_about_the_rest(struct slice text)
{
	static const char *const fine[] = {
		"has no meaning with", "is missing",
	};
	struct buf copy;
	bool found = false;

	buf_init(&copy, 10000);
	BUF_ADD(&copy, text, SL("\0"));
	for (size_t i = 0; i < COUNT(fine); i++)
		found = found || strstr(copy.p, fine[i]) != NULL;
	buf_free(&copy);
	return found;
}

static struct slice
line_of(struct slice text, size_t number)
{
	struct slice line = { 0 };

	while (number-- > 0 && slice_cut(&text, '\n', &line))
		;
	return line;
}

static void
check_yaml(struct slice yaml)
{
	struct conf_table table = settings_table;
	struct conf_problems problems;
	struct settings *s = calloc(1, sizeof(*s));
	struct arena a = { 0 };

	/* What is wrong between settings is not the sample's business. */
	table.check = NULL;
	conf_load_text(&table, "sample", yaml, &a, s, &problems);
	for (size_t i = 0; i < problems.n; i++)
		ck_assert_msg(is_about_the_rest(problems.v[i].text),
			      "%zu: %.*s: %.*s", problems.v[i].line,
			      SL_FMT(problems.v[i].text),
			      SL_FMT(line_of(yaml, problems.v[i].line)));
	arena_free(&a);
	free(s);
}

START_TEST(as_they_are_the_fragments_set_nothing)
{
	struct buf sample, dump, empty;
	struct settings s = { 0 }, none = { 0 };
	struct conf_table table = settings_table;
	struct conf_problems problems;
	struct arena a = { 0 };

	buf_init(&sample, 1 << 20);
	buf_init(&dump, 1 << 20);
	buf_init(&empty, 1 << 20);
	table.check = NULL;
	all_fragments(&sample);
	ck_assert(conf_load_text(&table, "sample", buf_slice(&sample), &a, &s,
				 &problems));
	ck_assert(conf_load_text(&table, "empty", SL(""), &a, &none,
				 &problems));
	settings_dump(&s, true, &dump);
	settings_dump(&none, true, &empty);
	assert_slice(buf_slice(&dump), buf_slice(&empty));
	buf_free(&sample);
	buf_free(&dump);
	buf_free(&empty);
	arena_free(&a);
}
END_TEST

START_TEST(all_keys_uncommented_are_keys)
{
	struct buf sample, yaml;
	struct slice rest, line;

	buf_init(&sample, 1 << 20);
	buf_init(&yaml, 1 << 20);
	all_fragments(&sample);
	rest = buf_slice(&sample);
	while (slice_cut(&rest, '\n', &line)) {
		if (is_setting(line))
			add_uncommented(line, &yaml);
		else
			BUF_ADD(&yaml, line, SL("\n"));
	}
	check_yaml(buf_slice(&yaml));
	buf_free(&sample);
	buf_free(&yaml);
}
END_TEST

/* The sample with one line uncommented, and the line that begins its entry;
   SIZE_MAX is none. */
static void
check_one(struct slice sample, size_t one, size_t entry)
{
	struct buf yaml;
	struct slice line;

	buf_init(&yaml, 1 << 20);
	for (size_t n = 0; slice_cut(&sample, '\n', &line); n++) {
		if (n == one || n == entry)
			add_uncommented(line, &yaml);
		else
			BUF_ADD(&yaml, line, SL("\n"));
	}
	check_yaml(buf_slice(&yaml));
	buf_free(&yaml);
}

START_TEST(each_line_uncommented_is_valid)
{
	struct buf sample;
	struct slice rest, line;
	size_t entry = SIZE_MAX, entry_column = 0, count = 0;

	buf_init(&sample, 1 << 20);
	all_fragments(&sample);
	rest = buf_slice(&sample);
	for (size_t n = 0; slice_cut(&rest, '\n', &line); n++) {
		size_t column = slice_index(line, '#');

		if (!is_setting(line))
			continue;
		if (begins_entry(line)) {
			entry = n;
			entry_column = column;
		}
		/* What stands further out is no part of the entry. */
		if (column <= entry_column && !begins_entry(line))
			entry = SIZE_MAX;
		check_one(buf_slice(&sample), n, entry);
		count++;
	}
	ck_assert_uint_gt(count, 60);
	buf_free(&sample);
}
END_TEST

START_TEST(no_prose_is_wider_than_the_page)
{
	struct buf sample;
	struct slice rest, line;

	buf_init(&sample, 1 << 20);
	conf_sample_main(&settings_table, &sample);
	all_fragments(&sample);
	rest = buf_slice(&sample);
	while (slice_cut(&rest, '\n', &line)) {
		ck_assert_msg(line.n <= CONF_DOC_WIDTH || is_setting(line),
			      "%.*s", SL_FMT(line));
		ck_assert_msg(line.n == 0 || line.p[line.n - 1] != ' ', "%.*s",
			      SL_FMT(line));
	}
	buf_free(&sample);
}
END_TEST

/* A default that is shown is the default: setting it changes nothing. */
START_TEST(uncommenting_a_default_changes_nothing)
{
	static const struct slice lines[] = {
		SL("login: { greeting: usher ready. }\n"),
		SL("login: { mechanisms: [PLAIN, LOGIN] }\n"),
		SL("director: { username_hash: \"%Lu\" }\n"),
	};
	struct buf sample, with, without;

	buf_init(&sample, 1 << 20);
	all_fragments(&sample);
	buf_add_char(&sample, '\0');
	ck_assert_ptr_nonnull(strstr(sample.p, "\n  #greeting: usher ready.\n"));
	ck_assert_ptr_nonnull(strstr(sample.p,
				     "\n  #mechanisms: [PLAIN, LOGIN]\n"));
	ck_assert_ptr_nonnull(strstr(sample.p,
				     "\n  #username_hash: \"%Lu\"\n"));
	buf_init(&with, 1 << 20);
	buf_init(&without, 1 << 20);
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct conf_table table = settings_table;
		struct settings set = { 0 }, unset = { 0 };
		struct conf_problems problems;
		struct arena a = { 0 };

		table.check = NULL;
		ck_assert(conf_load_text(&table, "s", lines[i], &a, &set,
					 &problems));
		ck_assert(conf_load_text(&table, "s", SL(""), &a, &unset,
					 &problems));
		buf_clear(&with);
		buf_clear(&without);
		settings_dump(&set, true, &with);
		settings_dump(&unset, true, &without);
		assert_slice(buf_slice(&with), buf_slice(&without));
		arena_free(&a);
	}
	buf_free(&sample);
	buf_free(&with);
	buf_free(&without);
}
END_TEST

Suite *
suite_conf_sample(void)
{
	const TTest *const tests[] = {
		a_fragment_has_every_key_in_a_comment,
		the_main_file_lists_what_the_fragments_have,
		as_they_are_the_fragments_set_nothing,
		all_keys_uncommented_are_keys,
		each_line_uncommented_is_valid,
		no_prose_is_wider_than_the_page,
		uncommenting_a_default_changes_nothing,
	};

	return suite_of("conf_sample", tests, COUNT(tests));
}
