#include "role/worker_routes.h"

#include "base/mem.h"
#include "smtp/smtp_route.h"

/* Made for one listener. */
struct table {
	struct table *next;
	struct core_listener *listener;
	struct smtp_routes *routes;
};

struct worker_routes {
	const struct settings *settings;
	struct arena arena;		/* of the files */
	struct vars files;		/* path and text */
	struct table *tables;
};

struct worker_routes *
worker_routes_make(const struct settings *settings)
{
	struct worker_routes *r = mem_zalloc(sizeof(*r));

	r->settings = settings;
	return r;
}

void
worker_routes_free(struct worker_routes **r)
{
	if (*r == NULL)
		return;
	while ((*r)->tables != NULL) {
		struct table *t = (*r)->tables;

		(*r)->tables = t->next;
		smtp_routes_free(&t->routes);
		free(t);
	}
	arena_free(&(*r)->arena);
	free(*r);
	*r = NULL;
}

void
worker_routes_add_file(struct worker_routes *r, struct slice path,
		       struct slice text)
{
	vars_set(&r->files, &r->arena, path, text);
}

static bool
find_file(void *arg, struct slice path, struct slice *text_out)
{
	const struct worker_routes *r = arg;
	const struct var *file = vars_find(&r->files, path);

	if (file == NULL)
		return false;
	*text_out = file->value;
	return true;
}

static struct table *
table_of(struct worker_routes *r, struct core_listener *listener)
{
	struct table *t = r->tables;

	while (t != NULL && t->listener != listener)
		t = t->next;
	if (t != NULL)
		return t;
	t = mem_zalloc(sizeof(*t));
	t->listener = listener;
	t->next = r->tables;
	r->tables = t;
	return t;
}

void
worker_routes_use(struct worker_routes *r, struct core_listener *listener)
{
	struct table *t = table_of(r, listener);
	struct smtp_routes *made;
	struct buf problems;

	buf_init(&problems, 64 * 1024);
	made = smtp_routes_make(r->settings, listener->conf, find_file, r,
				&problems);
	buf_free(&problems);
	if (made == NULL)
		return;
	smtp_routes_free(&t->routes);
	t->routes = made;
	listener->routes = made;
}
