/* Time. Tests link their own clock in place of this one and hold it still. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that never jumps; only differences mean something. */
int64_t clock_now_ms(void);

/* Microseconds since 1970, for log lines and session ids. */
int64_t clock_wall_us(void);

#endif
