/* Four pictures around a random centre (data_and_metrics.md, 13). */
#pragma once
#include "data/augment.h"
#include "data/boxes.h"
#include "data/picture.h"

typedef struct yd_mosaic_draws {
    int centre_x, centre_y; /* on a canvas of twice the picture size */
    int32_t pictures[4];    /* upper left, upper right, lower left, lower right */
} yd_mosaic_draws;

/* choices: [count] the pictures to draw partners from, NULL for all below count. */
yd_mosaic_draws yd_mosaic_draw(int32_t picture, const int32_t *choices, int count, int size,
                               bool shuffle_tiles, yd_rng *rng);

/* Fills canvas [2 size, 2 size] and boxes, in canvas pixels, clipped. YD_ERR_MEMORY. */
yd_status yd_mosaic_make(const yd_reader *reader, const yd_mosaic_draws *draws, yd_image *canvas,
                         yd_boxes *boxes, yd_error *error);
