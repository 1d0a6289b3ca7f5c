/* The loop of a play, in place of base/loop.c: turned by hand, on a held clock,
   over the played network. Nothing happens unless a test says so, and always in
   the same order. */
#ifndef TESTS_UNIT_PLAY_LOOP_H
#define TESTS_UNIT_PLAY_LOOP_H

#include "base/loop.h"

/* Turns until nobody has anything to do any more at this moment. */
void play_settle(struct loop *loop);

/* Lets time pass, and stops at every timer on the way. */
void play_pass(struct loop *loop, int64_t ms);

/* How many timers run. */
size_t play_timers(const struct loop *loop);

#endif
