#include "base/vars.h"

const struct var *
vars_find(const struct vars *vars, struct slice name)
{
	for (size_t i = 0; i < vars->n; i++) {
		if (slice_eq(vars->v[i].name, name))
			return &vars->v[i];
	}
	return NULL;
}

/* The old array stays in the arena; lists are short and logins are too. */
static void
make_room(struct vars *vars, struct arena *a)
{
	struct var *grown;

	if (vars->n < vars->cap)
		return;
	vars->cap = vars->cap == 0 ? 4 : vars->cap * 2;
	grown = arena_alloc(a, vars->cap * sizeof(*grown));
	if (vars->n > 0)
		memcpy(grown, vars->v, vars->n * sizeof(*grown));
	vars->v = grown;
}

void
vars_set(struct vars *vars, struct arena *a, struct slice name,
	 struct slice value)
{
	struct var *var = NULL;

	for (size_t i = 0; i < vars->n && var == NULL; i++) {
		if (slice_eq(vars->v[i].name, name))
			var = &vars->v[i];
	}
	if (var == NULL) {
		make_room(vars, a);
		var = &vars->v[vars->n++];
		var->name = arena_copy(a, name);
	}
	var->value = arena_copy(a, value);
}
