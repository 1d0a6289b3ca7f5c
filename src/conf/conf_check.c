/* What is wrong, and where things were set. */
#include "conf/conf_private.h"

#include <stdarg.h>

#include "base/mem.h"

/* ---- complaints -------------------------------------------------------- */

static void
add_problem(struct conf_check *c, struct conf_place at, struct slice text)
{
	struct conf_problem *p;

	if (c->problems.n == CONF_MAX_PROBLEMS)
		return;
	if (c->problems.v == NULL)
		c->problems.v = arena_alloc(
			c->a, CONF_MAX_PROBLEMS * sizeof(*c->problems.v));
	p = &c->problems.v[c->problems.n++];
	p->file = at.file;
	p->line = at.line;
	p->column = at.column;
	p->text = text;
}

void
conf_complain_at(struct conf_check *c, struct conf_place at, const char *fmt,
		 ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();	/* out of memory, as in mem.c */
	va_end(args);
	add_problem(c, at, arena_copy(c->a, slice_of(text)));
	free(text);
}

static int
by_place(const void *one, const void *other)
{
	const struct conf_problem *a = one, *b = other;
	int order = strcmp(a->file, b->file);

	if (order != 0)
		return order;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->column < b->column ? -1 : a->column > b->column;
}

void
conf_problem_write(const struct conf_problem *p, struct buf *out)
{
	buf_add(out, slice_of(p->file));
	if (p->line > 0)
		buf_addf(out, ":%zu:%zu", p->line, p->column);
	BUF_ADD(out, SL(": "), p->text);
}

/* ---- where things were set --------------------------------------------- */

void
conf_mark(struct conf_check *c, struct conf_mark m)
{
	struct conf_places *p = &c->places;

	if (p->n == p->cap) {
		p->cap = p->cap == 0 ? 64 : p->cap * 2;
		p->v = mem_realloc(p->v, p->cap * sizeof(*p->v));
	}
	p->v[p->n++] = m;
}

struct conf_mark *
conf_find_mark(const struct conf_check *c, const void *member,
	       const struct conf_field *field)
{
	for (size_t i = 0; i < c->places.n; i++) {
		struct conf_mark *m = &c->places.v[i];

		if (m->member == member && m->field == field)
			return m;
	}
	return NULL;
}

/* A section begins at the address of its first member: a mark of the member
   itself is the better one. */
static const struct conf_mark *
best_mark(const struct conf_places *p, const void *member)
{
	const struct conf_mark *best = NULL;

	for (size_t i = 0; i < p->n; i++) {
		const struct conf_mark *m = &p->v[i];

		if (m->member == member &&
		    (best == NULL || (m->field != NULL &&
				      m->field->type != CONF_SECTION)))
			best = m;
	}
	return best;
}

bool
conf_is_set(const struct conf_check *c, const void *member)
{
	const struct conf_mark *m = best_mark(&c->places, member);

	return m != NULL && m->field != NULL && m->field->type != CONF_SECTION;
}

/* The entry of a list or the section that member lies in: the innermost one
   that stands in a file. */
static const struct conf_mark *
enclosing_mark(const struct conf_places *p, const void *member)
{
	const struct conf_mark *best = NULL;
	uintptr_t at = (uintptr_t)member;

	for (size_t i = 0; i < p->n; i++) {
		const struct conf_mark *m = &p->v[i];
		uintptr_t start = (uintptr_t)m->member;

		if (at >= start && at - start < m->size &&
		    (best == NULL || m->size < best->size))
			best = m;
	}
	return best;
}

static struct conf_place
place_of(const struct conf_places *p, const void *member)
{
	const struct conf_mark *m = best_mark(p, member);

	if (m == NULL)
		m = enclosing_mark(p, member);
	return m != NULL ? m->place :
			   (struct conf_place){ .file = p->root_file };
}

void
conf_complain(struct conf_check *c, const void *member, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();	/* out of memory, as in mem.c */
	va_end(args);
	add_problem(c, place_of(&c->places, member),
		    arena_copy(c->a, slice_of(text)));
	free(text);
}

void
conf_place_write(const struct conf_places *places, const void *member,
		 struct buf *out)
{
	struct conf_place at = place_of(places, member);
	struct conf_problem p = { .file = at.file, .line = at.line,
				  .column = at.column };

	conf_problem_write(&p, out);
}

/* The marks move into the arena: settings that are in use may turn out wrong
   later, when a file they name cannot be read. */
static const struct conf_places *
keep_places(struct conf_check *c)
{
	struct conf_places *kept = arena_alloc(c->a, sizeof(*kept));

	*kept = c->places;
	kept->v = arena_alloc(c->a, kept->n * sizeof(*kept->v));
	if (kept->n > 0)
		memcpy(kept->v, c->places.v, kept->n * sizeof(*kept->v));
	free(c->places.v);
	return kept;
}

bool
conf_check_end(struct conf_check *c, struct conf_problems *problems_out)
{
	if (c->problems.n > 0)
		qsort(c->problems.v, c->problems.n, sizeof(*c->problems.v),
		      by_place);
	c->problems.places = keep_places(c);
	*problems_out = c->problems;
	return c->problems.n == 0;
}
