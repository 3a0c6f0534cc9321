/* A stretch of a series as a chart shows it: minimum, mean and maximum of every column, what was not finite,
 * the neighbours beyond both edges, and the smoothed line. Pure. */
#pragma once
#include "series/series_store.h"
#include "tui/window.h"

enum { YD_CURVE_COLUMNS = 2000 };

/* How a series lies on an axis that is shown: place = (x - shift) * scale. */
typedef struct yd_curve_axis {
    yd_axis axis;
    double scale, shift;
} yd_curve_axis;

/* Steps are batches, as far as a run tells how many an epoch has; series that count epochs are stretched to
 * them. Times count from the run's start. False where the axis is not known of the series. */
bool yd_curve_axis_of(const yd_series_store *store, const yd_series *series, yd_axis wanted,
                      yd_curve_axis *axis);
/* Where something lies that lies at x on the axis of the series. */
double yd_curve_shown(const yd_curve_axis *axis, double x);
/* Where all of the series lies. False where there is nothing of it on the axis. */
bool yd_curve_span(const yd_series *series, const yd_curve_axis *axis, yd_span *span);
/* Where a value lies; NAN: not known. */
double yd_curve_place(const yd_series *series, const yd_curve_axis *axis, const yd_series_point *point);

/* A neighbour beyond an edge of the stretch. */
typedef struct yd_curve_end {
    bool known;
    double x, mean, smooth;
} yd_curve_end;

typedef struct yd_curve {
    yd_span span;
    int count;
    yd_series_column columns[YD_CURVE_COLUMNS];
    double smooth[YD_CURVE_COLUMNS]; /* NAN where the column has no finite value */
    yd_curve_end before, after;
} yd_curve;

/* The stretch of the series in `count` columns (brought into 1..YD_CURVE_COLUMNS).
 *
 * weight: of the exponential moving average s = weight * s + (1 - weight) * value, from 0 (no smoothing: the
 * mean) to below 1, corrected for its start at zero (Kingma and Ba, arXiv:1412.6980, section 3). It runs over
 * values, not over columns, so that zooming does not change it: the k values of a column take weight to its
 * k-th power. What lies to the left of the stretch counts as far as it still matters. */
void yd_curve_make(yd_curve *curve, const yd_series *series, const yd_curve_axis *axis, yd_span span,
                   int count, double weight);

/* The least and the greatest value of the stretch, widening *low and *high (which begin as INFINITY and
 * -INFINITY). positive: only what is above 0. trimmed: the smoothed line alone, without its outermost 2 % of
 * columns, at either end. */
void yd_curve_range(const yd_curve *curve, bool positive, bool trimmed, double *low, double *high);
