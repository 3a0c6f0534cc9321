/* The memory of one batch, filled sample by sample by whichever worker comes along, and used again. */
#pragma once
#include "data/batch.h"
#include "data/sample.h"

typedef struct yd_slot {
    yd_batch batch;
    yd_augment augment; /* in force for this batch */
    int *positions;     /* [capacity] of each sample in the epoch's order */
    yd_vector *rows;    /* [capacity] float: each sample's labels */
    yd_vector targets;  /* float: what batch.targets points to */
    int capacity;       /* samples */
    size_t image_bytes;
} yd_slot;

/* Room for capacity samples of at most these sizes. YD_ERR_MEMORY. */
yd_status yd_slot_make(int capacity, int width, int height, yd_slot *slot, yd_error *error);
void yd_slot_free(yd_slot *slot);

/* Makes the sample at place i of the batch. Different places may be filled at the same time. */
yd_status yd_slot_fill(yd_slot *slot, int i, const yd_reader *reader, const yd_sample_draws *draws,
                       yd_scratch *scratch, yd_error *error);
/* Gathers the labels once all places are filled. */
yd_status yd_slot_finish(yd_slot *slot, yd_error *error);
