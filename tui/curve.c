#include "tui/curve.h"
#include <math.h>
#include <stdlib.h>

bool yd_curve_axis_of(const yd_series_store *store, const yd_series *series, yd_axis wanted,
                      yd_curve_axis *axis)
{
    double batches = yd_series_store_batches(store), start = yd_series_store_start(store);
    *axis = (yd_curve_axis){.axis = wanted, .scale = 1};
    switch (wanted) {
    case YD_AXIS_STEP:
        if (yd_series_domain(series) == YD_STEP_EPOCH && batches > 0)
            *axis = (yd_curve_axis){.axis = YD_AXIS_EPOCH, .scale = batches};
        return true;
    case YD_AXIS_EPOCH:
        return yd_series_steps_per_epoch(series) > 0;
    case YD_AXIS_WALL:
        axis->shift = start;
        return start > 0;
    case YD_AXIS_COUNT:
        break;
    }
    return false;
}

double yd_curve_shown(const yd_curve_axis *axis, double x)
{
    return (x - axis->shift) * axis->scale;
}

static double of_series(const yd_curve_axis *axis, double place)
{
    return place / axis->scale + axis->shift;
}

bool yd_curve_span(const yd_series *series, const yd_curve_axis *axis, yd_span *span)
{
    double from, to;
    if (!yd_series_range(series, axis->axis, &from, &to)) return false;
    *span = (yd_span){yd_curve_shown(axis, from), yd_curve_shown(axis, to)};
    return true;
}

double yd_curve_place(const yd_series *series, const yd_curve_axis *axis, const yd_series_point *point)
{
    return yd_curve_shown(axis, yd_series_x(series, axis->axis, point));
}

/* The number of values before x. Places ascend; those that are not known come first. */
static int64_t count_before(const yd_series *series, yd_axis axis, double x)
{
    int64_t low = 0, high = yd_series_count(series);
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        yd_series_point point;
        yd_series_get(series, middle, &point);
        if (yd_series_x(series, axis, &point) >= x)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* The average under way: sum is what a start at zero gives, share how much of it has been filled. */
typedef struct average {
    double weight, sum, share;
} average;

static double take(average *own, double mean, double count)
{
    double kept = pow(own->weight, count);
    own->sum = kept * own->sum + (1 - kept) * mean;
    own->share = kept * own->share + (1 - kept);
    return own->sum / own->share;
}

/* What lies before the stretch: the nearest values one by one, those further back in columns, until their
 * weight is nothing. */
static void take_before(average *own, const yd_series *series, yd_axis axis, int64_t end)
{
    enum { SINGLE = 256, COLUMNS = 64 };
    const double forgotten = 1e-4;
    yd_series_point point;
    double reach = own->weight > 0 ? log(forgotten) / log(own->weight) : 1;
    int64_t begin = reach < (double)end ? end - (int64_t)ceil(reach) : 0;
    if (end - begin > SINGLE) {
        yd_series_column columns[COLUMNS];
        yd_series_point last;
        yd_series_get(series, begin, &point);
        yd_series_get(series, end - SINGLE, &last);
        double from = yd_series_x(series, axis, &point), to = yd_series_x(series, axis, &last);
        yd_series_columns(series, axis, from, to, columns, COLUMNS);
        for (int i = 0; i < COLUMNS; i++)
            if (columns[i].count) take(own, columns[i].mean, columns[i].count);
        begin = end - SINGLE + 1;
    }
    for (int64_t i = begin; i < end; i++) {
        yd_series_get(series, i, &point);
        if (point.count) take(own, point.mean, 1);
    }
}

/* The nearest finite value before the end-th, or from the begin-th on, a few steps away at most. */
static yd_curve_end neighbour(const yd_series *series, const yd_curve_axis *axis, int64_t i, int step)
{
    enum { FAR = 8 };
    for (int tries = 0; tries < FAR && i >= 0 && i < yd_series_count(series); tries++, i += step) {
        yd_series_point point;
        yd_series_get(series, i, &point);
        double x = yd_curve_place(series, axis, &point);
        if (point.count && isfinite(x)) return (yd_curve_end){true, x, point.mean, point.mean};
    }
    return (yd_curve_end){0};
}

void yd_curve_make(yd_curve *curve, const yd_series *series, const yd_curve_axis *axis, yd_span span,
                   int count, double weight)
{
    count = count < 1 ? 1 : count > YD_CURVE_COLUMNS ? YD_CURVE_COLUMNS : count;
    double from = of_series(axis, span.from), to = of_series(axis, span.to);
    curve->span = span;
    curve->count = count;
    yd_series_columns(series, axis->axis, from, to, curve->columns, count);
    /* Places of epochs are quotients: what lies on an edge may come out a hair beside it. */
    double hair = axis->axis == YD_AXIS_EPOCH ? 1e-9 * fmax(1, fabs(to)) : 0;
    int64_t begin = count_before(series, axis->axis, from - hair);
    int64_t end = count_before(series, axis->axis, nextafter(to + hair, INFINITY));
    average smooth = {.weight = weight > 0 && weight < 1 ? weight : 0};
    curve->before = neighbour(series, axis, begin - 1, -1);
    curve->after = neighbour(series, axis, end, 1);
    if (smooth.weight > 0 && curve->before.known) {
        take_before(&smooth, series, axis->axis, begin);
        if (smooth.share > 0) curve->before.smooth = smooth.sum / smooth.share;
    }
    for (int i = 0; i < count; i++)
        curve->smooth[i] = curve->columns[i].count
                               ? take(&smooth, curve->columns[i].mean, curve->columns[i].count)
                               : (double)NAN;
    if (smooth.weight > 0 && curve->after.known) curve->after.smooth = take(&smooth, curve->after.mean, 1);
}

static int ascending(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static void widen(double *low, double *high, double value, bool positive)
{
    if (!isfinite(value) || (positive && value <= 0)) return;
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

static void trimmed_range(const yd_curve *curve, bool positive, double *low, double *high)
{
    double values[YD_CURVE_COLUMNS];
    int count = 0;
    for (int i = 0; i < curve->count; i++)
        if (isfinite(curve->smooth[i]) && (!positive || curve->smooth[i] > 0))
            values[count++] = curve->smooth[i];
    if (!count) return;
    qsort(values, (size_t)count, sizeof *values, ascending);
    int left_out = count / 50;
    widen(low, high, values[left_out], positive);
    widen(low, high, values[count - 1 - left_out], positive);
}

void yd_curve_range(const yd_curve *curve, bool positive, bool trimmed, double *low, double *high)
{
    if (trimmed) {
        trimmed_range(curve, positive, low, high);
        return;
    }
    bool any = false;
    for (int i = 0; i < curve->count; i++) {
        any |= curve->columns[i].count > 0;
        widen(low, high, curve->columns[i].low, positive);
        widen(low, high, curve->columns[i].mean, positive);
        widen(low, high, curve->columns[i].high, positive);
        widen(low, high, curve->smooth[i], positive);
    }
    if (any || !curve->before.known || !curve->after.known) return;
    widen(low, high, curve->before.mean, positive);
    widen(low, high, curve->after.mean, positive);
}
