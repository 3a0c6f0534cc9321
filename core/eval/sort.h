/* Stable sort of scores, the largest first: what NMS and average precision share. */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct yd_scored {
    float score; /* finite, not below 0 */
    uint32_t index;
} yd_scored;

/* Sorts items [count] by descending score, equal scores in the order given. scratch: [count]. */
void yd_sort_scores(yd_scored *items, yd_scored *scratch, size_t count);
