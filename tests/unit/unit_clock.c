#include "unit_clock.h"

#include <stdbool.h>
#include <time.h>

static bool held;
static int64_t held_us, held_wall_us;

static int64_t
now_us(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
clock_now_ms(void)
{
	return (held ? held_us : now_us(CLOCK_MONOTONIC)) / 1000;
}

int64_t
clock_wall_us(void)
{
	return held ? held_wall_us : now_us(CLOCK_REALTIME);
}

void
unit_clock_hold(void)
{
	held_us = now_us(CLOCK_MONOTONIC);
	held_wall_us = now_us(CLOCK_REALTIME);
	held = true;
}

void
unit_clock_hold_at(int64_t wall_us)
{
	unit_clock_hold();
	held_wall_us = wall_us;
}

void
unit_clock_pass(int64_t ms)
{
	held_us += ms * 1000;
	held_wall_us += ms * 1000;
}
