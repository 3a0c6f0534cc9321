/* The augmentation hyper-parameters, and the streams that their random draws come from. */
#pragma once
#include "base/rng.h"

/* As hyp.yaml names them. Gains are fractions, angles degrees, the last line probabilities. */
typedef struct yd_augment {
    double hsv_h, hsv_s, hsv_v;
    double degrees, translate, scale, shear, perspective;
    double flipud, fliplr, mosaic, mosaic9, mixup, copy_paste;
} yd_augment;

/* One stream for each purpose, so that changing one setting leaves the draws of the others as they are. The
 * values are part of what makes two runs equal: they are never renumbered. */
typedef enum yd_draw {
    YD_DRAW_ORDER = 1,  /* sample: 0 */
    YD_DRAW_WEIGHTED,   /* sample: 0 */
    YD_DRAW_MOSAIC_USE, /* sample, from here on: position in the epoch's order */
    YD_DRAW_MOSAIC,
    YD_DRAW_MOSAIC_SECOND,
    YD_DRAW_MIXUP_USE,
    YD_DRAW_MIXUP,
    YD_DRAW_PERSPECTIVE,
    YD_DRAW_PERSPECTIVE_SECOND,
    YD_DRAW_COPY_PASTE,
    YD_DRAW_COPY_PASTE_SECOND,
    YD_DRAW_HSV,
    YD_DRAW_FLIP,
    YD_DRAW_SIZE, /* sample: the batch of the epoch */
    YD_DRAW_QUAD, /* sample: position of the group's first */
    YD_DRAW_NINE_USE
} yd_draw;
