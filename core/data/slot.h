/* The memory of one batch, filled sample by sample by whichever worker comes along, and used again. */
#pragma once
#include "data/batch.h"
#include "data/sample.h"

typedef struct yd_slot {
    yd_batch batch;
    yd_batch_shape shape; /* of a sample */
    bool quad;            /* four samples become one picture of the batch */
    yd_augment augment;   /* in force for this batch */
    int *positions;       /* [capacity] of each sample in the epoch's order */
    yd_vector *rows;      /* [capacity] float: each sample's labels */
    yd_vector targets;    /* float: what batch.targets points to */
    bool *enlarged;       /* [capacity / 4] quads that are their first sample alone */
    uint8_t *samples;     /* with quad [capacity, 3, shape.height, shape.width]; else NULL: batch.images */
    int capacity;         /* samples */
    size_t image_bytes;   /* of samples, and of batch.images */
} yd_slot;

/* Room for capacity samples of at most this area. YD_ERR_MEMORY. */
yd_status yd_slot_make(int capacity, yd_batch_shape largest, bool quad, yd_slot *slot, yd_error *error);
void yd_slot_free(yd_slot *slot);

/* Begins a batch of so many samples of this shape; the batch's count and sizes follow from it. */
void yd_slot_begin(yd_slot *slot, int samples, yd_batch_shape shape);
/* Makes the sample at place i of the batch, or nothing where its quad does not show it. Different places may
 * be filled at the same time. */
yd_status yd_slot_fill(yd_slot *slot, int i, const yd_reader *reader, const yd_sample_draws *draws,
                       yd_scratch *scratch, yd_error *error);
/* Puts quads together and gathers the labels, once all places are filled. */
yd_status yd_slot_finish(yd_slot *slot, yd_error *error);
