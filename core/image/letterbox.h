/* Fitting a picture into a rectangle: scaled by one factor, the rest grey (data_and_metrics.md, 10). */
#pragma once
#include "image/image.h"
#include <stdbool.h>

typedef struct yd_letterbox {
    int width, height;                /* of the scaled picture */
    int left, top, right, bottom;     /* grey pixels */
    double ratio_width, ratio_height; /* scaled over given */
    double pad_x, pad_y;              /* un-rounded halves of the padding: boxes shift by these */
} yd_letterbox;

typedef enum yd_letterbox_flags {
    YD_LETTERBOX_SCALE_UP = 1, /* may enlarge */
    YD_LETTERBOX_MINIMUM = 2,  /* the least padding that keeps both sides multiples of stride */
    YD_LETTERBOX_STRETCH = 4   /* no padding, a ratio an axis */
} yd_letterbox_flags;

/* Plans fitting [height, width] into [new_height, new_width]; all sizes positive; stride is used by MINIMUM
 * alone. */
yd_letterbox yd_letterbox_plan(int width, int height, int new_width, int new_height, unsigned flags,
                               int stride);

/* Carries a plan out on the picture that it was made for. out: created with the plan's size, that is
 * left + width + right by top + height + bottom. YD_ERR_MEMORY only. */
yd_status yd_letterbox_apply(const yd_image *source, const yd_letterbox *plan, yd_image *out,
                             yd_error *error);
