/* A buffer that grows up to a stated maximum and refuses more.

   Refusal is sticky: a caller may add many pieces and ask once, with buf_ok(),
   whether all of them went in. A piece goes in whole or not at all.

   It may hold a secret at any time: octets that are not in use any more are
   overwritten at once, so nothing lies behind n. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/slice.h"

struct buf {
	char *p;
	size_t n;	/* octets in use */
	size_t cap;	/* octets allocated */
	size_t max;	/* the most it may ever hold */
	bool refused;	/* something did not fit */
};

/* Nothing is allocated until the first octet arrives. The reason for max
   stands beside the call. */
void buf_init(struct buf *b, size_t max);

/* Wipes and frees the octets; the buf is as buf_init() left it. */
void buf_free(struct buf *b);

/* Empties without giving the memory back; clears the refusal. */
void buf_clear(struct buf *b);

static inline bool
buf_ok(const struct buf *b)
{
	return !b->refused;
}

/* The octets in use; borrowed until the next change. */
static inline struct slice
buf_slice(const struct buf *b)
{
	return (struct slice){ b->p, b->n };
}

bool buf_add(struct buf *b, struct slice s);
bool buf_add_char(struct buf *b, char c);
bool buf_add_u64(struct buf *b, uint64_t n);
bool buf_addf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* All of the pieces, or nothing. */
bool buf_add_all(struct buf *b, const struct slice *pieces, size_t count);
#define BUF_ADD(b, ...)                                             \
	buf_add_all((b), (const struct slice[]){ __VA_ARGS__ },     \
		    sizeof((const struct slice[]){ __VA_ARGS__ }) / \
			    sizeof(struct slice))

/* Octets that may still be added. */
static inline size_t
buf_room(const struct buf *b)
{
	return b->max - b->n;
}

/* Room for up to n more octets to be written straight into the buffer; less if
   max is near. *room_out says how much. buf_grew() then says how much came. */
char *buf_space(struct buf *b, size_t n, size_t *room_out);
void buf_grew(struct buf *b, size_t n);

/* Drops the first n octets. */
void buf_drop(struct buf *b, size_t n);

#endif
