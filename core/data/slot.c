#include "data/slot.h"
#include "base/arena.h"
#include "data/quad.h"
#include <stdlib.h>
#include <string.h>

static yd_status out_of_memory(yd_error *error)
{
    return yd_fail(error, YD_ERR_MEMORY, "out of memory for a batch");
}

yd_status yd_slot_make(int capacity, yd_batch_shape largest, bool quad, yd_slot *slot, yd_error *error)
{
    size_t count = (size_t)capacity;
    *slot = (yd_slot){.capacity = capacity, .quad = quad, .targets.size = sizeof(float)};
    slot->image_bytes = yd_mul_size(count, yd_mul_size((size_t)largest.width * (size_t)largest.height, 3));
    slot->batch.images = slot->image_bytes ? yd_block_alloc(slot->image_bytes) : NULL;
    slot->samples = quad && slot->image_bytes ? yd_block_alloc(slot->image_bytes) : NULL;
    slot->batch.paths = calloc(count, sizeof *slot->batch.paths);
    slot->batch.fits = calloc(count, sizeof *slot->batch.fits);
    slot->batch.picture = calloc(count, sizeof *slot->batch.picture);
    slot->positions = calloc(count, sizeof *slot->positions);
    slot->enlarged = calloc(count / YD_QUAD + 1, sizeof *slot->enlarged);
    slot->rows = calloc(count, sizeof *slot->rows);
    bool made = slot->batch.images && (slot->samples || !quad) && slot->batch.paths && slot->batch.fits &&
                slot->batch.picture && slot->positions && slot->enlarged && slot->rows;
    for (int i = 0; slot->rows && i < capacity; i++) slot->rows[i].size = sizeof(float);
    if (made) return YD_OK;
    yd_slot_free(slot);
    return out_of_memory(error);
}

void yd_slot_free(yd_slot *slot)
{
    yd_block_free(slot->batch.images, slot->image_bytes);
    yd_block_free(slot->samples, slot->image_bytes);
    free(slot->batch.paths);
    free(slot->batch.fits);
    free(slot->batch.picture);
    free(slot->positions);
    free(slot->enlarged);
    for (int i = 0; slot->rows && i < slot->capacity; i++) yd_vector_free(&slot->rows[i]);
    free(slot->rows);
    yd_vector_free(&slot->targets);
    *slot = (yd_slot){0};
}

void yd_slot_begin(yd_slot *slot, int samples, yd_batch_shape shape)
{
    int parts = slot->quad ? YD_QUAD : 1, sides = slot->quad ? 2 : 1;
    slot->shape = shape;
    slot->batch.count = samples / parts;
    slot->batch.samples = slot->batch.count * parts;
    slot->batch.width = sides * shape.width;
    slot->batch.height = sides * shape.height;
}

static bool is_shown(const yd_slot *slot, int i)
{
    return !slot->quad || i % YD_QUAD == 0 || !slot->enlarged[i / YD_QUAD];
}

static uint8_t *planes_of(const yd_slot *slot, int i)
{
    size_t bytes = 3 * (size_t)slot->shape.width * (size_t)slot->shape.height;
    return (slot->quad ? slot->samples : slot->batch.images) + (size_t)i * bytes;
}

yd_status yd_slot_fill(yd_slot *slot, int i, const yd_reader *reader, const yd_sample_draws *draws,
                       yd_scratch *scratch, yd_error *error)
{
    yd_batch *batch = &slot->batch;
    yd_vector *rows = &slot->rows[i];
    bool broken;
    rows->count = 0;
    if (!is_shown(slot, i)) return YD_OK;
    YD_TRY(yd_sample_make(reader, batch->picture[i], slot->shape, draws, scratch, planes_of(slot, i),
                          &batch->fits[i], &broken, error));
    if (!yd_vector_reserve(rows, scratch->rows.count)) return out_of_memory(error);
    if (scratch->rows.count) memcpy(rows->data, scratch->rows.data, scratch->rows.count * sizeof(float));
    rows->count = scratch->rows.count;
    if (broken) batch->picture[i] = -1;
    return YD_OK;
}

/* One picture of the batch from four samples; all that is told of it is told of the first. */
static void join(yd_slot *slot, int quad)
{
    yd_batch *batch = &slot->batch;
    int first = quad * YD_QUAD;
    const uint8_t *samples = planes_of(slot, first);
    uint8_t *planes = batch->images + (size_t)quad * 3 * (size_t)batch->width * (size_t)batch->height;
    if (slot->enlarged[quad])
        yd_quad_enlarge(samples, slot->shape.width, slot->shape.height, planes);
    else
        yd_quad_tile(samples, slot->shape.width, slot->shape.height, planes);
    for (int part = 0; part < YD_QUAD && !slot->enlarged[quad]; part++) {
        yd_vector *rows = &slot->rows[first + part];
        yd_quad_labels(part, rows->data, (int)(rows->count / 5));
    }
    batch->paths[quad] = batch->paths[first];
    batch->fits[quad] = batch->fits[first];
    batch->picture[quad] = batch->picture[first];
}

yd_status yd_slot_finish(yd_slot *slot, yd_error *error)
{
    yd_batch *batch = &slot->batch;
    int parts = slot->quad ? YD_QUAD : 1;
    size_t floats = 0;
    for (int i = 0; i < batch->samples; i++) floats += slot->rows[i].count / 5 * 6;
    if (!yd_vector_reserve(&slot->targets, floats)) return out_of_memory(error);
    for (int i = 0; i < batch->count && slot->quad; i++) join(slot, i);
    float *target = slot->targets.data;
    for (int i = 0; i < batch->samples; i++)
        for (size_t k = 0; k < slot->rows[i].count; k += 5, target += 6) {
            const int picture = i / parts;
            target[0] = (float)picture;
            memcpy(target + 1, &YD_AT(float, &slot->rows[i], k), 5 * sizeof *target);
        }
    batch->targets = slot->targets.data;
    batch->target_count = (int)(floats / 6);
    return YD_OK;
}
