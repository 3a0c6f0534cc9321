/* The labels of one sample while it is augmented: boxes in pixels, with their polygons. */
#pragma once
#include "base/vector.h"
#include "data/labels.h"

/* One label; float, because the original computes in float. point_count is 0 for a label without a polygon.
 */
typedef struct yd_box {
    float class, x1, y1, x2, y2;
    int32_t first_point, point_count;
} yd_box;

typedef struct yd_point {
    float x, y;
} yd_point;

/* boxes and points are used again from sample to sample: they grow only for a sample with more labels than
 * any before. Set up by yd_boxes_start. */
typedef struct yd_boxes {
    yd_vector boxes;  /* yd_box */
    yd_vector points; /* yd_point, normalised at first, then pixels */
} yd_boxes;

yd_boxes yd_boxes_make(void);
void yd_boxes_clear(yd_boxes *boxes); /* keeps the memory */
void yd_boxes_free(yd_boxes *boxes);

/* Appends the labels of a picture that is width by height pixels (which need not be whole) and lies at
 * (pad_x, pad_y). False when memory is out. */
bool yd_boxes_add(yd_boxes *boxes, const yd_labels *labels, double width, double height, double pad_x,
                  double pad_y);
/* Appends all of more. False when memory is out. */
bool yd_boxes_append(yd_boxes *boxes, const yd_boxes *more);
/* Clips boxes and polygons to [0, width] x [0, height]. */
void yd_boxes_clip(yd_boxes *boxes, float width, float height);

/* To rows [count, 5] class, cx, cy, w, h, normalised by the picture's size; with a margin, boxes are first
 * clipped to it, and to so many pixels inside its right and lower edge (data_and_metrics.md, 11). */
void yd_boxes_normalise(yd_boxes *boxes, int width, int height, double margin, float *rows);
