/* A table with every type of field, for tests that must not depend on what
   usher's own settings happen to be. */
#ifndef TESTS_UNIT_CONF_ZOO_H
#define TESTS_UNIT_CONF_ZOO_H

#include "base/buf.h"
#include "conf/conf_field.h"
#include "conf/conf_load.h"

enum climate { CLIMATE_COLD = 7, CLIMATE_MILD, CLIMATE_HOT };
enum food_kind { FOOD_MEAT, FOOD_FISH, FOOD_HAY };

struct cage_size {
	uint64_t metres;
	bool lock;
};

struct cage {
	struct slice name;
	struct cage_size size;
};

struct food {
	int kind;			/* enum food_kind */
	uint64_t grams;
	struct slice field;
};

struct zoo {
	bool open;
	uint64_t animals, area;
	int64_t feed;
	int climate;			/* enum climate */
	struct slice title, key;
	struct conf_texts keepers;
	struct addr_nets nets;
	struct conf_endpoints gates;
	struct vars signs;
	struct cage_size cage_defaults;
	struct conf_list cages;		/* struct cage */
	struct conf_list food;		/* struct food */
};

/* Its check asks that an open zoo has no cage without a lock. */
extern const struct conf_table zoo_table;

/* The row for a key. */
const struct conf_field *zoo_field(const char *key);

/* Loads text as the file "zoo"; what was wrong is appended to problems, a line
   each. */
bool zoo_load(struct slice text, struct arena *a, struct zoo *zoo,
	      struct buf *problems);

/* Appends the problems, a line each. */
void zoo_write_problems(const struct conf_problems *problems, struct buf *out);

#endif
