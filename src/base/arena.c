#include "base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdint.h>

#include "base/mem.h"

/* A login's facts fit in one chunk; larger requests get a chunk of their own. */
#define CHUNK_OCTETS 2048

struct arena_chunk {
	struct arena_chunk *older;
	size_t size, used;
	alignas(max_align_t) char data[];
};

void
arena_free(struct arena *a)
{
	struct arena_chunk *older;

	for (struct arena_chunk *c = a->chunks; c != NULL; c = older) {
		older = c->older;
		mem_wipe(c->data, c->used);
		free(c);
	}
	*a = (struct arena){ 0 };
}

static struct arena_chunk *
add_chunk(struct arena *a, size_t n)
{
	size_t size = n > CHUNK_OCTETS ? n : CHUNK_OCTETS;
	struct arena_chunk *c = mem_zalloc(sizeof(*c) + size);

	c->size = size;
	c->older = a->chunks;
	a->chunks = c;
	return c;
}

static size_t
round_up(size_t n)
{
	const size_t step = alignof(max_align_t);

	return (n + step - 1) / step * step;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct arena_chunk *c = a->chunks;
	void *p;

	n = round_up(n == 0 ? 1 : n);
	if (c == NULL || n > c->size - c->used)
		c = add_chunk(a, n);
	p = c->data + c->used;
	c->used += n;
	a->used += n;
	return p;
}

struct slice
arena_copy(struct arena *a, struct slice s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return (struct slice){ p, s.n };
}

struct slice
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args;
	int n;
	char *text;
	struct slice copy;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0)
		abort();	/* out of memory, as in mem.c */
	copy = arena_copy(a, (struct slice){ text, (size_t)n });
	free(text);
	return copy;
}
