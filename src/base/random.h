/* Unpredictable octets, from the kernel. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_octets(void *out, size_t n);

/* Evenly from 0 to below - 1. below is not 0. */
uint32_t random_below(uint32_t below);

#endif
