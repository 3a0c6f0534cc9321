/* The mosaic picture of a batch: train_batch0.jpg and its kin (training.md, 13). */
#pragma once
#include "data/batch.h"
#include "image/image.h"

/* A box to draw; centre and size normalised to the batch's pictures. */
typedef struct yd_picture_box {
    int image, class;
    float x, y, width, height;
    float confidence; /* below 0: none is shown */
} yd_picture_box;

/* At most 16 pictures with boxes in class colours, captioned with class names (numbers where names is NULL or
 * the class has none) and, where it is given, confidence. names: [name_count]. The caller frees *out.
 * YD_ERR_MEMORY. */
yd_status yd_batch_picture_boxes(const yd_batch *batch, const yd_picture_box *boxes, int count,
                                 const char *const *names, int name_count, yd_image *out, yd_error *error);

/* The same with the batch's own targets. */
yd_status yd_batch_picture(const yd_batch *batch, const char *const *names, int name_count, yd_image *out,
                           yd_error *error);
