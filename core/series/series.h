/* A scalar over the steps of a run: every value, and above them a pyramid of minimum, mean and maximum of 16,
 * 256,
 * ... values, so that any stretch of it is summed up in columns in a time that does not grow with its length,
 * and no spike of one step is ever lost.
 *
 * Steps ascend. Where a value comes at a step at or behind the last one, a resumed run has gone back: what
 * lies at or behind that step is dropped first. Times never go back: one that does counts as the one before
 * it.
 *
 * Memory: 24 bytes a value and 3 for the pyramid. Where a store holds more than it may (series_store.h), the
 * oldest values of the longest series are given up, then the lowest floor of their pyramid, and so on: of
 * them minimum, mean and maximum of 16, 256, ... are left. */
#pragma once
#include "series/tags.h"
#include <stdbool.h>
#include <stdint.h>

enum { YD_SERIES_NAME = 256, YD_SERIES_FLOORS = 7 };

/* YD_AXIS_EPOCH: 1.0 is the end of the first epoch. YD_AXIS_WALL: seconds since 1970; for seconds since the
 * start subtract yd_series_store_start from it. */
typedef enum yd_axis { YD_AXIS_STEP, YD_AXIS_EPOCH, YD_AXIS_WALL, YD_AXIS_COUNT } yd_axis;

typedef struct yd_series yd_series;

/* One value; or what is left of 16, 256, ... of them: then step and wall are of the first. */
typedef struct yd_series_point {
    int64_t step;
    double wall;            /* 0: not known */
    double low, mean, high; /* of the finite values; NAN where there are none */
    uint32_t count;         /* finite values */
    uint32_t not_finite;    /* the others */
} yd_series_point;

/* What lies in a column; nothing: count and not_finite are 0, and the numbers are NAN. */
typedef struct yd_series_column {
    double low, mean, high;
    uint32_t count, not_finite;
} yd_series_column;

const char *yd_series_name(const yd_series *series); /* as the file has it: escape when showing */
yd_step_domain yd_series_domain(const yd_series *series);
/* 0: not known, there is no YD_AXIS_EPOCH. */
double yd_series_steps_per_epoch(const yd_series *series);
int64_t yd_series_count(const yd_series *series); /* of values */
/* Where the newest value lies; false where there is none. */
bool yd_series_last(const yd_series *series, yd_series_point *point);
double yd_series_last_wall(const yd_series *series); /* 0: not known, or empty */
/* The newest finite value; NAN: none among the last 16. */
double yd_series_last_value(const yd_series *series);

/* Where it begins and ends on the axis. False where it is empty or the axis is not known of it: results.csv
 * has no times, foreign files no epochs. */
bool yd_series_range(const yd_series *series, yd_axis axis, double *from, double *to);
/* [from, to] in count columns of equal width: the left edge belongs to a column, the right one to the next
 * (of the last one: to itself). A value beyond an infinite or empty range is in no column. */
void yd_series_columns(const yd_series *series, yd_axis axis, double from, double to,
                       yd_series_column *columns, int count);
/* A column without a finite value takes low, mean and high from the one before it, for curves that hang
 * together. */
void yd_series_fill(yd_series_column *columns, int count);
/* All from x = from to x = to, both included. */
yd_series_column yd_series_sum_up(const yd_series *series, yd_axis axis, double from, double to);
/* The value that is nearest to x, or the last one at or before x; false where there is none. */
bool yd_series_nearest(const yd_series *series, yd_axis axis, double x, yd_series_point *point);
bool yd_series_before(const yd_series *series, yd_axis axis, double x, yd_series_point *point);
/* Where a point of this series lies on the axis; NAN where that is not known. */
double yd_series_x(const yd_series *series, yd_axis axis, const yd_series_point *point);
/* The i-th value, i from 0 to count - 1; or what it was summed up in. */
void yd_series_get(const yd_series *series, int64_t i, yd_series_point *point);

/* For the store (series_store.h). */

/* Blocks of memory that the series of a store hold, by floor. */
typedef struct yd_series_budget {
    int64_t blocks[YD_SERIES_FLOORS];
} yd_series_budget;

typedef enum yd_series_added {
    YD_SERIES_ADDED,
    YD_SERIES_REPLACED, /* later values were dropped for it */
    YD_SERIES_REFUSED   /* memory is out, or the series is full: 2^31 values */
} yd_series_added;

/* budget is the store's, and lives longer. NULL where memory is out. */
yd_series *yd_series_create(const char *name, size_t length, yd_series_budget *budget);
void yd_series_destroy(yd_series *series);
void yd_series_set_steps_per_epoch(yd_series *series, double steps);
/* value may be NaN or infinite. wall: seconds since 1970; 0: not known. */
yd_series_added yd_series_add(yd_series *series, int64_t step, double wall, double value);
/* Forgets the values at step and behind it; returns how many. */
int64_t yd_series_cut(yd_series *series, int64_t step);
/* Gives up the oldest block of a floor; false where it has but one. */
bool yd_series_give_up(yd_series *series, int floor);
int yd_series_blocks(const yd_series *series, int floor);
