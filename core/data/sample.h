/* One sample of a batch, from files to planes and labels (data_and_metrics.md, 12). */
#pragma once
#include "data/augment.h"
#include "data/batch.h"
#include "data/flip.h"
#include "data/hsv.h"
#include "data/mosaic.h"
#include "data/perspective.h"

/* All that chance decides about a sample. Made by yd_sample_draw, or by hand in tests. */
typedef struct yd_sample_draws {
    bool mosaic, mixup; /* mixup: of two mosaics only */
    struct {
        yd_mosaic_draws mosaic;
        yd_perspective_draws perspective;
        yd_rng
            copy_paste; /* how many objects there are to choose from shows late: the stream itself is kept */
    } views[2];         /* the second is mixup's */
    double mix_ratio;
    yd_hsv_draws hsv;
    yd_flip_draws flip;
    bool projective;   /* the warp has a perspective part */
    double copy_paste; /* share of objects that are pasted */
} yd_sample_draws;

/* Names a sample, and with it its random streams. */
typedef struct yd_sample_key {
    uint64_t seed;
    int epoch, position; /* position in the epoch's order */
} yd_sample_key;

/* choices: as in yd_mosaic_draw; count: pictures in the data set. */
yd_sample_draws yd_sample_draw(const yd_augment *augment, yd_sample_key key, const yd_dataset *dataset,
                               int32_t picture, const int32_t *choices, bool mosaics);

/* A picture whose memory is used again for every size that fits. */
typedef struct yd_canvas {
    yd_image image;
    size_t capacity;
} yd_canvas;

/* One worker's memory. Made by yd_scratch_make; grows when a sample needs more than any before. */
typedef struct yd_scratch {
    bool plain; /* make every sample by way of whole pictures, one step at a time, as only perspective needs
                   it: what the one pass from pictures to planes is tested against */
    yd_canvas mosaic, fitted, views[2];
    yd_vector planes; /* uint8_t; of mixup's second view */
    yd_boxes boxes[2];
    yd_vector picks; /* int32_t */
    yd_vector rows;  /* float; [rows.count / 5, 5] class, cx, cy, w, h: the labels of the last sample */
} yd_scratch;

yd_scratch yd_scratch_make(void);
void yd_scratch_free(yd_scratch *scratch);

/* Makes a sample of the given shape. draws NULL: for validation, letterboxed only. planes: [3, height,
 * width]; *fit: see batch.h; *broken: the picture could not be read and a grey one stands in. YD_ERR_MEMORY.
 */
yd_status yd_sample_make(const yd_reader *reader, int32_t picture, yd_batch_shape shape,
                         const yd_sample_draws *draws, yd_scratch *scratch, uint8_t *planes, yd_fit *fit,
                         bool *broken, yd_error *error);
