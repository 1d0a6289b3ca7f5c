#include "base/buf.h"

#include <stdarg.h>

#include "base/mem.h"

/* Most buffers hold one command or reply; one allocation serves them. */
#define FIRST_CAPACITY 256

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_free(struct buf *b)
{
	mem_wipe(b->p, b->n);
	free(b->p);
	buf_init(b, b->max);
}

void
buf_clear(struct buf *b)
{
	mem_wipe(b->p, b->n);
	b->n = 0;
	b->refused = false;
}

/* Memory that held octets is never handed back to the allocator unwiped: a
   realloc() could leave a password behind. */
static void
grow_to(struct buf *b, size_t cap)
{
	char *p = mem_alloc(cap);

	if (b->n > 0)
		memcpy(p, b->p, b->n);
	mem_wipe(b->p, b->n);
	free(b->p);
	b->p = p;
	b->cap = cap;
}

static void
make_room(struct buf *b, size_t n)
{
	size_t cap = b->cap == 0 ? FIRST_CAPACITY : b->cap;

	if (n <= b->cap - b->n)
		return;
	while (cap - b->n < n)
		cap = cap > b->max / 2 ? b->max : cap * 2;
	grow_to(b, cap < b->max ? cap : b->max);
}

bool
buf_add(struct buf *b, struct slice s)
{
	if (s.n > buf_room(b)) {
		b->refused = true;
		return false;
	}
	if (s.n == 0)
		return true;
	make_room(b, s.n);
	memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
	return true;
}

bool
buf_add_char(struct buf *b, char c)
{
	return buf_add(b, (struct slice){ &c, 1 });
}

bool
buf_add_u64(struct buf *b, uint64_t n)
{
	char digits[20];	/* 2^64 has 20 digits */
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	return buf_add(b, (struct slice){ digits + at, sizeof(digits) - at });
}

bool
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list args;
	int n;
	char *text;
	bool added;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0)
		abort();	/* out of memory, as in mem.c */
	added = buf_add(b, (struct slice){ text, (size_t)n });
	free(text);
	return added;
}

bool
buf_add_all(struct buf *b, const struct slice *pieces, size_t count)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++) {
		if (pieces[i].n > buf_room(b) - total) {
			b->refused = true;
			return false;
		}
		total += pieces[i].n;
	}
	for (size_t i = 0; i < count; i++)
		buf_add(b, pieces[i]);
	return true;
}

char *
buf_space(struct buf *b, size_t n, size_t *room_out)
{
	if (n > buf_room(b))
		n = buf_room(b);
	make_room(b, n);
	*room_out = n;
	return b->p + b->n;
}

void
buf_grew(struct buf *b, size_t n)
{
	b->n += n;
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->n - n);
	/* What moved left a copy of itself behind. */
	mem_wipe(b->p + b->n - n, n);
	b->n -= n;
}
