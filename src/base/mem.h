/* Memory: zeroed when it arrives (but for buffers), and never "out of".

   Every size a peer controls was bounded before it got here, so running out is
   the machine's trouble, not the input's: the process says so and ends, its
   supervisor starts another. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* n octets as they come, for who writes each of them before it is read; freed with
   free(). n may be 0. */
void *mem_alloc(size_t n) __attribute__((malloc, returns_nonnull));

/* n zeroed octets, freed with free(). n may be 0. */
void *mem_zalloc(size_t n) __attribute__((malloc, returns_nonnull));

/* Room for count items of size octets each; ends the process on overflow. */
void *mem_zalloc_array(size_t count, size_t size)
	__attribute__((malloc, returns_nonnull));

/* Grows or shrinks p. Octets beyond the old size are not zeroed. */
void *mem_realloc(void *p, size_t n) __attribute__((returns_nonnull));

/* A NUL-terminated copy of n octets at p. */
char *mem_strdup(const char *p, size_t n)
	__attribute__((malloc, returns_nonnull));

/* Overwrites n octets in a way the compiler may not leave out. */
void mem_wipe(void *p, size_t n);

#endif
