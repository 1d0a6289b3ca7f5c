#include "zoo.h"

#include <check.h>

#define AT_DEFAULTS(m) .at = offsetof(struct cage_size, m)
#define AT_CAGE(m) .at = offsetof(struct cage, size.m)
#define SIZE_ROWS(at_member)                                          \
	{                                                             \
		.key = "metres", .type = CONF_COUNT, .def = "10",     \
		.min = "1", .max = "99", at_member(metres),           \
		.doc = "How wide it is.",                             \
	},                                                            \
	{                                                             \
		.key = "lock", .type = CONF_BOOL, .def = "yes",       \
		at_member(lock), .doc = "Whether it can be locked.",  \
	}

static const struct conf_field cage_default_rows[] = {
	SIZE_ROWS(AT_DEFAULTS),
};
static const struct conf_table cage_default_table = {
	.name = "cage_defaults", .size = sizeof(struct cage_size),
	CONF_FIELDS(cage_default_rows), .doc = "What cages are like.",
};

static const struct conf_field cage_rows[] = {
	{
		.key = "name", .type = CONF_TEXT, .required = true,
		CONF_AT(cage, name), .sample = "tiger",
		.doc = "Who lives there.",
	},
	SIZE_ROWS(AT_CAGE),
};
static const struct conf_table cage_table = {
	.name = "cages", .size = sizeof(struct cage), CONF_FIELDS(cage_rows),
	.doc = "Where the animals live.",
};

static const struct conf_word food_kinds[] = {
	{ "meat", FOOD_MEAT }, { "fish", FOOD_FISH }, { "hay", FOOD_HAY },
	{ NULL, 0 },
};
static const struct conf_field food_rows[] = {
	{
		.key = "kind", .type = CONF_ENUM, .required = true,
		CONF_AT(food, kind), .words = food_kinds, .sample = "meat",
		.doc = "What it is.",
	},
	{
		.key = "grams", .type = CONF_COUNT, .def = "100",
		.only = "meat fish", CONF_AT(food, grams),
		.doc = "How much of it.",
	},
	{
		.key = "field", .type = CONF_TEXT, .required = true,
		.only = "hay", CONF_AT(food, field), .sample = "north",
		.doc = "Where it grew.",
	},
};
static const struct conf_table food_table = {
	.name = "food", .size = sizeof(struct food), CONF_FIELDS(food_rows),
	.selector = "kind", .doc = "What the animals eat.",
};

static const struct conf_word climates[] = {
	{ "cold", CLIMATE_COLD }, { "mild", CLIMATE_MILD },
	{ "hot", CLIMATE_HOT }, { NULL, 0 },
};
static const struct conf_field zoo_rows[] = {
	{
		.key = "open", .type = CONF_BOOL, .def = "yes",
		CONF_AT(zoo, open), .fragment = "10-zoo",
		.doc = "Whether visitors may come.",
	},
	{
		.key = "animals", .type = CONF_COUNT, .def = "3", .min = "1",
		.max = "1000", CONF_AT(zoo, animals), .fragment = "10-zoo",
		.doc = "How many there are.",
	},
	{
		.key = "area", .type = CONF_SIZE, .def = "4k", .min = "1k",
		.max = "16M", CONF_AT(zoo, area), .fragment = "10-zoo",
		.doc = "How large it is.",
	},
	{
		.key = "feed", .type = CONF_DURATION, .def = "5m", .min = "1s",
		CONF_AT(zoo, feed), .fragment = "10-zoo",
		.dovecot = "login_feed",
		.doc = "How often the animals are fed.",
	},
	{
		.key = "climate", .type = CONF_ENUM, .def = "mild",
		.words = climates, CONF_AT(zoo, climate), .fragment = "10-zoo",
		.dovecot = "weather",
		.doc = "What the weather is like.",
	},
	{
		.key = "title", .type = CONF_TEXT, .def = "my zoo",
		CONF_AT(zoo, title), .fragment = "10-zoo",
		.doc = "What stands over the gate.",
	},
	{
		.key = "key", .type = CONF_SECRET, CONF_AT(zoo, key),
		.sample = "abc", .fragment = "10-zoo",
		.doc = "What opens the gate.",
	},
	{
		.key = "keepers", .type = CONF_TEXTS, .def = "ann bob",
		CONF_AT(zoo, keepers), .fragment = "10-zoo",
		.doc = "Who works there.",
	},
	{
		.key = "nets", .type = CONF_NETS, CONF_AT(zoo, nets),
		.sample = "[10.0.0.0/8]", .fragment = "20-more",
		.doc = "Where visitors come from.",
	},
	{
		.key = "gates", .type = CONF_ENDPOINTS, CONF_AT(zoo, gates),
		.sample = "[\"*:80\"]", .fragment = "20-more",
		.doc = "Where they get in.",
	},
	{
		.key = "signs", .type = CONF_VARS, CONF_AT(zoo, signs),
		.sample = "{ exit: left }", .fragment = "20-more",
		.doc = "Where things are.",
	},
	{
		.key = "cage_defaults", .type = CONF_SECTION,
		CONF_AT(zoo, cage_defaults), .table = &cage_default_table,
		.fragment = "20-more",
		.doc = "See below.",
	},
	{
		.key = "cages", .type = CONF_LIST, CONF_AT(zoo, cages),
		.table = &cage_table, .inherit = "cage_defaults",
		.sample = "\n- { name: lion }\n- { name: bear, metres: 20 }",
		.fragment = "20-more",
		.doc = "See below.",
	},
	{
		.key = "food", .type = CONF_LIST, CONF_AT(zoo, food),
		.table = &food_table, .fragment = "20-more",
		.sample = "\n- { kind: fish }",
		.doc = "See below.",
	},
};

static void
check_zoo(struct conf_check *c, void *members)
{
	struct zoo *zoo = members;

	for (size_t i = 0; zoo->open && i < zoo->cages.n; i++) {
		struct cage *cage = CONF_ITEM(zoo->cages, cage, i);

		if (!cage->size.lock)
			conf_complain(c, &cage->size.lock,
				      "lock: %.*s needs one, or open: no",
				      SL_FMT(cage->name));
	}
}

const struct conf_table zoo_table = {
	.name = "the zoo", .size = sizeof(struct zoo), CONF_FIELDS(zoo_rows),
	.doc = "", .check = check_zoo,
};

const struct conf_field *
zoo_field(const char *key)
{
	const struct conf_field *f = conf_field_find(&zoo_table, slice_of(key));

	ck_assert_ptr_nonnull(f);
	return f;
}

void
zoo_write_problems(const struct conf_problems *problems, struct buf *out)
{
	for (size_t i = 0; i < problems->n; i++) {
		conf_problem_write(&problems->v[i], out);
		buf_add_char(out, '\n');
	}
	ck_assert(buf_ok(out));
}

bool
zoo_load(struct slice text, struct arena *a, struct zoo *zoo,
	 struct buf *problems)
{
	struct conf_problems found;
	bool good;

	*zoo = (struct zoo){ 0 };
	good = conf_load_text(&zoo_table, "zoo", text, a, zoo, &found);
	ck_assert_int_eq(good, found.n == 0);
	zoo_write_problems(&found, problems);
	return good;
}
