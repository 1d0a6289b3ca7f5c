#include "base/mem.h"

#include <stdint.h>

static void
die_out_of_memory(void)
{
	/* Nothing that could allocate: the log is beyond reach here. */
	fputs("usher: out of memory\n", stderr);
	abort();
}

void *
mem_alloc(size_t n)
{
	void *p = malloc(n == 0 ? 1 : n);

	if (p == NULL)
		die_out_of_memory();
	return p;
}

void *
mem_zalloc(size_t n)
{
	void *p = calloc(1, n == 0 ? 1 : n);

	if (p == NULL)
		die_out_of_memory();
	return p;
}

void *
mem_zalloc_array(size_t count, size_t size)
{
	void *p = calloc(count == 0 ? 1 : count, size);

	if (p == NULL)
		die_out_of_memory();
	return p;
}

void *
mem_realloc(void *p, size_t n)
{
	void *grown = realloc(p, n == 0 ? 1 : n);

	if (grown == NULL)
		die_out_of_memory();
	return grown;
}

char *
mem_strdup(const char *p, size_t n)
{
	char *copy = mem_zalloc(n + 1);

	if (n > 0)
		memcpy(copy, p, n);
	return copy;
}

void
mem_wipe(void *p, size_t n)
{
	if (n > 0)
		explicit_bzero(p, n);
}
