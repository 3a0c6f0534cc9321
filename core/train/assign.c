#include "train/assign.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* A target whose size an anchor can answer for, in grid units. */
typedef struct kept_pair {
    int image, cls, anchor;
    float x, y, w, h;
} kept_pair;

enum { CENTRE, LEFT, UP, RIGHT, DOWN, SET_COUNT };
static const float set_offsets[SET_COUNT][2] = {{0, 0}, {0.5f, 0}, {0, 0.5f}, {-0.5f, 0}, {0, -0.5f}};

static bool grow(void **items, int *capacity, size_t wanted, size_t size)
{
    if (wanted <= (size_t)*capacity) return true;
    size_t room = wanted + wanted / 2 + 8;
    if (room > INT32_MAX || room > SIZE_MAX / size) return false;
    void *larger = realloc(*items, room * size);
    if (!larger) return false;
    *items = larger;
    *capacity = (int)room;
    return true;
}

static bool sizes_agree(float side, float anchor, float limit)
{
    float ratio = side / anchor;
    return ratio < limit && 1.0f / ratio < limit;
}

static bool nearer_to_edge(float position) /* of a cell, with a cell beyond that edge */
{
    return position - floorf(position) < 0.5f && position > 1.0f;
}

static bool in_set(int set, const kept_pair *pair, const yd_assign_level *level)
{
    switch (set) {
    case LEFT:
        return nearer_to_edge(pair->x);
    case UP:
        return nearer_to_edge(pair->y);
    case RIGHT:
        return nearer_to_edge((float)level->width - pair->x);
    case DOWN:
        return nearer_to_edge((float)level->height - pair->y);
    default:
        return true;
    }
}

static int cell_of(float position, int cells)
{
    /* Bounded before the conversion: the same cell, and no float is out of an int's range. */
    return (int)fminf(fmaxf(position, 0.0f), (float)(cells - 1));
}

static yd_assignment place(const kept_pair *pair, const float offset[2], const yd_assign_level *level)
{
    int column = cell_of(pair->x - offset[0], level->width),
        row = cell_of(pair->y - offset[1], level->height);
    return (yd_assignment){.image = pair->image,
                           .anchor = pair->anchor,
                           .row = row,
                           .column = column,
                           .cls = pair->cls,
                           .box = {pair->x - (float)column, pair->y - (float)row, pair->w, pair->h}};
}

static yd_status check_targets(const yd_assign_level *level, const float *targets, int count, yd_error *error)
{
    for (int t = 0; t < count; t++, targets += 6) {
        for (int k = 0; k < 6; k++)
            if (!isfinite(targets[k]))
                return yd_fail(error, YD_ERR_INTERNAL, "target %d: column %d is not finite", t, k);
        if (!(targets[0] >= 0 && targets[0] < (float)level->images))
            return yd_fail(error, YD_ERR_INTERNAL, "target %d: image %g, but the batch has %d", t,
                           (double)targets[0], level->images);
        if (!(targets[1] >= 0 && targets[1] < (float)level->classes))
            return yd_fail(error, YD_ERR_INTERNAL, "target %d: class %g, but there are %d", t,
                           (double)targets[1], level->classes);
    }
    return YD_OK;
}

static int keep_pairs(const yd_assign_level *level, const float *targets, int count, kept_pair *kept)
{
    int found = 0;
    for (int a = 0; a < level->na; a++)
        for (int t = 0; t < count; t++) {
            const float *target = targets + 6 * (size_t)t;
            float w = target[4] * (float)level->width, h = target[5] * (float)level->height;
            if (!sizes_agree(w, (float)level->anchors[a][0], (float)level->anchor_t)) continue;
            if (!sizes_agree(h, (float)level->anchors[a][1], (float)level->anchor_t)) continue;
            kept[found++] = (kept_pair){.image = (int)target[0],
                                        .cls = (int)target[1],
                                        .anchor = a,
                                        .x = target[2] * (float)level->width,
                                        .y = target[3] * (float)level->height,
                                        .w = w,
                                        .h = h};
        }
    return found;
}

yd_status yd_assign(const yd_assign_level *level, const float *targets, int count, yd_assign_list *list,
                    yd_error *error)
{
    list->count = 0;
    YD_TRY(check_targets(level, targets, count, error));
    size_t pairs = (size_t)count * (size_t)level->na;
    if (!grow(&list->kept, &list->kept_capacity, pairs, sizeof(kept_pair)))
        return yd_fail(error, YD_ERR_MEMORY, "no memory to match %d targets", count);
    kept_pair *kept = list->kept;
    size_t found = (size_t)keep_pairs(level, targets, count, kept);

    void *entries = list->entries;
    bool room = grow(&entries, &list->capacity, found * SET_COUNT, sizeof(yd_assignment));
    list->entries = entries;
    if (!room) return yd_fail(error, YD_ERR_MEMORY, "no memory for the matches of %d targets", count);
    for (int set = 0; set < SET_COUNT; set++)
        for (size_t k = 0; k < found; k++)
            if (in_set(set, &kept[k], level))
                list->entries[list->count++] = place(&kept[k], set_offsets[set], level);
    return YD_OK;
}

void yd_assign_free(yd_assign_list *list)
{
    free(list->entries);
    free(list->kept);
    *list = (yd_assign_list){0};
}
