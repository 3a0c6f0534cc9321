#include "tensor/memory_plan.h"
#include <stdint.h>
#include <stdlib.h>

static bool alive_together(const yd_span *a, const yd_span *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* Larger first; among equals the one that stands earlier, so that the order is total. */
static int by_size(const void *a, const void *b)
{
    const yd_span *x = *(const yd_span *const *)a, *y = *(const yd_span *const *)b;
    if (x->bytes != y->bytes) return x->bytes > y->bytes ? -1 : 1;
    return x < y ? -1 : x > y;
}

static bool align(size_t bytes, size_t *aligned)
{
    if (bytes > SIZE_MAX - YD_SPAN_ALIGNMENT) return false;
    *aligned = (bytes + YD_SPAN_ALIGNMENT - 1) / YD_SPAN_ALIGNMENT * YD_SPAN_ALIGNMENT;
    return true;
}

/* The smallest gap below the end of those placed (sorted by offset) that live with span, else the end itself.
 */
static size_t find_place(const yd_span *span, size_t bytes, yd_span **placed, int count)
{
    size_t end = 0, best = SIZE_MAX, best_gap = SIZE_MAX;
    for (int i = 0; i < count; i++) {
        if (!alive_together(span, placed[i])) continue;
        size_t start = placed[i]->offset, gap = start > end ? start - end : 0;
        if (gap >= bytes && gap < best_gap) best = end, best_gap = gap;
        size_t after =
            start + (placed[i]->bytes + YD_SPAN_ALIGNMENT - 1) / YD_SPAN_ALIGNMENT * YD_SPAN_ALIGNMENT;
        if (after > end) end = after;
    }
    return best != SIZE_MAX ? best : end;
}

static void insert(yd_span **placed, int count, yd_span *span)
{
    int at = count;
    while (at > 0 && placed[at - 1]->offset > span->offset) at--;
    for (int i = count; i > at; i--) placed[i] = placed[i - 1];
    placed[at] = span;
}

bool yd_memory_plan(yd_span *spans, int count, size_t *total)
{
    *total = 0;
    if (count <= 0) return true;
    yd_span **order = calloc((size_t)count, sizeof(yd_span *));
    yd_span **placed = calloc((size_t)count, sizeof(yd_span *));
    bool done = order && placed;
    if (done) {
        for (int i = 0; i < count; i++) order[i] = &spans[i];
        qsort(order, (size_t)count, sizeof(yd_span *), by_size);
    }
    for (int i = 0; done && i < count; i++) {
        size_t bytes;
        done = align(order[i]->bytes, &bytes);
        if (!done) break;
        order[i]->offset = find_place(order[i], bytes, placed, i);
        insert(placed, i, order[i]);
        if (order[i]->offset > SIZE_MAX - bytes)
            done = false;
        else if (order[i]->offset + bytes > *total)
            *total = order[i]->offset + bytes;
    }
    free(placed);
    free(order);
    return done;
}
