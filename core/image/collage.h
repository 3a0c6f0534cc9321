/* Up to nine pictures on a grey canvas that is never built: warped, coloured and mirrored in one pass from
 * the pictures to planes, touching only pixels that are seen. Bit for bit what yd_collage_draw,
 * yd_warp_affine, yd_hsv_gain and a reversal give. */
#pragma once
#include "image/pixel_set.h"
#include <stdbool.h>

/* The visible part of a picture: RGB rows, and the place on the canvas. */
typedef struct yd_tile {
    const uint8_t *pixels; /* of the pixel at (x1, y1) */
    size_t stride;         /* bytes from row to row */
    int x1, y1, x2, y2;    /* x2, y2: one past the last; empty where not beyond x1, y1 */
} yd_tile;

enum { YD_MOST_TILES = 9 };

/* Tiles lie inside the canvas and do not overlap. The pictures are not owned. */
typedef struct yd_collage {
    int width, height, count;
    yd_tile tiles[YD_MOST_TILES];
} yd_collage;

/* The whole of a picture as a collage of one. */
yd_collage yd_collage_of(const yd_image *image);
/* Adds the [height, width] part of image at (source_x, source_y), which must lie inside it, at (x, y). */
void yd_collage_add(yd_collage *collage, const yd_image *image, int source_x, int source_y, int x, int y,
                    int width, int height);

/* Builds the canvas; it has the collage's size. */
void yd_collage_draw(const yd_collage *collage, yd_image *canvas);

typedef struct yd_collage_view {
    const double *matrix; /* [2, 3] by rows, canvas to destination */
    int width, height;
    bool mirror, upside_down;    /* left to right; after the warp, both */
    const yd_hsv_gains *gains;   /* NULL: the colours stay */
    const yd_pixel_set *kernels; /* NULL: yd_pixel_choose */
} yd_collage_view;

/* planes: [3, height, width] RGB. YD_ERR_MEMORY. */
yd_status yd_collage_warp(const yd_collage *collage, const yd_collage_view *view, uint8_t *planes,
                          yd_error *error);
