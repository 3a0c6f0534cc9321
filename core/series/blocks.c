#include "series/blocks.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 8, FIRST_BLOCKS = 4 };

static bool add_block(yd_blocks *blocks, size_t room)
{
    if (blocks->block_count == blocks->block_limit) {
        int limit = blocks->block_limit ? blocks->block_limit * 2 : FIRST_BLOCKS;
        void **grown = realloc(blocks->blocks, (size_t)limit * sizeof *grown);
        if (!grown) return false;
        blocks->blocks = grown;
        blocks->block_limit = limit;
    }
    void *block = malloc(room * blocks->size);
    if (block) blocks->blocks[blocks->block_count++] = block;
    return block != NULL;
}

/* Many series are short: their only block grows by doubling. */
static bool grow_only_block(yd_blocks *blocks)
{
    size_t room = blocks->room * 2;
    void *grown = realloc(blocks->blocks[0], room * blocks->size);
    if (!grown) return false;
    blocks->blocks[0] = grown;
    blocks->room = room;
    return true;
}

void *yd_blocks_push(yd_blocks *blocks)
{
    const size_t whole = (size_t)1 << blocks->shift, place = (size_t)(blocks->end - blocks->first);
    if (blocks->block_count == 0) {
        if (!add_block(blocks, FIRST_ROOM)) return NULL;
        blocks->room = FIRST_ROOM;
    } else if (blocks->block_count == 1 && place == blocks->room && blocks->room < whole) {
        if (!grow_only_block(blocks)) return NULL;
    } else if (place == (size_t)blocks->block_count << blocks->shift && !add_block(blocks, whole)) {
        return NULL;
    }
    return yd_blocks_at(blocks, blocks->end++);
}

void yd_blocks_cut(yd_blocks *blocks, int64_t end)
{
    if (end >= blocks->end) return;
    if (end < blocks->first) blocks->first = end;
    blocks->end = end;
    size_t places = (size_t)(blocks->end - blocks->first), whole = (size_t)1 << blocks->shift;
    int wanted = (int)((places + whole - 1) >> blocks->shift);
    /* One block stays, as it is: whole where there were several. */
    if (wanted < 1) wanted = 1;
    if (blocks->block_count > 1) blocks->room = whole;
    while (blocks->block_count > wanted) free(blocks->blocks[--blocks->block_count]);
}

void yd_blocks_drop_first(yd_blocks *blocks)
{
    free(blocks->blocks[0]);
    blocks->block_count--;
    memmove(blocks->blocks, blocks->blocks + 1, (size_t)blocks->block_count * sizeof *blocks->blocks);
    blocks->first += (int64_t)1 << blocks->shift;
    blocks->room = (size_t)1 << blocks->shift;
}

void yd_blocks_free(yd_blocks *blocks)
{
    for (int i = 0; i < blocks->block_count; i++) free(blocks->blocks[i]);
    free(blocks->blocks);
    *blocks = (yd_blocks){.size = blocks->size, .shift = blocks->shift};
}
