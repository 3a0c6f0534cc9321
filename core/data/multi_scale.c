#include "data/multi_scale.h"
#include "base/arena.h"
#include "base/rng.h"
#include "data/augment.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

int yd_multi_scale_draw(const yd_multi_scale *scale, int epoch, int batch)
{
    int span = scale->high + scale->grid - scale->low;
    if (span <= scale->grid) return scale->low;
    yd_rng rng = yd_rng_make(scale->seed, (uint32_t)epoch, (uint32_t)batch, YD_DRAW_SIZE);
    int size = (scale->low + (int)yd_rng_below(&rng, (uint32_t)span)) / scale->grid * scale->grid;
    return size < scale->grid ? scale->grid : size; /* half of a size of one stride is less than one */
}

static int scaled(int side, double factor, int grid)
{
    return (int)ceil(side * factor / grid) * grid;
}

void yd_multi_scale_sides(const yd_batch *batch, int size, int grid, int *height, int *width)
{
    int longer = batch->height > batch->width ? batch->height : batch->width;
    double factor = (double)size / longer;
    *height = size == longer ? batch->height : scaled(batch->height, factor, grid);
    *width = size == longer ? batch->width : scaled(batch->width, factor, grid);
}

/* What a place along one axis is made of: two neighbours and the weight of the second. */
struct yd_resize_tap {
    int first, second;
    float weight;
};

static void make_taps(int from, int to, bool mirrored, struct yd_resize_tap *taps)
{
    float scale = (float)from / (float)to;
    for (int i = 0; i < to; i++) {
        float place = scale * ((float)i + 0.5f) - 0.5f;
        if (place < 0) place = 0;
        int first = (int)place;
        if (first > from - 1) first = from - 1;
        int second = first + (first < from - 1);
        taps[i] = (struct yd_resize_tap){mirrored ? from - 1 - first : first,
                                         mirrored ? from - 1 - second : second, place - (float)first};
    }
}

static bool make_room(yd_batch_resizer *resizer, size_t floats, int taps)
{
    if (floats > resizer->capacity) {
        yd_block_free(resizer->images, resizer->capacity * sizeof(float));
        resizer->capacity = 0;
        resizer->images = yd_block_alloc(floats * sizeof(float));
        if (!resizer->images) return false;
        resizer->capacity = floats;
    }
    if (taps > resizer->tap_capacity) {
        void *grown = realloc(resizer->taps, (size_t)taps * sizeof *resizer->taps);
        if (!grown) return false;
        resizer->taps = grown;
        resizer->tap_capacity = taps;
    }
    return true;
}

yd_status yd_batch_resizer_start(yd_batch_resizer *resizer, const yd_batch *batch, int height, int width,
                                 yd_error *error)
{
    const yd_batch_frame frame = {
        .height = height, .width = width, .inner_height = height, .inner_width = width};
    return yd_batch_resizer_frame(resizer, batch, &frame, error);
}

yd_status yd_batch_resizer_frame(yd_batch_resizer *resizer, const yd_batch *batch,
                                 const yd_batch_frame *frame, yd_error *error)
{
    const int height = frame->height, width = frame->width;
    size_t floats = yd_mul_size(yd_mul_size((size_t)batch->count * 3, (size_t)height), (size_t)width);
    if (!floats || floats > SIZE_MAX / sizeof(float) || !make_room(resizer, floats, height + width))
        return yd_fail(error, YD_ERR_MEMORY, "out of memory for a batch of %dx%d", width, height);
    resizer->batch = batch;
    resizer->height = height, resizer->width = width;
    resizer->inner_height = frame->inner_height, resizer->inner_width = frame->inner_width;
    resizer->fill = frame->fill;
    make_taps(batch->height, frame->inner_height, false, resizer->taps);
    make_taps(batch->width, frame->inner_width, frame->mirrored, resizer->taps + height);
    return YD_OK;
}

static void resize_plane(const yd_batch_resizer *r, size_t plane)
{
    size_t row = (size_t)r->batch->width;
    const uint8_t *from = r->batch->images + plane * (size_t)r->batch->height * row;
    float *to = r->images + plane * (size_t)r->height * (size_t)r->width;
    const struct yd_resize_tap *rows = r->taps, *columns = r->taps + r->height;
    for (int y = 0; y < r->inner_height; y++, to += r->width) {
        const uint8_t *upper = from + (size_t)rows[y].first * row,
                      *lower = from + (size_t)rows[y].second * row;
        float ly = rows[y].weight;
        for (int x = 0; x < r->inner_width; x++) {
            const struct yd_resize_tap *c = &columns[x];
            float a = (1 - c->weight) * (float)upper[c->first] + c->weight * (float)upper[c->second];
            float b = (1 - c->weight) * (float)lower[c->first] + c->weight * (float)lower[c->second];
            to[x] = ((1 - ly) * a + ly * b) / 255;
        }
        for (int x = r->inner_width; x < r->width; x++) to[x] = r->fill;
    }
    for (size_t rest = (size_t)(r->height - r->inner_height) * (size_t)r->width; rest; rest--)
        *to++ = r->fill;
}

void yd_batch_resizer_work(void *context, int index, int count)
{
    const yd_batch_resizer *r = context;
    for (int plane = index; plane < r->batch->count * 3; plane += count) resize_plane(r, (size_t)plane);
}

void yd_batch_resizer_free(yd_batch_resizer *resizer)
{
    yd_block_free(resizer->images, resizer->capacity * sizeof(float));
    free(resizer->taps);
    *resizer = (yd_batch_resizer){0};
}
