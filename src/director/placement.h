/* Which backend a user lives on: arithmetic, the same on every front end.

   Weighted rendezvous hashing: every backend draws a number from the user's
   name and its own, and the best draw wins. A backend that goes takes nobody's
   place but its own users'; one that comes takes users from all others alike,
   and moves nobody between them. Names go in as 128 bits of SHA-256, so that no
   two users are tied together. Whole numbers only: every machine agrees. */
#ifndef DIRECTOR_PLACEMENT_H
#define DIRECTOR_PLACEMENT_H

#include "base/slice.h"

/* A site has 2 to 200 backends; this is where adding one is an error. */
#define PLACEMENT_MAX_BACKENDS 4096

#define PLACEMENT_NONE SIZE_MAX

struct placement_key {
	uint64_t high, low;
};

struct placement;

struct placement *placement_make(void);
void placement_free(struct placement **p);

/* The next backend, with the index counted from 0. Its name alone decides on
   its draws, so it may move to another host. Weight 0 takes nobody. */
void placement_add(struct placement *p, struct slice name, struct slice tag,
		   uint64_t weight);

/* Whether a backend may take users; all may, at first. */
void placement_set_open(struct placement *p, size_t index, bool open);

/* The key of a user's normalised name. */
struct placement_key placement_key(struct placement *p, struct slice user);

/* The index of the user's backend among those with this tag, or
   PLACEMENT_NONE. */
size_t placement_find(const struct placement *p, struct placement_key key,
		      struct slice tag);

#endif
