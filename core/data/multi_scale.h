/* Multi-scale training: each batch is resized to a size of its own. (training.md, 6, step 3; the resize:
 * model_and_loss.md, 11) The same resize serves the looks of augmented validation. */
#pragma once
#include "base/error.h"
#include "data/batch.h"
#include <stdbool.h>
#include <stddef.h>

/* The sizes that batches may have: a number is drawn from [low, high + grid) and rounded down to a multiple
 * of grid. Multi-scale training of size s has low = s / 2 and high = s + s / 2; low == high draws nothing. */
typedef struct yd_multi_scale {
    int low, high, grid;
    uint64_t seed;
} yd_multi_scale;

/* The size drawn for a batch: a pure function of seed, epoch and batch, whatever else was drawn. */
int yd_multi_scale_draw(const yd_multi_scale *scale, int epoch, int batch);
/* Height and width of the batch when its longer side is to be size: each side scaled alike and rounded up to
 * a multiple of grid (in double, without tolerance, as the reference has it). Where size is that side
 * already, they stay as they are. */
void yd_multi_scale_sides(const yd_batch *batch, int size, int grid, int *height, int *width);

/* Resizes batches bilinearly (half-pixel centres, no antialiasing) to floats in [0, 1]. Zero-initialise; its
 * memory grows to the largest batch that it has met. */
typedef struct yd_batch_resizer {
    float *images; /* [count, 3, height, width], once all shares of the work are done */
    size_t capacity;
    struct yd_resize_tap *taps; /* [height + width] */
    int tap_capacity, height, width;
    int inner_height, inner_width;
    float fill;
    const yd_batch *batch;
} yd_batch_resizer;

/* How a batch is put into a larger one: resized, mirrored left to right first where that is wanted, into the
 * upper left corner; the rest is one value. */
typedef struct yd_batch_frame {
    int height, width, inner_height, inner_width;
    float fill;
    bool mirrored;
} yd_batch_frame;

/* Prepares one batch, to be filled by it or framed. MEMORY. */
yd_status yd_batch_resizer_start(yd_batch_resizer *resizer, const yd_batch *batch, int height, int width,
                                 yd_error *error);
yd_status yd_batch_resizer_frame(yd_batch_resizer *resizer, const yd_batch *batch,
                                 const yd_batch_frame *frame, yd_error *error);
/* Share index of count of the work; shares may be done at the same time. context: the resizer. */
void yd_batch_resizer_work(void *context, int index, int count);
void yd_batch_resizer_free(yd_batch_resizer *resizer);
