/* A long array in blocks: it grows without moving, without slack of more than a block, and gives up its
 * oldest blocks while the others keep their numbers. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise with size (of an element) and shift (2^shift elements in a block). */
typedef struct yd_blocks {
    size_t size;
    unsigned shift;
    int64_t first, end; /* the elements that are there: first <= i < end */
    void **blocks;
    int block_count, block_limit;
    size_t room; /* elements that the only block has room for, while there is but one */
} yd_blocks;

static inline void *yd_blocks_at(const yd_blocks *blocks, int64_t i)
{
    size_t place = (size_t)(i - blocks->first);
    char *block = blocks->blocks[place >> blocks->shift];
    return block + (place & (((size_t)1 << blocks->shift) - 1)) * blocks->size;
}

/* The place of a new element at end, not initialised; NULL where memory is out. */
void *yd_blocks_push(yd_blocks *blocks);
/* Forgets the elements from end on; an end before first leaves none, and the next one gets that number. */
void yd_blocks_cut(yd_blocks *blocks, int64_t end);
/* Forgets the oldest block; there are two at least. */
void yd_blocks_drop_first(yd_blocks *blocks);
void yd_blocks_free(yd_blocks *blocks);
