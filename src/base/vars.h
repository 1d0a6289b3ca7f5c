/* An ordered list of name and value: forwarded variables, extra fields. */
#ifndef BASE_VARS_H
#define BASE_VARS_H

#include "base/arena.h"
#include "base/slice.h"

struct var {
	struct slice name, value;
};

/* Items and their octets live in whatever arena they were put in. */
struct vars {
	struct var *v;
	size_t n, cap;
};

/* Copies name and value into a. A name already there keeps its place and gets
   the new value; names compare as they are. */
void vars_set(struct vars *vars, struct arena *a, struct slice name,
	      struct slice value);

/* NULL when there is no such name. */
const struct var *vars_find(const struct vars *vars, struct slice name);

#endif
