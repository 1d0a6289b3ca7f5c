/* The clock of the unit tests, in place of base/clock.c: the machine's until a
   test holds it. Check runs every test in a process of its own, so a held clock
   is nobody else's. */
#ifndef TESTS_UNIT_UNIT_CLOCK_H
#define TESTS_UNIT_UNIT_CLOCK_H

#include "base/clock.h"

/* From now on time stands still, at this moment. */
void unit_clock_hold(void);
/* The same, with the calendar at this moment: microseconds since 1970. */
void unit_clock_hold_at(int64_t wall_us);
/* Moves both clocks of a held time on. */
void unit_clock_pass(int64_t ms);

#endif
