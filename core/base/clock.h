/* Time. Tests may replace the clock; everything that shows or measures time asks here. */
#pragma once
#include <stdint.h>

int64_t yd_clock_ns(void);      /* monotonic */
int64_t yd_wall_clock_ns(void); /* since 1970, UTC */
/* "2026-11-28 06:01:06": a wall clock's time as it is here, for log lines. Returns out. */
enum { YD_STAMP = 32 };
const char *yd_wall_stamp(int64_t wall_ns, char out[YD_STAMP]);
/* Freezes both clocks at the given values until called with 0, 0 (tests only, before threads start). */
void yd_clock_fake(int64_t monotonic_ns, int64_t wall_ns);
