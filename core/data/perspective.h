/* Random rotation, scaling, shear, shift and perspective (data_and_metrics.md, 15). */
#pragma once
#include "data/augment.h"
#include "data/boxes.h"
#include "data/rules.h"
#include "image/image.h"

/* What is drawn, in the order in which it is. */
typedef struct yd_perspective_draws {
    double x, y;  /* third row of the projective matrix */
    double angle; /* degrees, counter-clockwise as seen */
    double scale;
    double shear_x, shear_y;         /* degrees */
    double translate_x, translate_y; /* of the output's size */
} yd_perspective_draws;

yd_perspective_draws yd_perspective_draw(const yd_augment *augment, yd_rng *rng);

/* M = T S R P C for an input and an output of these sizes, by rows. */
void yd_perspective_matrix(const yd_perspective_draws *draws, int width, int height, int out_width,
                           int out_height, double matrix[9]);

/* Warps the pixels into out. With projective unset the third row is taken as 0 0 1. */
void yd_perspective_warp(const yd_image *source, const double matrix[9], bool projective, yd_image *out);

/* Moves boxes and polygons along, clips them to the output and drops those that became too small, lost too
 * much of their area or became too thin. A label with a polygon takes the box around what is left of it.
 * Polygons do not outlive this. */
void yd_perspective_boxes(yd_boxes *boxes, const double matrix[9], bool projective, double scale,
                          int out_width, int out_height, const yd_data_rules *rules);
