/* Time. Tests may replace the clock; everything that shows or measures time asks here. */
#pragma once
#include <stdint.h>

int64_t yd_clock_ns(void);      /* monotonic */
int64_t yd_wall_clock_ns(void); /* since 1970, UTC */
/* Freezes both clocks at the given values until called with 0, 0 (tests only, before threads start). */
void yd_clock_fake(int64_t monotonic_ns, int64_t wall_ns);
