#include "series/series_store.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/vector.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 2 * YD_STORE_SERIES }; /* of the hash table: a power of two */

/* Blocks that all series together may hold of each floor (series.c: 1024 values, or 256 nodes). */
static const int64_t block_limit[YD_SERIES_FLOORS] = {2048, 2048, 2048, 2048, 2048, 2048, INT64_MAX};

struct yd_series_store {
    yd_series *series[YD_STORE_SERIES];
    int count, opened;    /* opened: the number that was asked for last */
    int16_t slots[SLOTS]; /* number of a series and 1; 0: free */
    yd_vector marks;      /* yd_mark */
    double batches;
    uint64_t version;
    int64_t left_out;
    yd_series_budget budget;
};

yd_series_store *yd_series_store_create(void)
{
    yd_series_store *store = calloc(1, sizeof *store);
    if (store) store->marks.size = sizeof(yd_mark);
    return store;
}

void yd_series_store_destroy(yd_series_store *store)
{
    if (!store) return;
    for (int i = 0; i < store->count; i++) yd_series_destroy(store->series[i]);
    yd_vector_free(&store->marks);
    free(store);
}

int yd_series_store_count(const yd_series_store *store)
{
    return store->count;
}

const yd_series *yd_series_store_at(const yd_series_store *store, int i)
{
    return store->series[i];
}

static bool is_named(const yd_series *series, const char *name, size_t length)
{
    const char *found = yd_series_name(series);
    return strncmp(found, name, length) == 0 && !found[length];
}

/* The slot that has the name, or the free one where it belongs. The table is never full. */
static int slot_of(const yd_series_store *store, const char *name, size_t length)
{
    int slot = (int)(yd_fnv1a(name, length) & (SLOTS - 1));
    while (store->slots[slot] && !is_named(store->series[store->slots[slot] - 1], name, length))
        slot = (slot + 1) & (SLOTS - 1);
    return slot;
}

const yd_series *yd_series_store_find(const yd_series_store *store, const char *name)
{
    int number = store->slots[slot_of(store, name, strlen(name))];
    return number ? store->series[number - 1] : NULL;
}

static void tell_batches(const yd_series_store *store, yd_series *series)
{
    if (yd_series_domain(series) == YD_STEP_BATCH) yd_series_set_steps_per_epoch(series, store->batches);
}

int yd_series_store_open(yd_series_store *store, const char *name, size_t length)
{
    if (!length || length >= YD_SERIES_NAME || memchr(name, 0, length)) return -1;
    /* Records name the same series in the same order, step after step: the one behind the last is tried
     * first. */
    int next = store->opened + 1;
    if (next < store->count && is_named(store->series[next], name, length)) return store->opened = next;
    int slot = slot_of(store, name, length);
    if (store->slots[slot]) return store->opened = store->slots[slot] - 1;
    yd_series *made = store->count < YD_STORE_SERIES ? yd_series_create(name, length, &store->budget) : NULL;
    if (!made) return -1;
    tell_batches(store, made);
    store->series[store->count++] = made;
    store->slots[slot] = (int16_t)store->count;
    store->version++;
    return store->opened = store->count - 1;
}

/* The series that holds the most of a floor gives up its oldest block. */
static void make_room(yd_series_store *store, int floor)
{
    yd_series *longest = NULL;
    for (int i = 0; i < store->count; i++)
        if (!longest || yd_series_blocks(store->series[i], floor) > yd_series_blocks(longest, floor))
            longest = store->series[i];
    if (longest) yd_series_give_up(longest, floor);
}

void yd_series_store_add(yd_series_store *store, int series, int64_t step, double wall, double value)
{
    if (series < 0 || series >= store->count) {
        store->left_out++;
        return;
    }
    yd_series *own = store->series[series];
    /* What has no time came from a table; the event file that replaces it is no resumption. */
    bool timed = yd_series_last_wall(own) > 0;
    int64_t blocks = yd_series_blocks(own, 0);
    yd_series_added added = yd_series_add(own, step, wall, value);
    store->version++;
    store->left_out += added == YD_SERIES_REFUSED;
    if (yd_series_blocks(own, 0) > blocks)
        for (int floor = 0; floor < YD_SERIES_FLOORS; floor++)
            if (store->budget.blocks[floor] > block_limit[floor]) make_room(store, floor);
    /* An epoch that is replaced follows batches that were, where those are known. */
    bool follows = yd_series_domain(own) == YD_STEP_EPOCH && store->batches > 0;
    if (added == YD_SERIES_REPLACED && timed && !follows)
        yd_series_store_mark(store, step, wall, "went back");
}

void yd_series_store_add_newer(yd_series_store *store, int series, int64_t step, double wall, double value)
{
    bool known = wall > 0 && series >= 0 && series < store->count &&
                 yd_series_last_wall(store->series[series]) >= wall;
    if (!known) yd_series_store_add(store, series, step, wall, value);
}

void yd_series_store_restart(yd_series_store *store, int64_t step, double wall, const char *text, bool newer)
{
    for (int i = 0; i < store->count; i++) {
        yd_series *own = store->series[i];
        bool epochs = yd_series_domain(own) == YD_STEP_EPOCH && store->batches > 0;
        if (newer && yd_series_last_wall(own) >= wall) continue;
        yd_series_cut(own, epochs ? (int64_t)floor((double)step / store->batches) : step);
    }
    store->version++;
    yd_series_store_mark(store, step, wall, text);
}

void yd_series_store_set_batches(yd_series_store *store, double batches)
{
    batches = isfinite(batches) && batches >= 1 ? batches : 0;
    if (batches == store->batches) return;
    store->batches = batches;
    for (int i = 0; i < store->count; i++) tell_batches(store, store->series[i]);
    store->version++;
}

double yd_series_store_batches(const yd_series_store *store)
{
    return store->batches;
}

double yd_series_store_start(const yd_series_store *store)
{
    double start = 0, from, to;
    for (int i = 0; i < store->count; i++)
        if (yd_series_range(store->series[i], YD_AXIS_WALL, &from, &to) && (start <= 0 || from < start))
            start = from;
    return start;
}

uint64_t yd_series_store_version(const yd_series_store *store)
{
    return store->version;
}

int64_t yd_series_store_left_out(const yd_series_store *store)
{
    return store->left_out;
}

/* Marks. */

int yd_series_store_mark_count(const yd_series_store *store)
{
    return (int)store->marks.count;
}

const yd_mark *yd_series_store_mark_at(const yd_series_store *store, int i)
{
    return &YD_AT(yd_mark, &store->marks, i);
}

void yd_mark_change_text(char text[YD_MARK_TEXT], const char *name, double from, double to)
{
    snprintf(text, YD_MARK_TEXT, "%.60s %.6g -> %.6g", name, from, to);
}

void yd_series_store_mark(yd_series_store *store, int64_t step, double wall, const char *text)
{
    yd_mark mark = {.step = step, .steps_per_epoch = store->batches, .wall = wall > 0 ? wall : 0};
    yd_copy_text(mark.text, sizeof mark.text, text);
    size_t place = store->marks.count;
    for (; place > 0 && YD_AT(yd_mark, &store->marks, place - 1).step >= step; place--)
        if (YD_AT(yd_mark, &store->marks, place - 1).step == step &&
            strcmp(YD_AT(yd_mark, &store->marks, place - 1).text, mark.text) == 0)
            return;
    if (store->marks.count >= YD_STORE_MARKS || !yd_vector_push(&store->marks, &mark)) return;
    /* Behind those of the same step: they are in the order in which they came. */
    for (place = store->marks.count - 1; place > 0 && YD_AT(yd_mark, &store->marks, place - 1).step > step;
         place--)
        YD_AT(yd_mark, &store->marks, place) = YD_AT(yd_mark, &store->marks, place - 1);
    YD_AT(yd_mark, &store->marks, place) = mark;
    store->version++;
}

/* The time of the first batch from the mark's step on. */
static double wall_of(const yd_series_store *store, const yd_mark *mark)
{
    for (int i = 0; i < store->count && mark->wall <= 0; i++) {
        const yd_series *series = store->series[i];
        yd_series_point point;
        if (yd_series_domain(series) != YD_STEP_BATCH ||
            !yd_series_nearest(series, YD_AXIS_STEP, (double)mark->step, &point))
            continue;
        double wall = yd_series_x(series, YD_AXIS_WALL, &point);
        if (!isnan(wall)) return wall;
    }
    return mark->wall > 0 ? mark->wall : (double)NAN;
}

double yd_series_store_mark_x(const yd_series_store *store, const yd_mark *mark, const yd_series *series,
                              yd_axis axis)
{
    double steps = yd_series_steps_per_epoch(series);
    double batches = mark->steps_per_epoch > 0 ? mark->steps_per_epoch : store->batches;
    double epoch = batches > 0 ? (double)mark->step / batches : (double)NAN; /* epochs done before the step */
    switch (axis) {
    case YD_AXIS_STEP: /* between the step before and the step */
        return steps > 0 && !isnan(epoch) ? epoch * steps - 0.5 : (double)mark->step - 0.5;
    case YD_AXIS_EPOCH:
        return epoch;
    case YD_AXIS_WALL:
        return wall_of(store, mark);
    case YD_AXIS_COUNT:
        break;
    }
    return NAN;
}
