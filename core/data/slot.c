#include "data/slot.h"
#include "base/arena.h"
#include <stdlib.h>
#include <string.h>

static yd_status out_of_memory(yd_error *error)
{
    return yd_fail(error, YD_ERR_MEMORY, "out of memory for a batch");
}

yd_status yd_slot_make(int capacity, int width, int height, yd_slot *slot, yd_error *error)
{
    size_t count = (size_t)capacity;
    *slot = (yd_slot){.capacity = capacity, .targets.size = sizeof(float)};
    slot->image_bytes = yd_mul_size(count, yd_mul_size((size_t)width * (size_t)height, 3));
    slot->batch.images = slot->image_bytes ? yd_block_alloc(slot->image_bytes) : NULL;
    slot->batch.paths = calloc(count, sizeof *slot->batch.paths);
    slot->batch.fits = calloc(count, sizeof *slot->batch.fits);
    slot->batch.picture = calloc(count, sizeof *slot->batch.picture);
    slot->positions = calloc(count, sizeof *slot->positions);
    slot->rows = calloc(count, sizeof *slot->rows);
    bool made = slot->batch.images && slot->batch.paths && slot->batch.fits && slot->batch.picture &&
                slot->positions && slot->rows;
    for (int i = 0; slot->rows && i < capacity; i++) slot->rows[i].size = sizeof(float);
    if (made) return YD_OK;
    yd_slot_free(slot);
    return out_of_memory(error);
}

void yd_slot_free(yd_slot *slot)
{
    yd_block_free(slot->batch.images, slot->image_bytes);
    free(slot->batch.paths);
    free(slot->batch.fits);
    free(slot->batch.picture);
    free(slot->positions);
    for (int i = 0; slot->rows && i < slot->capacity; i++) yd_vector_free(&slot->rows[i]);
    free(slot->rows);
    yd_vector_free(&slot->targets);
    *slot = (yd_slot){0};
}

yd_status yd_slot_fill(yd_slot *slot, int i, const yd_reader *reader, const yd_sample_draws *draws,
                       yd_scratch *scratch, yd_error *error)
{
    yd_batch *batch = &slot->batch;
    int32_t picture = batch->picture[i];
    yd_batch_shape shape = {batch->width, batch->height};
    uint8_t *planes = batch->images + (size_t)i * 3 * (size_t)shape.width * (size_t)shape.height;
    bool broken;
    YD_TRY(yd_sample_make(reader, picture, shape, draws, scratch, planes, &batch->fits[i], &broken, error));
    yd_vector *rows = &slot->rows[i];
    if (!yd_vector_reserve(rows, scratch->rows.count)) return out_of_memory(error);
    if (scratch->rows.count) memcpy(rows->data, scratch->rows.data, scratch->rows.count * sizeof(float));
    rows->count = scratch->rows.count;
    if (broken) batch->picture[i] = -1;
    return YD_OK;
}

yd_status yd_slot_finish(yd_slot *slot, yd_error *error)
{
    size_t floats = 0;
    for (int i = 0; i < slot->batch.count; i++) floats += slot->rows[i].count / 5 * 6;
    if (!yd_vector_reserve(&slot->targets, floats)) return out_of_memory(error);
    float *target = slot->targets.data;
    for (int i = 0; i < slot->batch.count; i++)
        for (size_t k = 0; k < slot->rows[i].count; k += 5, target += 6) {
            target[0] = (float)i;
            memcpy(target + 1, &YD_AT(float, &slot->rows[i], k), 5 * sizeof *target);
        }
    slot->batch.targets = slot->targets.data;
    slot->batch.target_count = (int)(floats / 6);
    return YD_OK;
}
