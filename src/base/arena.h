/* Memory that goes all at once: a login's, a configuration's.

   Allocation moves a mark; freeing the arena wipes and frees every chunk, so
   what a login learnt (passwords among it) does not outlive the login. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/slice.h"

struct arena {
	struct arena_chunk *chunks;	/* newest first */
	size_t used;			/* octets handed out, for limits */
};

/* An empty arena owns nothing; {0} is one. */
void arena_free(struct arena *a);

/* n zeroed octets, aligned for any type; valid until arena_free(). */
void *arena_alloc(struct arena *a, size_t n)
	__attribute__((returns_nonnull));

/* A copy of s, with a NUL behind it that the slice does not count. */
struct slice arena_copy(struct arena *a, struct slice s);

/* printf into the arena; NUL behind it as above. */
struct slice arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
