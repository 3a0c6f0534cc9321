#include "tui/history.h"
#include <math.h>
#include <string.h>

static void join(yd_history_point *into, const yd_history_point *from)
{
    if (from->count) {
        into->low = into->count ? fminf(into->low, from->low) : from->low;
        into->high = into->count ? fmaxf(into->high, from->high) : from->high;
    }
    into->x = from->x;
    into->sum += from->sum;
    into->count += from->count;
    into->not_finite += from->not_finite;
}

static double slot_of(const yd_history *history, double x)
{
    return floor(x / history->width);
}

/* Doubles the width until at least a quarter of the points is free. */
static void make_room(yd_history *history)
{
    while (history->count > YD_HISTORY_POINTS * 3 / 4) {
        history->width *= 2;
        int kept = 0;
        for (int i = 1; i < history->count; i++) {
            yd_history_point *last = &history->points[kept], *point = &history->points[i];
            if (slot_of(history, last->x) == slot_of(history, point->x))
                join(last, point);
            else
                history->points[++kept] = *point;
        }
        history->count = kept + 1;
    }
}

void yd_history_add(yd_history *history, double x, double value)
{
    if (!isfinite(x) || x < 0) return;
    if (history->width == 0) history->width = 1.0 / 65536;
    while (history->count > 0 && history->points[history->count - 1].x >= x) history->count--;
    yd_history_point point = {.x = x};
    if (isfinite(value))
        point.sum = value, point.low = point.high = (float)value, point.count = 1;
    else
        point.not_finite = 1;
    yd_history_point *last = history->count ? &history->points[history->count - 1] : NULL;
    if (last && slot_of(history, last->x) == slot_of(history, x)) {
        join(last, &point);
        return;
    }
    if (history->count == YD_HISTORY_POINTS) make_room(history);
    history->points[history->count++] = point;
}

double yd_history_last(const yd_history *history)
{
    for (int i = history->count - 1; i >= 0; i--)
        if (history->points[i].count) return history->points[i].sum / history->points[i].count;
    return NAN;
}

static int column_of(double x, double from, double to, int count)
{
    int column = (int)((x - from) / (to - from) * count);
    return column < 0 ? 0 : column >= count ? count - 1 : column;
}

static yd_history_column shown(const yd_history_point *point)
{
    yd_history_column column = {.known = point->count > 0, .not_finite = point->not_finite > 0};
    if (point->count) {
        column.low = point->low;
        column.high = point->high;
        column.mean = (float)(point->sum / point->count);
    }
    return column;
}

void yd_history_columns(const yd_history *history, double from, double to, yd_history_column *columns,
                        int count)
{
    memset(columns, 0, (size_t)count * sizeof *columns);
    if (!(to > from) || count <= 0) return;
    int next = 0;
    yd_history_column before = {0};
    for (; next < history->count && history->points[next].x < from; next++)
        if (history->points[next].count) before = shown(&history->points[next]);
    before.not_finite = false;
    for (int i = 0; i < count; i++) {
        yd_history_point all = {0};
        for (; next < history->count && history->points[next].x <= to; next++) {
            if (column_of(history->points[next].x, from, to, count) != i) break;
            join(&all, &history->points[next]);
        }
        columns[i] = shown(&all);
        if (columns[i].known) {
            before = columns[i];
            before.not_finite = false;
        } else {
            bool not_finite = columns[i].not_finite;
            columns[i] = before;
            columns[i].not_finite = not_finite;
        }
    }
}
