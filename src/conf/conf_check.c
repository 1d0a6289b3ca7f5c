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
	if (c->mark_count == c->mark_cap) {
		c->mark_cap = c->mark_cap == 0 ? 64 : c->mark_cap * 2;
		c->marks = mem_realloc(c->marks,
				       c->mark_cap * sizeof(*c->marks));
	}
	c->marks[c->mark_count++] = m;
}

struct conf_mark *
conf_find_mark(const struct conf_check *c, const void *member,
	       const struct conf_field *field)
{
	for (size_t i = 0; i < c->mark_count; i++) {
		if (c->marks[i].member == member && c->marks[i].field == field)
			return &c->marks[i];
	}
	return NULL;
}

/* A section begins at the address of its first member: a mark of the member
   itself is the better one. */
static const struct conf_mark *
best_mark(const struct conf_check *c, const void *member)
{
	const struct conf_mark *best = NULL;

	for (size_t i = 0; i < c->mark_count; i++) {
		const struct conf_mark *m = &c->marks[i];

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
	const struct conf_mark *m = best_mark(c, member);

	return m != NULL && m->field != NULL && m->field->type != CONF_SECTION;
}

/* The entry of a list or the section that member lies in: the innermost one
   that stands in a file. */
static const struct conf_mark *
enclosing_mark(const struct conf_check *c, const void *member)
{
	const struct conf_mark *best = NULL;
	uintptr_t at = (uintptr_t)member;

	for (size_t i = 0; i < c->mark_count; i++) {
		const struct conf_mark *m = &c->marks[i];
		uintptr_t start = (uintptr_t)m->member;

		if (at >= start && at - start < m->size &&
		    (best == NULL || m->size < best->size))
			best = m;
	}
	return best;
}

void
conf_complain(struct conf_check *c, const void *member, const char *fmt, ...)
{
	const struct conf_mark *m = best_mark(c, member);
	struct conf_place at = { .file = c->root_file };
	va_list args;
	char *text;

	if (m == NULL)
		m = enclosing_mark(c, member);
	if (m != NULL)
		at = m->place;
	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();	/* out of memory, as in mem.c */
	va_end(args);
	add_problem(c, at, arena_copy(c->a, slice_of(text)));
	free(text);
}

bool
conf_check_end(struct conf_check *c, struct conf_problems *problems_out)
{
	if (c->problems.n > 0)
		qsort(c->problems.v, c->problems.n, sizeof(*c->problems.v),
		      by_place);
	free(c->marks);
	*problems_out = c->problems;
	return c->problems.n == 0;
}
