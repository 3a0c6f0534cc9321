/* Round numbers for the axes of charts, with labels of one shape. Pure. */
#pragma once

enum { YD_TICKS = 24, YD_TICK_LABEL = 16 };

typedef struct yd_tick {
    double at;
    char label[YD_TICK_LABEL];
} yd_tick;

/* Ascending, all within the range that was asked for. */
typedef struct yd_ticks {
    yd_tick ticks[YD_TICKS];
    int count;
} yd_ticks;

/* At most `most` (at least one is taken for it) multiples of 1, 2 or 5 times a power of ten. None where the
 * range is empty or not finite. */
void yd_ticks_linear(yd_ticks *ticks, double from, double to, int most);
/* The same, but whole numbers only: for what counts (epochs, steps). Where less than two whole numbers lie in
 * the range, it is as linear. */
void yd_ticks_whole(yd_ticks *ticks, double from, double to, int most);
/* Powers of ten, with 2 and 5 times them where there is room; linear ones where less than two of these lie in
 * the range. from > 0. */
void yd_ticks_log(yd_ticks *ticks, double from, double to, int most);
/* Seconds, in steps that clocks know: "0:30", "1:15:00", "2d". */
void yd_ticks_time(yd_ticks *ticks, double from, double to, int most);
/* Cells of the longest label. */
int yd_ticks_width(const yd_ticks *ticks);
