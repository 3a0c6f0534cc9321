/* A scalar over the run in bounded memory: points of a common width in x, each with minimum, mean and
 * maximum, so that a spike of one step stays visible. When the points are used up, neighbours are joined and
 * the width doubles. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { YD_HISTORY_POINTS = 512 };

typedef struct yd_history_point {
    double x;   /* of the newest value in it */
    double sum; /* of the finite values */
    float low, high;
    uint32_t count;      /* finite values */
    uint32_t not_finite; /* the others */
} yd_history_point;

/* Zero-initialise. */
typedef struct yd_history {
    yd_history_point points[YD_HISTORY_POINTS];
    int count;
    double width; /* of a point in x; 0: not chosen yet */
} yd_history;

/* x: position in epochs. Where x does not lie behind the newest point, a resumed run has gone back: what lies
 * at or behind x is dropped first. An x that is not finite, or negative, is left out. */
void yd_history_add(yd_history *history, double x, double value);
/* The newest finite mean; NAN where there is none. */
double yd_history_last(const yd_history *history);

typedef struct yd_history_column {
    float low, mean, high;
    bool known;      /* false: nothing here or before */
    bool not_finite; /* a NaN or an infinite value lies here */
} yd_history_column;

/* Spreads [from, to] over columns; a column without a value of its own repeats the one before it. */
void yd_history_columns(const yd_history *history, double from, double to, yd_history_column *columns,
                        int count);
