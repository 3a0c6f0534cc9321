#include "eval/sort.h"
#include <string.h>

enum { DIGIT_BITS = 11, BUCKETS = 1 << DIGIT_BITS, PASSES = 3, FEW = 64 };

/* Floats that are not negative order as their bits do; the complement puts the largest first. */
static uint32_t key_of(const yd_scored *item)
{
    uint32_t bits;
    memcpy(&bits, &item->score, sizeof bits);
    return ~bits;
}

static void insertion_sort(yd_scored *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        yd_scored item = items[i];
        size_t at = i;
        for (; at > 0 && items[at - 1].score < item.score; at--) items[at] = items[at - 1];
        items[at] = item;
    }
}

/* Radix sort from the lowest digit; passes in which all items share one digit are left out. */
void yd_sort_scores(yd_scored *items, yd_scored *scratch, size_t count)
{
    if (count <= FEW) {
        insertion_sort(items, count);
        return;
    }
    static const int shifts[PASSES] = {0, DIGIT_BITS, 2 * DIGIT_BITS};
    size_t places[PASSES][BUCKETS] = {0};
    for (size_t i = 0; i < count; i++) {
        uint32_t key = key_of(&items[i]);
        for (int pass = 0; pass < PASSES; pass++) places[pass][key >> shifts[pass] & (BUCKETS - 1)]++;
    }
    yd_scored *from = items, *to = scratch;
    for (int pass = 0; pass < PASSES; pass++) {
        size_t *place = places[pass], next = 0;
        if (place[key_of(&from[0]) >> shifts[pass] & (BUCKETS - 1)] == count) continue;
        for (int b = 0; b < BUCKETS; b++) {
            size_t here = place[b];
            place[b] = next;
            next += here;
        }
        for (size_t i = 0; i < count; i++)
            to[place[key_of(&from[i]) >> shifts[pass] & (BUCKETS - 1)]++] = from[i];
        yd_scored *swap = from;
        from = to;
        to = swap;
    }
    if (from != items) memcpy(items, from, count * sizeof *items);
}
