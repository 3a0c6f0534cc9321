/* Four pictures around a random centre (data_and_metrics.md, 13), or nine, of which a window is seen (14). */
#pragma once
#include "data/augment.h"
#include "data/boxes.h"
#include "data/picture.h"
#include "image/collage.h"

typedef struct yd_mosaic_draws {
    int count; /* 4 or 9 */
    int x, y;  /* of four: where they meet; of nine: the window's upper left corner, on a canvas of three
                  times the picture size whose middle the first picture has */
    int32_t pictures[YD_MOST_TILES]; /* [count]: upper left, upper right, lower left, lower right; or the
                                        middle, top, and on clockwise */
} yd_mosaic_draws;

/* choices: [count] the pictures to draw partners from, NULL for all below count. */
yd_mosaic_draws yd_mosaic_draw(int32_t picture, const int32_t *choices, int count, int size,
                               bool shuffle_tiles, bool nine, yd_rng *rng);

/* The pictures of a mosaic where they lie on its canvas. */
typedef struct yd_mosaic {
    yd_picture pictures[YD_MOST_TILES];
    yd_collage collage; /* [2 size, 2 size]; the pictures' pixels */
} yd_mosaic;

/* Loads the pictures; boxes receives their labels, in canvas pixels, clipped. Closed by the caller, after a
 * failure too. YD_ERR_MEMORY. */
yd_status yd_mosaic_open(const yd_reader *reader, const yd_mosaic_draws *draws, yd_mosaic *mosaic,
                         yd_boxes *boxes, yd_error *error);
void yd_mosaic_close(yd_mosaic *mosaic);
