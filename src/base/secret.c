#include "base/secret.h"

#include "base/mem.h"

void
secret_set(struct secret *s, struct slice value)
{
	char *copy = mem_strdup(value.p, value.n);

	/* Only now: value may be a part of the old one. */
	secret_free(s);
	*s = (struct secret){ .p = copy, .n = value.n, .present = true };
}

void
secret_free(struct secret *s)
{
	if (s->p != NULL)
		mem_wipe(s->p, s->n);
	free(s->p);
	*s = (struct secret){ 0 };
}

bool
secret_eq(struct slice a, struct slice b)
{
	unsigned differs = a.n != b.n;
	size_t n = a.n < b.n ? a.n : b.n;

	for (size_t i = 0; i < n; i++)
		differs |= (unsigned)(unsigned char)a.p[i] ^
			   (unsigned)(unsigned char)b.p[i];
	return differs == 0;
}
