/* Drawing into pictures; everything is clipped to the picture. */
#pragma once
#include "image/image.h"

typedef struct yd_colour {
    uint8_t red, green, blue;
} yd_colour;

/* The palette of classes, 20 colours, repeated (training.md, 13). Negative classes count as 0. */
yd_colour yd_class_colour(int class);

/* Rectangles are given by corners; the second one lies outside: [x1, x2) by [y1, y2). */
void yd_draw_fill(yd_image *image, int x1, int y1, int x2, int y2, yd_colour colour);
/* An outline, thickness pixels wide, centred on the rectangle's edge. */
void yd_draw_rectangle(yd_image *image, int x1, int y1, int x2, int y2, int thickness, yd_colour colour);
/* Fills a polygon, its outline included, in a mask [height, width] with value (data_and_metrics.md, 9.8).
 * points: [count, 2] x, y; truncated to integers; crossings count even-odd. YD_ERR_MEMORY. */
yd_status yd_mask_polygon(uint8_t *mask, int width, int height, const float *points, int count, uint8_t value,
                          yd_error *error);
