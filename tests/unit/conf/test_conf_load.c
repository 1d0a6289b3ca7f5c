#include "unit.h"

#include "conf/conf_load.h"
#include "temp_dir.h"
#include "conf/zoo.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* ---- what is right ----------------------------------------------------- */

static struct arena arena;
static struct zoo zoo;
static struct buf said;		/* the problems, a line each */

static void
setup(void)
{
	arena = (struct arena){ 0 };
	buf_init(&said, 1 << 20);
}

static void
teardown(void)
{
	arena_free(&arena);
	buf_free(&said);
}

static void
load(struct slice text)
{
	zoo_load(text, &arena, &zoo, &said);
	assert_slice(buf_slice(&said), SL(""));
}

START_TEST(what_is_left_out_has_its_default)
{
	static const struct slice empty[] = {
		SL(""), SL("# nothing\n"), SL("---\n"), SL("{}\n"), SL("~\n"),
		SL("---\n...\n"), SL("# nothing\n---\n# more\n"),
		SL("keepers:\ncage_defaults:\ncages:\nsigns:\n"),
	};

	/* The last has no default keepers: an empty list is a list. */
	for (size_t i = 0; i < COUNT(empty); i++) {
		load(empty[i]);
		ck_assert(zoo.open);
		ck_assert_uint_eq(zoo.animals, 3);
		ck_assert_uint_eq(zoo.area, 4096);
		ck_assert_int_eq(zoo.feed, 300000);
		ck_assert_int_eq(zoo.climate, CLIMATE_MILD);
		assert_slice(zoo.title, SL("my zoo"));
		ck_assert_ptr_null(zoo.key.p);
		ck_assert_uint_eq(zoo.keepers.n, i + 1 < COUNT(empty) ? 2 : 0);
		ck_assert_uint_eq(zoo.nets.n, 0);
		ck_assert_uint_eq(zoo.signs.n, 0);
		ck_assert_uint_eq(zoo.cage_defaults.metres, 10);
		ck_assert(zoo.cage_defaults.lock);
		ck_assert_uint_eq(zoo.cages.n, 0);
	}
}
END_TEST

START_TEST(every_type_is_read_from_yaml)
{
	struct food *food;

	load(SL("open: no\n"
		"animals: 7\n"
		"area: 1M\n"
		"feed: never\n"
		"climate: hot\n"
		"title: \"a \\\"zoo\\\"\"\n"
		"key: 'it''s secret'\n"
		"keepers: [carl, dora, ann and bob]\n"
		"nets:\n- 10.0.0.0/8\n- ::1\n"
		"gates: '*:80'\n"
		"signs: { exit: left, \"wc\": \"\" }\n"
		"food:\n- kind: hay\n  field: north\n- { kind: fish }\n"));
	ck_assert(!zoo.open);
	ck_assert_uint_eq(zoo.animals, 7);
	ck_assert_uint_eq(zoo.area, 1 << 20);
	ck_assert(zoo.feed == CONF_NEVER);
	ck_assert_int_eq(zoo.climate, CLIMATE_HOT);
	assert_slice(zoo.title, SL("a \"zoo\""));
	assert_slice(zoo.key, SL("it's secret"));
	ck_assert_uint_eq(zoo.keepers.n, 3);
	assert_slice(zoo.keepers.v[2], SL("ann and bob"));
	ck_assert_uint_eq(zoo.nets.n, 2);
	ck_assert_uint_eq(zoo.gates.n, 1);
	assert_slice(vars_find(&zoo.signs, SL("exit"))->value, SL("left"));
	assert_slice(vars_find(&zoo.signs, SL("wc"))->value, SL(""));
	ck_assert_uint_eq(zoo.food.n, 2);
	food = CONF_ITEM(zoo.food, food, 0);
	ck_assert_int_eq(food->kind, FOOD_HAY);
	assert_slice(food->field, SL("north"));
	ck_assert_uint_eq(food->grams, 0);
	ck_assert_uint_eq(CONF_ITEM(zoo.food, food, 1)->grams, 100);
}
END_TEST

START_TEST(texts_have_a_nul_behind_them)
{
	load(SL("title: t\nkeepers: [ab]\n"));
	ck_assert_str_eq(zoo.title.p, "t");
	ck_assert_str_eq(zoo.keepers.v[0].p, "ab");
}
END_TEST

START_TEST(an_item_takes_from_the_section_what_it_leaves_out)
{
	struct cage *cage;

	/* The section may stand behind the list. */
	load(SL("open: no\n"
		"cages:\n"
		"- { name: lion }\n"
		"- { name: bear, metres: 20 }\n"
		"- { name: hare, lock: yes }\n"
		"cage_defaults: { lock: no, metres: 30 }\n"));
	ck_assert_uint_eq(zoo.cages.n, 3);
	cage = CONF_ITEM(zoo.cages, cage, 0);
	assert_slice(cage->name, SL("lion"));
	ck_assert_uint_eq(cage->size.metres, 30);
	ck_assert(!cage->size.lock);
	cage = CONF_ITEM(zoo.cages, cage, 1);
	ck_assert_uint_eq(cage->size.metres, 20);
	ck_assert(!cage->size.lock);
	cage = CONF_ITEM(zoo.cages, cage, 2);
	ck_assert_uint_eq(cage->size.metres, 30);
	ck_assert(cage->size.lock);
}
END_TEST

START_TEST(a_section_left_out_gives_its_defaults_to_the_items)
{
	load(SL("cages: [ { name: lion } ]\n"));
	ck_assert_uint_eq(CONF_ITEM(zoo.cages, cage, 0)->size.metres, 10);
	ck_assert(CONF_ITEM(zoo.cages, cage, 0)->size.lock);
}
END_TEST

START_TEST(anchors_stand_for_what_they_name)
{
	load(SL("keepers: &both [ann, bob]\n"
		"cage_defaults: &size { metres: 5 }\n"
		"cages:\n- &lion { name: lion }\n- *lion\n"
		"nets: &n [10.0.0.0/8]\n"
		"title: &t hello\nkey: *t\n"));
	ck_assert_uint_eq(zoo.cages.n, 2);
	assert_slice(CONF_ITEM(zoo.cages, cage, 1)->name, SL("lion"));
	assert_slice(zoo.key, SL("hello"));
}
END_TEST

/* ---- what is wrong ----------------------------------------------------- */

static const struct {
	struct slice text;
	struct slice said;
} wrong[] = {
	/* Keys. */
	{ SL("opne: yes\n"),
	  SL("zoo:1:1: opne: there is no such key in the zoo; did you mean "
	     "open?\n") },
	{ SL("title: x\nsandwich: 1\n"),
	  SL("zoo:2:1: sandwich: there is no such key in the zoo\n") },
	{ SL("cages:\n- name: lion\n  metre: 3\n"),
	  SL("zoo:3:3: metre: there is no such key in cages; did you mean "
	     "metres?\n") },
	{ SL("weather: hot\n"),
	  SL("zoo:1:1: weather: there is no such key in the zoo; did you mean "
	     "climate?\n") },
	{ SL("[a]: 1\n"), SL("zoo:1:1: a key must be a single word\n") },
	{ SL("{a: 1}: 1\n"), SL("zoo:1:1: a key must be a single word\n") },
	{ SL("<<: { title: x }\n"),
	  SL("zoo:1:1: <<: there is no such key in the zoo\n") },
	{ SL("include: other.yaml\n"),
	  SL("zoo:1:10: include: cannot be used here\n") },
	/* Only the top level can include. */
	{ SL("cage_defaults: { include: x }\n"),
	  SL("zoo:1:18: include: there is no such key in cage_defaults\n") },

	/* Values. */
	{ SL("open: maybe\n"), SL("zoo:1:7: open: \"maybe\" is not yes or no\n") },
	{ SL("title: x\nanimals:    1001\n"),
	  SL("zoo:2:13: animals: \"1001\" is not a whole number from 1 to "
	     "1000\n") },
	{ SL("keepers: [ann, \"a\\0b\"]\n"),
	  SL("zoo:1:16: keepers: \"a\" is not a text, or a list of texts\n") },
	{ SL("nets: [10.0.0.0/8, 10.0.0.1/8]\n"),
	  SL("zoo:1:20: nets: \"10.0.0.1/8\" is not a list of addresses or "
	     "networks such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32\n") },

	/* Kinds. */
	{ SL("open: [yes]\n"),
	  SL("zoo:1:7: open: here is a list, it takes yes or no\n") },
	{ SL("open: { x: y }\n"),
	  SL("zoo:1:7: open: here is a mapping, it takes yes or no\n") },
	{ SL("open:\ntitle: x\n"),
	  SL("zoo:1:6: open: here is nothing, it takes yes or no\n") },
	{ SL("title: ~\n"),
	  SL("zoo:1:8: title: here is nothing, it takes a text\n") },
	{ SL("keepers: { ann: bob }\n"),
	  SL("zoo:1:10: keepers: here is a mapping, it takes a text, or a list "
	     "of texts\n") },
	{ SL("keepers: [[ann]]\n"),
	  SL("zoo:1:11: keepers: here is a list, it takes a text, or a list "
	     "of texts\n") },
	{ SL("keepers: [ann, ]\nnets: [ ~ ]\n"),
	  SL("zoo:2:9: nets: here is nothing, it takes a list of addresses or "
	     "networks such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32\n") },
	{ SL("signs: exit\n"),
	  SL("zoo:1:8: signs: here is a single value, it takes a mapping of "
	     "names to texts\n") },
	{ SL("signs: { exit: [left] }\n"),
	  SL("zoo:1:16: signs: a name and its value must be texts\n") },
	{ SL("signs: { exit: \"a\\0b\" }\n"),
	  SL("zoo:1:16: signs: a name and its value must be texts\n") },
	{ SL("signs: { \"a\\0b\": exit }\n"),
	  SL("zoo:1:18: signs: a name and its value must be texts\n") },
	{ SL("signs: { exit: left, exit: right }\n"),
	  SL("zoo:1:22: signs: exit is there already; each name can stand "
	     "once\n") },
	{ SL("cage_defaults: big\n"),
	  SL("zoo:1:16: cage_defaults: here is a single value, it takes a "
	     "mapping of settings\n") },
	{ SL("cage_defaults: [ { metres: 3 } ]\n"),
	  SL("zoo:1:16: cage_defaults: here is a list, it takes a mapping of "
	     "settings\n") },
	{ SL("cages: { name: lion }\n"),
	  SL("zoo:1:8: cages: here is a mapping, it takes a list of "
	     "mappings\n") },
	{ SL("cages:\n- lion\n"),
	  SL("zoo:2:3: cages: here is a single value, it takes a mapping of "
	     "settings\n") },
	{ SL("- open\n"),
	  SL("zoo:1:1: the zoo: here is a list, it takes a mapping of "
	     "settings\n") },
	{ SL("open\n"),
	  SL("zoo:1:1: the zoo: here is a single value, it takes a mapping of "
	     "settings\n") },

	/* Twice, and not at all. */
	{ SL("animals: 1\nopen: no\nanimals: 1\n"),
	  SL("zoo:3:1: animals: is set already, at zoo:1:1; it can stand "
	     "once\n") },
	{ SL("keepers: [ann]\nkeepers: [bob]\n"),
	  SL("zoo:2:1: keepers: is set already, at zoo:1:1; it can stand "
	     "once\n") },
	{ SL("cage_defaults: { metres: 3 }\ncage_defaults: { metres: 4 }\n"),
	  SL("zoo:2:18: metres: is set already, at zoo:1:18; it can stand "
	     "once\n") },
	{ SL("cages:\n- metres: 3\n"),
	  SL("zoo:2:3: cages: name is missing; it takes a text\n") },
	{ SL("cages:\n- {}\n"),
	  SL("zoo:2:3: cages: name is missing; it takes a text\n") },

	/* What has no meaning here. */
	{ SL("food:\n- { kind: hay, field: x, grams: 5 }\n"),
	  SL("zoo:2:26: grams: has no meaning with kind: hay; it belongs to "
	     "meat fish\n") },
	{ SL("food:\n- { field: x, kind: meat }\n"),
	  SL("zoo:2:5: field: has no meaning with kind: meat; it belongs to "
	     "hay\n") },
	{ SL("food:\n- { kind: hay }\n"),
	  SL("zoo:2:5: food: field is missing; it takes a text\n") },

	/* With a selector that is missing or wrong nobody knows what belongs to
	   it: that is not held against the rest. */
	{ SL("food:\n- { field: x }\n"),
	  SL("zoo:2:3: food: kind is missing; it takes meat, fish or hay\n") },
	{ SL("food:\n- { kind: soup, grams: 3, field: x }\n"),
	  SL("zoo:2:11: kind: \"soup\" is not meat, fish or hay\n") },
	{ SL("food:\n- { kind: [hay], grams: 3 }\n"),
	  SL("zoo:2:11: kind: here is a list, it takes meat, fish or hay\n") },

	/* Between settings. */
	{ SL("cages:\n- { name: lion, lock: no }\n"),
	  SL("zoo:2:17: lock: lion needs one, or open: no\n") },
	{ SL("cage_defaults: { lock: no }\ncages:\n- metres: 3\n  name: lion\n"),
	  SL("zoo:3:3: lock: lion needs one, or open: no\n") },

	/* What is no YAML. */
	{ SL("open: yes\n  title: x\n"),
	  SL("zoo:2:8: not YAML: mapping values are not allowed in this "
	     "context\n") },
	{ SL("keepers: [ann\n"),
	  SL("zoo:2:1: not YAML: did not find expected ',' or ']', while "
	     "parsing a flow sequence\n") },
	{ SL("title: \"x\n"),
	  SL("zoo:2:1: not YAML: found unexpected end of stream, while "
	     "scanning a quoted scalar\n") },
	{ SL("gates: *:80\n"), SL("zoo:1:9: not YAML: did not find expected "
				  "alphabetic or numeric character, while "
				  "scanning an alias\n") },
	{ SL("title: *nobody\n"), SL("zoo:1:8: not YAML: found undefined "
				     "alias\n") },
	{ SL("title:\t- x\n  - y\n"), SL("zoo:1:8: not YAML: block sequence "
					 "entries are not allowed in this "
					 "context\n") },

	{ SL("title: a\n# J\xf6rg\n"),
	  SL("zoo:2:5: not YAML: invalid trailing UTF-8 octet\n") },
	{ SL("title: \xc3\xa4\xc3\xa4 \xc3(\n"),
	  SL("zoo:1:12: not YAML: invalid trailing UTF-8 octet\n") },
	{ SL("title: a\n\n  \x01\n"),
	  SL("zoo:3:3: not YAML: control characters are not allowed\n") },

	/* More than one document. */
	{ SL("title: x\n---\nopen: no\n"),
	  SL("zoo:3:1: here a second document begins; a file has one\n") },
	{ SL("---\ntitle: x\n...\n---\n[]\n---\n[]\n"),
	  SL("zoo:5:1: here a second document begins; a file has one\n") },
	{ SL("title: x\n...\nopen: [\n"),
	  SL("zoo:3:1: not YAML: did not find expected <document start>\n") },
	{ SL("title: x\n---\nopen: [\n"),
	  SL("zoo:4:1: not YAML: did not find expected node content, while "
	     "parsing a flow node\n") },

	/* What contains itself. */
	{ SL("cage_defaults: &d { metres: *d }\n"),
	  SL("zoo:1:16: metres: here is a mapping, it takes a whole number "
	     "from 1 to 99\n") },
	{ SL("cages: &c [ *c ]\n"),
	  SL("zoo:1:8: cages: here is a list, it takes a mapping of "
	     "settings\n") },
	{ SL("keepers: &k [ *k ]\n"),
	  SL("zoo:1:10: keepers: here is a list, it takes a text, or a list of "
	     "texts\n") },
	{ SL("&z\ncage_defaults: *z\n"),
	  SL("zoo:2:1: cage_defaults: there is no such key in "
	     "cage_defaults\n") },
	{ SL("signs: &s { a: *s }\n"),
	  SL("zoo:1:8: signs: a name and its value must be texts\n") },
};

START_TEST(each_mistake_is_said_with_its_place)
{
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct slice text = exact_copy(wrong[i].text, wrong[i].text.n);

		buf_clear(&said);
		ck_assert_msg(!zoo_load(text, &arena, &zoo, &said), "row %zu",
			      i);
		assert_slice(buf_slice(&said), wrong[i].said);
		free_copy(text);
	}
}
END_TEST

START_TEST(all_mistakes_are_said_in_the_order_of_their_places)
{
	zoo_load(SL("food:\n"
		    "- { kind: hay }\n"
		    "opne: yes\n"
		    "climate: wet\n"
		    "cages:\n"
		    "- { name: lion, metres: 0, lock: x }\n"
		    "- {}\n"), &arena, &zoo, &said);
	assert_slice(buf_slice(&said),
		     SL("zoo:2:5: food: field is missing; it takes a text\n"
			"zoo:3:1: opne: there is no such key in the zoo; did "
			"you mean open?\n"
			"zoo:4:10: climate: \"wet\" is not cold, mild or hot\n"
			"zoo:6:25: metres: \"0\" is not a whole number from 1 "
			"to 99\n"
			"zoo:6:34: lock: \"x\" is not yes or no\n"
			"zoo:7:3: cages: name is missing; it takes a text\n"));
}
END_TEST

START_TEST(nobody_is_told_more_than_a_hundred_mistakes)
{
	struct conf_problems problems;
	struct buf text;

	buf_init(&text, 100000);
	buf_add(&text, SL("nets:\n"));
	for (int i = 0; i < 500; i++)
		buf_add(&text, SL("- x\n"));
	zoo = (struct zoo){ 0 };
	ck_assert(!conf_load_text(&zoo_table, "zoo", buf_slice(&text), &arena,
				  &zoo, &problems));
	ck_assert_uint_eq(problems.n, CONF_MAX_PROBLEMS);
	buf_free(&text);
}
END_TEST

START_TEST(a_problem_of_the_whole_has_no_line)
{
	const struct conf_problem p = { .file = "x.yaml", .text = SL("bad") };

	conf_problem_write(&p, &said);
	assert_slice(buf_slice(&said), SL("x.yaml: bad"));
}
END_TEST

/* ---- files ------------------------------------------------------------- */

static struct temp_dir dir;

static void
setup_files(void)
{
	setup();
	temp_dir_make(&dir);
}

static void
teardown_files(void)
{
	temp_dir_remove(&dir);
	teardown();
}

/* Takes the folder's own name out of s, wherever it stands in front of a
   file's. */
static struct slice
without_dir(struct slice s)
{
	static struct buf out = { .max = 1 << 20 };

	buf_clear(&out);
	while (s.n > 0) {
		if (slice_starts(s, dir.path)) {
			s = slice_skip(s, dir.path.n + 1);
			continue;
		}
		buf_add(&out, slice_first(s, 1));
		s = slice_skip(s, 1);
	}
	return buf_slice(&out);
}

/* Loads zoo.yaml of the folder; the problems, without the folder's name. */
static struct slice
load_files(void)
{
	struct conf_problems problems;

	zoo = (struct zoo){ 0 };
	conf_load_file(&zoo_table, temp_dir_path(&dir, "zoo.yaml").p, &arena,
		       &zoo, &problems);
	buf_clear(&said);
	zoo_write_problems(&problems, &said);
	return without_dir(buf_slice(&said));
}

START_TEST(a_pattern_names_files_beside_the_one_that_includes)
{
	temp_dir_write(&dir, "zoo.yaml", SL("include: conf.d/*.yaml\n"
					    "title: hello\n"));
	temp_dir_write(&dir, "conf.d/b.yaml", SL("animals: 7\n"));
	temp_dir_write(&dir, "conf.d/a.yaml", SL("include: more/c.yaml\n"));
	temp_dir_write(&dir, "conf.d/more/c.yaml", SL("open: no\n"));
	temp_dir_write(&dir, "conf.d/readme.txt", SL("no: yaml: [\n"));
	temp_dir_write(&dir, "conf.d/z.yaml", SL("# nothing\n"));
	assert_slice(load_files(), SL(""));
	ck_assert_uint_eq(zoo.animals, 7);
	ck_assert(!zoo.open);
	assert_slice(zoo.title, SL("hello"));
}
END_TEST

START_TEST(lists_grow_from_file_to_file_in_the_order_of_their_names)
{
	static const struct slice names[] = { SL("zero"), SL("one"), SL("two"),
					      SL("three") };

	temp_dir_write(&dir, "zoo.yaml", SL("cages: [ { name: zero } ]\n"
					    "include: [ d/*, last.yaml ]\n"));
	temp_dir_write(&dir, "d/2", SL("cages: [ { name: two } ]\n"
				       "cage_defaults: { metres: 4 }\n"));
	temp_dir_write(&dir, "d/1", SL("cages: [ { name: one } ]\n"));
	temp_dir_write(&dir, "last.yaml", SL("cages: [ { name: three } ]\n"
					     "cage_defaults: { lock: yes }\n"));
	assert_slice(load_files(), SL(""));
	ck_assert_uint_eq(zoo.cages.n, COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++) {
		struct cage *cage = CONF_ITEM(zoo.cages, cage, i);

		assert_slice(cage->name, names[i]);
		ck_assert_uint_eq(cage->size.metres, 4);
	}
}
END_TEST

START_TEST(a_pattern_may_match_nothing_but_a_name_must_be_there)
{
	temp_dir_write(&dir, "zoo.yaml", SL("include: [ d/*.yaml, x.yaml ]\n"));
	assert_slice(load_files(),
		     SL("zoo.yaml:1:22: x.yaml: cannot be read: No such file or "
			"directory\n"));
}
END_TEST

START_TEST(a_file_that_is_not_there_has_no_line)
{
	assert_slice(load_files(), SL("zoo.yaml: cannot be read: No such "
				      "file or directory\n"));
}
END_TEST

START_TEST(a_mistake_is_said_with_the_file_it_is_in)
{
	temp_dir_write(&dir, "zoo.yaml", SL("include: d/*\nopen: maybe\n"));
	temp_dir_write(&dir, "d/b", SL("\n\n  animals: x\n"));
	temp_dir_write(&dir, "d/a", SL("title: [\n"));
	temp_dir_write(&dir, "d/c", SL("feed: 5m\nfeed: 6m\n"));
	temp_dir_write(&dir, "d/d", SL("feed: 7m\n"));
	assert_slice(load_files(),
		     SL("d/a:2:1: not YAML: did not find expected node content, "
			"while parsing a flow node\n"
			"d/b:3:12: animals: \"x\" is not a whole number from 1 "
			"to 1000\n"
			"d/c:2:1: feed: is set already, at d/c:1:1; it can "
			"stand once\n"
			"d/d:1:1: feed: is set already, at d/c:1:1; it can "
			"stand once\n"
			"zoo.yaml:2:7: open: \"maybe\" is not yes or no\n"));
}
END_TEST

START_TEST(a_file_is_included_once)
{
	temp_dir_write(&dir, "zoo.yaml", SL("title: x\ninclude: '*.yaml'\n"));
	assert_slice(load_files(), SL("zoo.yaml:2:10: zoo.yaml: is read "
				      "already; each file is included once\n"));

	temp_dir_write(&dir, "zoo.yaml", SL("include: [a, a]\n"));
	temp_dir_write(&dir, "a", SL("include: b\n"));
	temp_dir_write(&dir, "b", SL("include: a\n"));
	assert_slice(load_files(), SL("b:1:10: a: is read already; each file is "
				      "included once\n"
				      "zoo.yaml:1:14: a: is read already; each "
				      "file is included once\n"));
}
END_TEST

START_TEST(includes_go_only_so_deep)
{
	temp_dir_write(&dir, "zoo.yaml", SL("include: d1\n"));
	for (int i = 1; i <= CONF_MAX_DEPTH + 1; i++) {
		char name[20], text[30];

		snprintf(name, sizeof(name), "d%d", i);
		snprintf(text, sizeof(text), "include: d%d\n", i + 1);
		temp_dir_write(&dir, name, slice_of(text));
	}
	assert_slice(load_files(), SL("d8:1:10: d9: includes nested too "
				      "deeply\n"));
}
END_TEST

START_TEST(what_is_no_file_cannot_be_read)
{
	temp_dir_write(&dir, "zoo.yaml", SL("include: d\n"));
	temp_dir_write(&dir, "d/x", SL(""));
	assert_slice(load_files(), SL("zoo.yaml:1:10: d: cannot be read: Is a "
				      "directory\n"));
}
END_TEST

START_TEST(a_file_has_a_maximum)
{
	struct buf text;

	buf_init(&text, CONF_MAX_FILE + 1);
	while (buf_room(&text) >= 5000) {
		for (int i = 0; i < 4999; i++)
			buf_add_char(&text, '#');
		buf_add_char(&text, '\n');
	}
	while (buf_room(&text) > 1)
		buf_add_char(&text, '\n');
	temp_dir_write(&dir, "zoo.yaml", buf_slice(&text));
	assert_slice(load_files(), SL(""));
	buf_add_char(&text, '\n');
	temp_dir_write(&dir, "zoo.yaml", buf_slice(&text));
	assert_slice(load_files(), SL("zoo.yaml: cannot be read: File "
				      "too large\n"));
	buf_free(&text);
}
END_TEST

START_TEST(an_include_is_a_name_or_names)
{
	temp_dir_write(&dir, "zoo.yaml", SL("include: { a: b }\n"));
	assert_slice(load_files(),
		     SL("zoo.yaml:1:10: include: takes a file name or a pattern "
			"such as conf.d/*.yaml\n"));
	temp_dir_write(&dir, "zoo.yaml", SL("include:\n"));
	assert_slice(load_files(),
		     SL("zoo.yaml:1:9: include: takes a file name or a pattern "
			"such as conf.d/*.yaml\n"));
	temp_dir_write(&dir, "zoo.yaml", SL("include: [[a]]\n"));
	assert_slice(load_files(),
		     SL("zoo.yaml:1:11: include: takes a file name or a pattern "
			"such as conf.d/*.yaml\n"));
}
END_TEST

Suite *
suite_conf_load(void)
{
	const TTest *const tests[] = {
		what_is_left_out_has_its_default,
		every_type_is_read_from_yaml,
		texts_have_a_nul_behind_them,
		an_item_takes_from_the_section_what_it_leaves_out,
		a_section_left_out_gives_its_defaults_to_the_items,
		anchors_stand_for_what_they_name,
		each_mistake_is_said_with_its_place,
		all_mistakes_are_said_in_the_order_of_their_places,
		nobody_is_told_more_than_a_hundred_mistakes,
		a_problem_of_the_whole_has_no_line,
	};
	const TTest *const file_tests[] = {
		a_pattern_names_files_beside_the_one_that_includes,
		lists_grow_from_file_to_file_in_the_order_of_their_names,
		a_pattern_may_match_nothing_but_a_name_must_be_there,
		a_file_that_is_not_there_has_no_line,
		a_mistake_is_said_with_the_file_it_is_in,
		a_file_is_included_once,
		includes_go_only_so_deep,
		what_is_no_file_cannot_be_read,
		a_file_has_a_maximum,
		an_include_is_a_name_or_names,
	};
	Suite *suite = suite_create("conf_load");
	TCase *texts = tcase_create("texts"), *files = tcase_create("files");

	tcase_add_checked_fixture(texts, setup, teardown);
	for (size_t i = 0; i < COUNT(tests); i++)
		tcase_add_test(texts, tests[i]);
	suite_add_tcase(suite, texts);
	tcase_add_checked_fixture(files, setup_files, teardown_files);
	for (size_t i = 0; i < COUNT(file_tests); i++)
		tcase_add_test(files, file_tests[i]);
	suite_add_tcase(suite, files);
	return suite;
}
