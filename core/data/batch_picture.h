/* The mosaic picture of a batch: train_batch0.jpg and its kin (training.md, 13). */
#pragma once
#include "base/vector.h"
#include "data/batch.h"
#include "image/image.h"

/* A box to draw; centre and size normalised to the batch's pictures. */
typedef struct yd_picture_box {
    int image, class;
    float x, y, width, height;
    float confidence; /* below 0: none is shown */
} yd_picture_box;

enum { YD_MOSAIC_TILES = 16, YD_MOSAIC_NAME = 40 };

/* The pictures of a batch beside and below each other, at most 16 of them, none larger than 640 pixels a side
 * and all together at most 1280: all that a batch picture needs, long after the batch is gone. */
typedef struct yd_mosaic {
    yd_image canvas;
    int tiles, side;                                 /* pictures; places a side, filled down the columns */
    int width, height;                               /* of a place */
    char names[YD_MOSAIC_TILES][YD_MOSAIC_NAME + 1]; /* of the files, cut; "" where the batch has none */
} yd_mosaic;

/* MEMORY. */
yd_status yd_mosaic_create(const yd_batch *batch, yd_mosaic *mosaic, yd_error *error);
void yd_mosaic_free(yd_mosaic *mosaic);
/* Boxes in class colours, captioned with class names (numbers where names is NULL or the class has none) and,
 * where it is given, confidence, as yd_boxes_draw has it; file names and frames. names: [name_count]. The
 * caller frees *out. MEMORY. */
yd_status yd_mosaic_picture(const yd_mosaic *mosaic, const yd_picture_box *boxes, int count,
                            const char *const *names, int name_count, yd_image *out, yd_error *error);
/* Appends the boxes (yd_box) as they lie in that picture, each cut to its own place. MEMORY. */
yd_status yd_mosaic_boxes(const yd_mosaic *mosaic, const yd_picture_box *boxes, int count,
                          const char *const *names, int name_count, yd_vector *out, yd_error *error);

/* The batch's own targets as boxes, appended (yd_picture_box). MEMORY. */
yd_status yd_batch_boxes(const yd_batch *batch, yd_vector *boxes, yd_error *error);

/* The mosaic of a batch with boxes, in one call. */
yd_status yd_batch_picture_boxes(const yd_batch *batch, const yd_picture_box *boxes, int count,
                                 const char *const *names, int name_count, yd_image *out, yd_error *error);
