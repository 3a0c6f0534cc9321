#include "series/series.h"
#include "series/blocks.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FAN_SHIFT = 4, FAN = 1 << FAN_SHIFT, VALUE_SHIFT = 10, NODE_SHIFT = 8 };
#define MOST_VALUES ((int64_t)1 << 31)

/* Every element of every floor begins so. */
typedef struct position {
    int64_t step;
    double wall;
} position;

/* Floor 0. */
typedef struct value {
    position at;
    double value;
} value;

/* Floor k >= 1: node j sums up the values from j * 16^k on, of which there are 16^k; at is of the first.
 * Nodes are made when their values are complete, so that no value changes what is above it, and cutting is
 * cutting each floor to the nodes that are still complete. */
typedef struct node {
    position at;
    double low, high, sum; /* of the finite values */
    uint32_t count, not_finite;
} node;

struct yd_series {
    int64_t count;
    position last;
    double steps_per_epoch; /* 0: not known */
    yd_step_domain domain;
    yd_series_budget *budget;
    yd_blocks floors[YD_SERIES_FLOORS];
    char name[];
};

yd_series *yd_series_create(const char *name, size_t length, yd_series_budget *budget)
{
    yd_series *series = calloc(1, sizeof *series + length + 1);
    if (!series) return NULL;
    memcpy(series->name, name, length);
    series->budget = budget;
    series->domain = yd_tag_domain(series->name);
    series->steps_per_epoch = series->domain == YD_STEP_EPOCH ? 1 : 0;
    series->floors[0] = (yd_blocks){.size = sizeof(value), .shift = VALUE_SHIFT};
    for (int k = 1; k < YD_SERIES_FLOORS; k++)
        series->floors[k] = (yd_blocks){.size = sizeof(node), .shift = NODE_SHIFT};
    return series;
}

void yd_series_destroy(yd_series *series)
{
    if (!series) return;
    for (int k = 0; k < YD_SERIES_FLOORS; k++) {
        series->budget->blocks[k] -= series->floors[k].block_count;
        yd_blocks_free(&series->floors[k]);
    }
    free(series);
}

const char *yd_series_name(const yd_series *series)
{
    return series->name;
}

yd_step_domain yd_series_domain(const yd_series *series)
{
    return series->domain;
}

double yd_series_steps_per_epoch(const yd_series *series)
{
    return series->steps_per_epoch;
}

void yd_series_set_steps_per_epoch(yd_series *series, double steps)
{
    series->steps_per_epoch = isfinite(steps) && steps > 0 ? steps : 0;
}

int64_t yd_series_count(const yd_series *series)
{
    return series->count;
}

int yd_series_blocks(const yd_series *series, int floor)
{
    return series->floors[floor].block_count;
}

/* Summing up. */

/* What a sum begins with: any value is lower and higher. */
static const node nothing = {.low = INFINITY, .high = -INFINITY};

/* Written so that both become instructions without a branch: fmin and fmax, which mind NaNs, are calls. */
static inline double lower(double a, double b)
{
    return a < b ? a : b;
}

static inline double higher(double a, double b)
{
    return a > b ? a : b;
}

static inline void join_value(node *into, const value *from)
{
    if (!isfinite(from->value)) {
        into->not_finite++;
        return;
    }
    into->low = lower(from->value, into->low);
    into->high = higher(from->value, into->high);
    into->sum += from->value;
    into->count++;
}

static inline void join_node(node *into, const node *from)
{
    into->low = lower(from->low, into->low);
    into->high = higher(from->high, into->high);
    into->sum += from->sum;
    into->count += from->count;
    into->not_finite += from->not_finite;
}

static void join(const yd_series *series, node *into, int floor, int64_t i)
{
    const void *element = yd_blocks_at(&series->floors[floor], i);
    if (floor == 0)
        join_value(into, element);
    else
        join_node(into, element);
}

/* The highest floor that has a node from a on that does not reach over b; a floor on which a has been given
 * up is too low. Whatever has been given up ends where a node of the floor above begins, so that nothing is
 * left out. */
static int floor_for(const yd_series *series, int64_t a, int64_t b)
{
    int floor = 0;
    while (floor + 1 < YD_SERIES_FLOORS) {
        int64_t width = (int64_t)1 << FAN_SHIFT * (floor + 1);
        bool fits = !(a & (width - 1)) && a + width <= b;
        if (!fits && a >> FAN_SHIFT * floor >= series->floors[floor].first) break;
        floor++;
    }
    return floor;
}

static node sum_up(const yd_series *series, int64_t a, int64_t b)
{
    node sum = nothing;
    while (a < b) {
        int floor = floor_for(series, a, b);
        join(series, &sum, floor, a >> FAN_SHIFT * floor);
        a += (int64_t)1 << FAN_SHIFT * floor;
    }
    return sum;
}

static double mean_of(const node *sum)
{
    double mean = sum->sum / sum->count;
    return isfinite(mean) ? fmin(fmax(mean, sum->low), sum->high) : sum->low / 2 + sum->high / 2;
}

static yd_series_column column_of(const node *sum)
{
    yd_series_column column = {NAN, NAN, NAN, sum->count, sum->not_finite};
    if (sum->count) column.low = sum->low, column.mean = mean_of(sum), column.high = sum->high;
    return column;
}

static void point_of(const node *sum, yd_series_point *point)
{
    const yd_series_column column = column_of(sum);
    *point = (yd_series_point){sum->at.step, sum->at.wall, column.low,       column.mean,
                               column.high,  column.count, column.not_finite};
}

/* Finding. */

static double x_of(const yd_series *series, yd_axis axis, const position *at)
{
    switch (axis) {
    case YD_AXIS_STEP:
        return (double)at->step;
    case YD_AXIS_EPOCH:
        return series->steps_per_epoch > 0 ? ((double)at->step + 1) / series->steps_per_epoch : (double)NAN;
    case YD_AXIS_WALL:
        return at->wall > 0 ? at->wall : (double)NAN;
    case YD_AXIS_COUNT:
        break;
    }
    return NAN;
}

double yd_series_x(const yd_series *series, yd_axis axis, const yd_series_point *point)
{
    return x_of(series, axis, &(position){point->step, point->wall});
}

/* The axis in what the places have: steps or times, which both ascend. */
typedef struct target {
    bool by_wall;
    double x;
} target;

static bool aim(const yd_series *series, yd_axis axis, double x, target *aimed)
{
    *aimed = (target){axis == YD_AXIS_WALL, x};
    if (axis == YD_AXIS_EPOCH) {
        if (series->steps_per_epoch <= 0) return false;
        /* The rounding of the way back must not move a value over an edge: steps are whole. */
        double step = x * series->steps_per_epoch - 1, whole = nearbyint(step);
        aimed->x = fabs(step - whole) < 1e-6 ? whole : step;
    }
    return !isnan(x);
}

static bool lies_before(const position *at, target aimed, bool inclusive)
{
    double x = aimed.by_wall ? at->wall : (double)at->step;
    return inclusive ? x <= aimed.x : x < aimed.x;
}

static const position *position_at(const yd_series *series, int floor, int64_t i)
{
    return yd_blocks_at(&series->floors[floor], i);
}

/* The lowest floor that reaches back to the target: what lies before its first element has been given up
 * there, and is summed up on the floors above. -1: nothing lies before the target. */
static int floor_of(const yd_series *series, target aimed, bool inclusive)
{
    for (int k = 0; k < YD_SERIES_FLOORS; k++) {
        const yd_blocks *blocks = &series->floors[k];
        if (blocks->first == blocks->end) continue;
        if (lies_before(position_at(series, k, blocks->first), aimed, inclusive)) return k;
        if (blocks->first == 0) return -1;
    }
    return -1;
}

/* The number of values that lie before the target (inclusive: or on it); what was summed up counts by its
 * first. From floor to floor downward the last element that lies before it is looked for among the sixteen
 * that the one above sums up: the upper floors are small and stay in the cache. */
static int64_t values_before(const yd_series *series, target aimed, bool inclusive)
{
    int lowest = floor_of(series, aimed, inclusive);
    if (lowest < 0) return 0;
    int64_t found =
        -1; /* on the floor above: the last that lies before the target; -1: that floor is empty */
    for (int k = YD_SERIES_FLOORS - 1; k >= lowest; k--) {
        const yd_blocks *blocks = &series->floors[k];
        bool last = k + 1 == YD_SERIES_FLOORS || found + 1 >= series->floors[k + 1].end;
        int64_t low = found * FAN, high = last ? blocks->end : (found + 1) * FAN;
        if (low < blocks->first) low = blocks->first;
        if (blocks->first == blocks->end) low = (found + 1) * FAN - 1; /* cut off, and not yet filled again */
        while (high - low > 1) {
            int64_t middle = low + (high - low) / 2;
            if (lies_before(position_at(series, k, middle), aimed, inclusive))
                low = middle;
            else
                high = middle;
        }
        found = low;
    }
    return (found + 1) * ((int64_t)1 << FAN_SHIFT * lowest);
}

/* What the i-th value was summed up in, or itself. */
static node element_at(const yd_series *series, int64_t i)
{
    int floor = 0;
    while (floor + 1 < YD_SERIES_FLOORS && i >> FAN_SHIFT * floor < series->floors[floor].first) floor++;
    node sum = nothing;
    sum.at = *position_at(series, floor, i >> FAN_SHIFT * floor);
    join(series, &sum, floor, i >> FAN_SHIFT * floor);
    return sum;
}

void yd_series_get(const yd_series *series, int64_t i, yd_series_point *point)
{
    node sum = element_at(series, i);
    point_of(&sum, point);
}

bool yd_series_last(const yd_series *series, yd_series_point *point)
{
    if (series->count) yd_series_get(series, series->count - 1, point);
    return series->count > 0;
}

double yd_series_last_wall(const yd_series *series)
{
    return series->last.wall;
}

double yd_series_last_value(const yd_series *series)
{
    yd_series_point point;
    for (int64_t i = series->count - 1; i >= 0 && i >= series->count - FAN; i--) {
        yd_series_get(series, i, &point);
        if (point.count) return point.mean;
    }
    return NAN;
}

bool yd_series_range(const yd_series *series, yd_axis axis, double *from, double *to)
{
    int64_t first = 0;
    target timeless = {.by_wall = true, .x = 0};
    if (axis == YD_AXIS_WALL) first = values_before(series, timeless, true);
    if (first >= series->count) return false;
    node begin = element_at(series, first);
    *from = x_of(series, axis, &begin.at);
    *to = x_of(series, axis, &series->last);
    return !isnan(*from) && !isnan(*to);
}

void yd_series_columns(const yd_series *series, yd_axis axis, double from, double to,
                       yd_series_column *columns, int count)
{
    target aimed;
    for (int i = 0; i < count; i++) columns[i] = (yd_series_column){NAN, NAN, NAN, 0, 0};
    if (count < 1 || !isfinite(from) || !isfinite(to) || !(to > from) || !aim(series, axis, from, &aimed))
        return;
    if (axis == YD_AXIS_WALL && aimed.x <= 0) aimed.x = 1e-9; /* times that are not known are 0 */
    int64_t begin = values_before(series, aimed, false);
    for (int i = 0; i < count; i++) {
        bool last = i == count - 1;
        if (!aim(series, axis, last ? to : from + (to - from) * ((i + 1.0) / count), &aimed)) return;
        int64_t end = values_before(series, aimed, last);
        if (end <= begin) continue;
        node sum = sum_up(series, begin, end);
        columns[i] = column_of(&sum);
        begin = end;
    }
}

void yd_series_fill(yd_series_column *columns, int count)
{
    for (int i = 1; i < count; i++) {
        const yd_series_column *before = &columns[i - 1];
        if (columns[i].count) continue;
        columns[i].low = before->low, columns[i].mean = before->mean, columns[i].high = before->high;
    }
}

yd_series_column yd_series_sum_up(const yd_series *series, yd_axis axis, double from, double to)
{
    target first, last;
    node sum = nothing;
    if (aim(series, axis, from, &first) && aim(series, axis, to, &last)) {
        if (axis == YD_AXIS_WALL && first.x <= 0) first.x = 1e-9;
        sum = sum_up(series, values_before(series, first, false), values_before(series, last, true));
    }
    return column_of(&sum);
}

bool yd_series_before(const yd_series *series, yd_axis axis, double x, yd_series_point *point)
{
    target aimed;
    if (!aim(series, axis, x, &aimed)) return false;
    int64_t end = values_before(series, aimed, true);
    if (end > series->count) end = series->count;
    if (end < 1) return false;
    yd_series_get(series, end - 1, point);
    return !isnan(yd_series_x(series, axis, point));
}

bool yd_series_nearest(const yd_series *series, yd_axis axis, double x, yd_series_point *point)
{
    target aimed;
    yd_series_point after;
    if (!aim(series, axis, x, &aimed)) return false;
    int64_t end = values_before(series, aimed, true);
    bool has_before = yd_series_before(series, axis, x, point);
    if (end >= series->count) return has_before;
    yd_series_get(series, end, &after);
    double behind = yd_series_x(series, axis, &after) - x;
    if (!has_before || behind < x - yd_series_x(series, axis, point)) *point = after;
    return !isnan(behind);
}

/* Growing and cutting. */

static void *push(yd_series *series, int floor)
{
    yd_blocks *blocks = &series->floors[floor];
    int before = blocks->block_count;
    void *place = yd_blocks_push(blocks);
    series->budget->blocks[floor] += blocks->block_count - before;
    return place;
}

static void cut_floor(yd_series *series, int floor, int64_t end)
{
    yd_blocks *blocks = &series->floors[floor];
    int before = blocks->block_count;
    yd_blocks_cut(blocks, end);
    series->budget->blocks[floor] += blocks->block_count - before;
}

static void cut_to(yd_series *series, int64_t count)
{
    series->count = count;
    for (int k = 0; k < YD_SERIES_FLOORS; k++) cut_floor(series, k, count >> FAN_SHIFT * k);
    series->last = count ? element_at(series, count - 1).at : (position){0};
}

int64_t yd_series_cut(yd_series *series, int64_t step)
{
    int64_t before = series->count;
    if (!before || step > series->last.step) return 0;
    int64_t left = values_before(series, (target){.x = (double)step}, false);
    cut_to(series, left < before ? left : before);
    return before - series->count;
}

/* The nodes that have become complete. Where memory is out the newest value goes again: floors stay in step.
 */
static bool build(yd_series *series)
{
    for (int k = 1; k < YD_SERIES_FLOORS; k++) {
        int64_t below = series->floors[k - 1].end;
        if (below & (FAN - 1)) break;
        node *made = push(series, k);
        if (!made) return false;
        *made = nothing;
        made->at = *position_at(series, k - 1, below - FAN);
        for (int64_t i = below - FAN; i < below; i++) join(series, made, k - 1, i);
    }
    return true;
}

yd_series_added yd_series_add(yd_series *series, int64_t step, double wall, double number)
{
    bool back = yd_series_cut(series, step) > 0;
    if (series->count >= MOST_VALUES) return YD_SERIES_REFUSED;
    value *place = push(series, 0);
    if (!place) return YD_SERIES_REFUSED;
    double known = isfinite(wall) && wall > 0 ? wall : 0;
    *place = (value){{step, fmax(known, series->last.wall)}, number};
    position before = series->last;
    series->last = place->at;
    series->count++;
    if (build(series)) return back ? YD_SERIES_REPLACED : YD_SERIES_ADDED;
    series->count--;
    for (int k = 0; k < YD_SERIES_FLOORS; k++) cut_floor(series, k, series->count >> FAN_SHIFT * k);
    series->last = before;
    return YD_SERIES_REFUSED;
}

bool yd_series_give_up(yd_series *series, int floor)
{
    const yd_blocks *blocks = &series->floors[floor];
    if (blocks->block_count < 2 || floor + 1 >= YD_SERIES_FLOORS) return false;
    /* A floor never gives up more than the one below: sums climb only. */
    int64_t first = blocks->first + ((int64_t)1 << blocks->shift);
    if (floor > 0 && series->floors[floor - 1].first < first << FAN_SHIFT) return false;
    yd_blocks_drop_first(&series->floors[floor]);
    series->budget->blocks[floor]--;
    return true;
}
