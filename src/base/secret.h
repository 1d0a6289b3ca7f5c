/* A password or a key while it is in our hands.

   No log field accepts one, and freeing it wipes it. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/slice.h"

struct secret {
	char *p;	/* owned; never NULL while present */
	size_t n;
	bool present;	/* an empty password is still a password */
};

/* Replaces what s held by a copy of value. */
void secret_set(struct secret *s, struct slice value);
void secret_free(struct secret *s);

static inline struct slice
secret_slice(const struct secret *s)
{
	return (struct slice){ s->p, s->n };
}

/* Compares in a time that depends on the lengths alone. */
bool secret_eq(struct slice a, struct slice b);

#endif
