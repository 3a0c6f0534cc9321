/* Any history of a series: values at any steps and times, cuts, and old values given up. Whatever it was, the
 * columns of the whole hold what the series counts, and nothing outside of it is looked at. */
#include "series/series.h"
#include "base/error.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLUMNS = 16 };

static void check(const yd_series *series, yd_axis axis, double from, double to)
{
    yd_series_column columns[COLUMNS];
    yd_series_point point;
    yd_series_columns(series, axis, from, to, columns, COLUMNS);
    yd_series_column whole = yd_series_sum_up(series, axis, from, to);
    int64_t count = 0, not_finite = 0;
    for (int i = 0; i < COLUMNS; i++) {
        count += columns[i].count, not_finite += columns[i].not_finite;
        YD_ASSERT(!columns[i].count ||
                  (columns[i].low <= columns[i].mean && columns[i].mean <= columns[i].high));
    }
    if (isfinite(from) && isfinite(to) && to > from)
        YD_ASSERT(count == whole.count && not_finite == whole.not_finite);
    if (yd_series_nearest(series, axis, from, &point)) YD_ASSERT(point.count + point.not_finite > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yd_series_budget budget = {0};
    yd_series *series = yd_series_create("step/x", 6, &budget);
    int64_t step = 0;
    if (!series || size > 4096) return 0;
    yd_series_set_steps_per_epoch(series, 7);
    for (size_t i = 0; i + 9 <= size; i += 9) {
        double x;
        memcpy(&x, data + i + 1, sizeof x);
        int many = data[i] < 200 ? 1 : (data[i] - 199) * 300;
        for (int k = 0; k < many; k++) yd_series_add(series, step++, x, x + k);
        if (data[i] % 16 == 1) step = (int64_t)((uint64_t)step / 2);
        if (data[i] % 16 == 2)
            memcpy(&step, data + i + 1, sizeof step), step = (int64_t)((uint64_t)step >> 2);
        if (data[i] % 16 == 3) yd_series_give_up(series, data[i + 1] % YD_SERIES_FLOORS);
        check(series, (yd_axis)(data[i] % YD_AXIS_COUNT), x, x * 2 + 1);
    }
    yd_series_column all = yd_series_sum_up(series, YD_AXIS_STEP, -1, 1e300);
    YD_ASSERT(all.count + (int64_t)all.not_finite == yd_series_count(series));
    yd_series_destroy(series);
    for (int k = 0; k < YD_SERIES_FLOORS; k++) YD_ASSERT(budget.blocks[k] == 0);
    return 0;
}
