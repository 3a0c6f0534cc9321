#include "series/series_store.h"
#include "support/mt19937.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The yardstick: all values in an array. */
typedef struct model {
    int64_t steps[40000];
    double walls[40000], values[40000];
    int count;
} model;

static void model_add(model *m, int64_t step, double wall, double value)
{
    while (m->count && m->steps[m->count - 1] >= step) m->count--;
    m->steps[m->count] = step;
    m->walls[m->count] = m->count ? fmax(wall, m->walls[m->count - 1]) : wall;
    m->values[m->count++] = value;
}

static yd_series_column model_column(const model *m, yd_axis axis, double from, double to, bool last)
{
    yd_series_column column = {NAN, NAN, NAN, 0, 0};
    double sum = 0;
    for (int i = 0; i < m->count; i++) {
        double x = axis == YD_AXIS_WALL    ? m->walls[i]
                   : axis == YD_AXIS_EPOCH ? (double)(m->steps[i] + 1) / 8
                                           : (double)m->steps[i];
        if (x < from || (last ? x > to : x >= to)) continue;
        if (!isfinite(m->values[i])) {
            column.not_finite++;
            continue;
        }
        column.low = column.count ? fmin(column.low, m->values[i]) : m->values[i];
        column.high = column.count ? fmax(column.high, m->values[i]) : m->values[i];
        sum += m->values[i];
        column.count++;
    }
    if (column.count) column.mean = sum / column.count;
    return column;
}

static bool equal(const yd_series_column *a, const yd_series_column *b)
{
    if (a->count != b->count || a->not_finite != b->not_finite) return false;
    return !a->count ||
           (a->low == b->low && a->high == b->high && fabs(a->mean - b->mean) <= 1e-9 * (1 + fabs(b->mean)));
}

static void check_columns(const yd_series *series, const model *m, yd_axis axis, double from, double to,
                          int count)
{
    yd_series_column found[64];
    yd_series_columns(series, axis, from, to, found, count);
    for (int i = 0; i < count; i++) {
        double left = i ? from + (to - from) * ((double)i / count) : from;
        double right = i == count - 1 ? to : from + (to - from) * ((i + 1.0) / count);
        yd_series_column wanted = model_column(m, axis, left, right, i == count - 1);
        CHECK(equal(&found[i], &wanted));
    }
    yd_series_column whole = yd_series_sum_up(series, axis, from, to),
                     wanted = model_column(m, axis, from, to, true);
    CHECK(equal(&whole, &wanted));
}

/* Any stretch, on any axis, after any history, is what the values themselves give. */
static void columns_are_what_the_values_give(void)
{
    model *m = calloc(1, sizeof *m);
    yd_series_store *store = yd_series_store_create();
    yd_mt19937 r;
    REQUIRE(m && store);
    yd_mt_seed_python(&r, 7);
    int series = yd_series_store_open(store, "step/loss", 9);
    REQUIRE(series == 0);
    yd_series_store_set_batches(store, 8);
    int64_t step = 0;
    double wall = 1.6e9;
    for (int round = 0; round < 30; round++) {
        int many = (int)(yd_mt_uniform(&r) * yd_mt_uniform(&r) * 2500);
        for (int i = 0; i < many; i++) {
            double value = yd_mt_uniform(&r) < 0.01    ? (double)NAN
                           : yd_mt_uniform(&r) < 0.001 ? (double)INFINITY
                                                       : yd_mt_uniform(&r) - 0.5;
            step += 1 + (yd_mt_uniform(&r) < 0.1 ? 40 : 0);
            wall += yd_mt_uniform(&r) - 0.05;
            yd_series_store_add(store, series, step, wall, value);
            model_add(m, step, wall, value);
        }
        const yd_series *own = yd_series_store_at(store, series);
        REQUIRE(yd_series_count(own) == m->count);
        if (!m->count) continue;
        double last = (double)step;
        for (int i = 0; i < 6; i++) {
            double a = yd_mt_uniform(&r) * last * 1.1 - 5, b = yd_mt_uniform(&r) * last * 1.1 - 5;
            check_columns(own, m, YD_AXIS_STEP, floor(fmin(a, b)), floor(fmax(a, b)) + 64, 64);
            check_columns(own, m, YD_AXIS_STEP, fmin(a, b), fmax(a, b) + 0.5,
                          1 + (int)(yd_mt_uniform(&r) * 63));
            check_columns(own, m, YD_AXIS_EPOCH, floor(fmin(a, b) / 8), floor(fmax(a, b) / 8) + 1, 16);
            check_columns(own, m, YD_AXIS_WALL, 1.6e9 + fmin(a, b), 1.6e9 + fmax(a, b) + 0.5, 32);
        }
        if (round % 4 == 3) step -= (int64_t)(yd_mt_uniform(&r) * last * 0.7);
    }
    yd_series_store_destroy(store);
    free(m);
}

/* What has been given up is left in groups: counts, minima and maxima of any stretch that ends between them.
 */
static void old_values_are_left_summed_up(void)
{
    yd_series_budget budget = {0};
    yd_series *series = yd_series_create("loss", 4, &budget);
    enum { COUNT = 600000, SPIKE = 123456 };
    REQUIRE(series);
    for (int i = 0; i < COUNT; i++)
        REQUIRE(yd_series_add(series, i, 1e9 + i,
                              i == SPIKE ? 1000
                              : i == 777 ? (double)NAN
                                         : (double)i / COUNT) == YD_SERIES_ADDED);
    int64_t blocks = budget.blocks[0];
    CHECK(blocks == (COUNT + 1023) / 1024 && budget.blocks[1] == (COUNT / 16 + 255) / 256);
    while (yd_series_give_up(series, 0)) blocks--;
    CHECK(blocks == 1 && budget.blocks[0] == 1);
    for (int i = 0; i < 100; i++) REQUIRE(yd_series_give_up(series, 1));
    CHECK(yd_series_count(series) == COUNT);
    yd_series_column columns[600];
    yd_series_columns(series, YD_AXIS_STEP, 0, COUNT, columns, 600);
    uint32_t count = 0, not_finite = 0;
    for (int i = 0; i < 600; i++) {
        count += columns[i].count, not_finite += columns[i].not_finite;
        CHECK((columns[i].high > 999) == (i == SPIKE / 1000));
        CHECK(columns[i].count + columns[i].not_finite >= 1000 - 256);
    }
    CHECK(count == COUNT - 1 && not_finite == 1);
    yd_series_point point;
    REQUIRE(yd_series_nearest(series, YD_AXIS_STEP, COUNT - 7, &point));
    CHECK(point.step == COUNT - 7 && point.count == 1);
    REQUIRE(yd_series_nearest(series, YD_AXIS_STEP, 500000, &point));
    CHECK(point.count == 16 && llabs(point.step - 500000) <= 8);
    REQUIRE(yd_series_before(series, YD_AXIS_STEP, SPIKE, &point));
    CHECK(point.count == 256 && point.high == 1000 && point.step == SPIKE / 256 * 256);
    /* Going back into what was given up: the group that it lies in stays whole, and all is in step again. */
    CHECK(yd_series_add(series, 200000, 2e9, 5) == YD_SERIES_REPLACED);
    int64_t left = yd_series_count(series);
    CHECK(left > 200001 && left <= 200001 + 256);
    for (int i = 1; i < 5000; i++) {
        CHECK(yd_series_add(series, 200000 + i, 2e9, 5) == YD_SERIES_ADDED);
        REQUIRE(yd_series_before(series, YD_AXIS_STEP, 200000 + i, &point) && point.step == 200000 + i);
        REQUIRE(yd_series_before(series, YD_AXIS_STEP, 200000 + i / 2, &point) &&
                point.step == 200000 + i / 2);
        REQUIRE(yd_series_before(series, YD_AXIS_STEP, 199000, &point) && point.step == 199000 / 256 * 256);
    }
    yd_series_column all = yd_series_sum_up(series, YD_AXIS_STEP, 0, 1e9);
    CHECK(all.count + all.not_finite == left + 4999 && all.high == 1000);
    /* Back to the beginning. */
    CHECK(yd_series_add(series, 0, 3e9, 7) == YD_SERIES_REPLACED && yd_series_count(series) == 1);
    all = yd_series_sum_up(series, YD_AXIS_STEP, -1, 1e9);
    CHECK(all.count == 1 && all.low == 7);
    yd_series_destroy(series);
    for (int k = 0; k < YD_SERIES_FLOORS; k++) CHECK(budget.blocks[k] == 0);
}

static void axes(void)
{
    yd_series_store *store = yd_series_store_create();
    double from, to;
    yd_series_point point;
    REQUIRE(store);
    int epochs = yd_series_store_open(store, "metrics/mAP_0.5", 15),
        batches = yd_series_store_open(store, "step/loss", 9),
        other = yd_series_store_open(store, "accuracy", 8);
    const yd_series *map = yd_series_store_at(store, epochs), *loss = yd_series_store_at(store, batches);
    CHECK(!yd_series_range(map, YD_AXIS_STEP, &from, &to) && !yd_series_last(map, &point));
    for (int i = 0; i < 3; i++) yd_series_store_add(store, epochs, i, 0, i);
    for (int i = 0; i < 30; i++) yd_series_store_add(store, batches, i, 100 + i, i);
    yd_series_store_add(store, other, 5, 90, 1);
    CHECK(yd_series_range(map, YD_AXIS_EPOCH, &from, &to) && from == 1 && to == 3);
    CHECK(!yd_series_range(map, YD_AXIS_WALL, &from, &to)); /* no times */
    CHECK(!yd_series_range(loss, YD_AXIS_EPOCH, &from, &to));
    yd_series_store_set_batches(store, 10);
    CHECK(yd_series_range(loss, YD_AXIS_EPOCH, &from, &to) && from == 0.1 && to == 3);
    CHECK(yd_series_range(loss, YD_AXIS_WALL, &from, &to) && from == 100 && to == 129);
    CHECK(!yd_series_range(yd_series_store_at(store, other), YD_AXIS_EPOCH, &from, &to));
    CHECK(yd_series_store_start(store) == 90);
    CHECK(yd_series_nearest(loss, YD_AXIS_EPOCH, 1.04, &point) && point.step == 9);
    CHECK(yd_series_nearest(loss, YD_AXIS_EPOCH, -7, &point) && point.step == 0);
    CHECK(yd_series_nearest(loss, YD_AXIS_WALL, 1e9, &point) && point.step == 29);
    CHECK(!yd_series_nearest(map, YD_AXIS_WALL, 100, &point));
    CHECK(!yd_series_before(loss, YD_AXIS_STEP, -1, &point));
    yd_series_column column = yd_series_sum_up(map, YD_AXIS_WALL, 0, 1e12);
    CHECK(column.count == 0 && isnan(column.mean));
    /* Times are given later: the values before have none still. */
    yd_series_store_add(store, epochs, 3, 500, 3);
    CHECK(yd_series_range(map, YD_AXIS_WALL, &from, &to) && from == 500 && to == 500);
    yd_series_column two[2];
    yd_series_columns(map, YD_AXIS_WALL, 0, 1000, two, 2);
    CHECK(two[0].count == 0 && two[1].count == 1);
    yd_series_columns(map, YD_AXIS_STEP, 5, 5, two, 2); /* no range */
    CHECK(two[0].count == 0 && two[1].count == 0);
    yd_series_columns(map, YD_AXIS_STEP, 0, (double)INFINITY, two, 2);
    CHECK(two[0].count == 0 && two[1].count == 0);
    yd_series_store_destroy(store);
}

static void going_back_replaces_and_is_marked(void)
{
    yd_series_store *store = yd_series_store_create();
    REQUIRE(store);
    int loss = yd_series_store_open(store, "step/loss", 9),
        map = yd_series_store_open(store, "metrics/mAP_0.5", 15);
    yd_series_store_set_batches(store, 10);
    for (int i = 0; i < 50; i++) yd_series_store_add(store, loss, i, 1000 + i, 1);
    for (int i = 0; i < 5; i++) yd_series_store_add(store, map, i, 1000 + i, 1);
    yd_series_store_restart(store, 25, 2000, "resumed", false);
    CHECK(yd_series_count(yd_series_store_at(store, loss)) == 25);
    CHECK(yd_series_count(yd_series_store_at(store, map)) == 2); /* the third epoch was under way */
    REQUIRE(yd_series_store_mark_count(store) == 1);
    const yd_mark *mark = yd_series_store_mark_at(store, 0);
    CHECK_TEXT(mark->text, "resumed");
    CHECK_NEAR(yd_series_store_mark_x(store, mark, yd_series_store_at(store, loss), YD_AXIS_STEP), 24.5, 0);
    CHECK_NEAR(yd_series_store_mark_x(store, mark, yd_series_store_at(store, loss), YD_AXIS_EPOCH), 2.5, 0);
    CHECK_NEAR(yd_series_store_mark_x(store, mark, yd_series_store_at(store, map), YD_AXIS_STEP), 2, 0);
    CHECK_NEAR(yd_series_store_mark_x(store, mark, yd_series_store_at(store, map), YD_AXIS_WALL), 2000, 0);
    for (int i = 25; i < 30; i++) yd_series_store_add(store, loss, i, 2000 + i, 2);
    yd_series_store_restart(store, 25, 2000, "resumed", true); /* learnt of again: what came since stays */
    CHECK(yd_series_count(yd_series_store_at(store, loss)) == 30 && yd_series_store_mark_count(store) == 1);
    yd_series_store_add(store, loss, 10, 3000, 3); /* without a word */
    CHECK(yd_series_count(yd_series_store_at(store, loss)) == 11);
    CHECK(yd_series_store_mark_count(store) == 2 && yd_series_store_mark_at(store, 0)->step == 10);
    /* What has come another way is not taken again. */
    yd_series_store_add_newer(store, loss, 10, 3000, 99);
    yd_series_store_add_newer(store, loss, 7, 2999, 99);
    CHECK(yd_series_count(yd_series_store_at(store, loss)) == 11);
    CHECK_NEAR(yd_series_last_value(yd_series_store_at(store, loss)), 3, 0);
    yd_series_store_add_newer(store, loss, 11, 3001, 4);
    CHECK_NEAR(yd_series_last_value(yd_series_store_at(store, loss)), 4, 0);
    yd_series_store_destroy(store);
}

static void marks_are_kept_in_order_once(void)
{
    yd_series_store *store = yd_series_store_create();
    REQUIRE(store);
    int loss = yd_series_store_open(store, "step/loss", 9);
    for (int i = 0; i < 100; i++) yd_series_store_add(store, loss, i, 1000 + i, 1);
    yd_series_store_mark(store, 20, 0, "patience 100 -> 50");
    yd_series_store_mark(store, 10, 0, "save_period -1 -> 5");
    yd_series_store_mark(store, 20, 0, "mosaic 1 -> 0");
    yd_series_store_mark(store, 20, 0, "patience 100 -> 50");
    REQUIRE(yd_series_store_mark_count(store) == 3);
    CHECK_TEXT(yd_series_store_mark_at(store, 0)->text, "save_period -1 -> 5");
    CHECK_TEXT(yd_series_store_mark_at(store, 1)->text, "patience 100 -> 50");
    CHECK_TEXT(yd_series_store_mark_at(store, 2)->text, "mosaic 1 -> 0");
    CHECK_NEAR(yd_series_store_mark_x(store, yd_series_store_mark_at(store, 0),
                                      yd_series_store_at(store, loss), YD_AXIS_WALL),
               1010, 0);
    for (int i = 0; i < YD_STORE_MARKS + 10; i++) {
        char text[32];
        snprintf(text, sizeof text, "mark %d", i);
        yd_series_store_mark(store, i, 0, text);
    }
    CHECK(yd_series_store_mark_count(store) == YD_STORE_MARKS);
    yd_series_store_destroy(store);
}

static void bounded(void)
{
    yd_series_store *store = yd_series_store_create();
    char name[300];
    REQUIRE(store);
    memset(name, 'x', sizeof name);
    CHECK(yd_series_store_open(store, name, YD_SERIES_NAME) == -1 &&
          yd_series_store_open(store, name, 0) == -1);
    CHECK(yd_series_store_open(store, "a\0b", 3) == -1);
    CHECK(yd_series_store_open(store, name, YD_SERIES_NAME - 1) == 0);
    for (int i = 1; i < YD_STORE_SERIES; i++) {
        snprintf(name, sizeof name, "series %d", i);
        REQUIRE(yd_series_store_open(store, name, strlen(name)) == i);
    }
    CHECK(yd_series_store_open(store, "one more", 8) == -1);
    CHECK(yd_series_store_open(store, "series 77", 9) == 77 &&
          yd_series_store_open(store, "series 7", 8) == 7);
    CHECK(yd_series_store_find(store, "series 4095") == yd_series_store_at(store, 4095) &&
          !yd_series_store_find(store, "one more"));
    yd_series_store_add(store, -1, 1, 1, 1);
    CHECK(yd_series_store_left_out(store) == 1);
    /* More than it keeps in full: the longest gives up its oldest, and nothing is lost from the sums. */
    const int64_t many = 5000000;
    for (int64_t i = 0; i < many; i++) yd_series_store_add(store, 3, i, 0, i == 12345 ? -1.0 : 1.0);
    yd_series_store_add(store, 5, 0, 0, 1.0);
    yd_series_column all = yd_series_sum_up(yd_series_store_at(store, 3), YD_AXIS_STEP, 0, 1e9);
    CHECK(all.count == many && all.low == -1.0);
    yd_series_point point;
    yd_series_get(yd_series_store_at(store, 3), 12345, &point);
    CHECK(point.count == 16 && point.low == -1.0);
    yd_series_get(yd_series_store_at(store, 3), many - 1000000, &point);
    CHECK(point.count == 1);
    yd_series_store_destroy(store);
}

static void extreme_values(void)
{
    yd_series_store *store = yd_series_store_create();
    REQUIRE(store);
    int series = yd_series_store_open(store, "big", 3);
    for (int i = 0; i < 64; i++) yd_series_store_add(store, series, i, 1, 1.7e308);
    yd_series_column column = yd_series_sum_up(yd_series_store_at(store, series), YD_AXIS_STEP, 0, 64);
    CHECK(column.mean == 1.7e308 && column.count == 64);
    yd_series_store_add(store, series, INT64_MAX, (double)NAN, -1.7e308);
    yd_series_store_add(store, series, INT64_MAX, (double)INFINITY, -1.7e308);
    CHECK(yd_series_count(yd_series_store_at(store, series)) == 65);
    yd_series_store_add(store, series, INT64_MIN, -5, 0);
    CHECK(yd_series_count(yd_series_store_at(store, series)) == 1);
    yd_series_store_set_batches(store, (double)NAN);
    CHECK(yd_series_store_batches(store) <= 0);
    yd_series_store_destroy(store);
}

static const yd_test_case cases[] = {
    {"columns are what the values give", columns_are_what_the_values_give},
    {"old values are left summed up", old_values_are_left_summed_up},
    {"axes", axes},
    {"going back replaces, and is marked", going_back_replaces_and_is_marked},
    {"marks are kept in order, once", marks_are_kept_in_order_once},
    {"bounded", bounded},
    {"extreme values", extreme_values},
};
TEST_MAIN(cases)
