/* What the loader hands over: a slot that is filled by workers, lent to the trainer, and used again. */
#pragma once
#include <stdint.h>

/* How a validation picture was fitted into its batch, to bring boxes back to native pixels
 * (data_and_metrics.md, 22.1). */
typedef struct yd_fit {
    int native_width, native_height;
    double ratio_width, ratio_height, pad_x, pad_y; /* pads: un-rounded halves */
} yd_fit;

typedef struct yd_batch {
    int epoch, index; /* index: batch of the epoch */
    int count, height, width;
    int samples;     /* that it is made of: count, or four times as many where each picture is a quad */
    uint8_t *images; /* [count, 3, height, width] RGB */
    float *targets;  /* [target_count, 6]: image in batch, class, x, y, w, h normalised */
    int target_count;
    const char **paths; /* [count]; of a quad: of its first sample */
    yd_fit *fits;       /* [count]; meaningful without augmentation only */
    int32_t *picture;   /* [count] index into the data set; -1 where the picture could not be read (a grey one
                           stands in) */
} yd_batch;
