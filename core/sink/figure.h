/* A line chart on a picture: axes with round ticks, a grid, lines, a legend. */
#pragma once
#include "image/draw.h"

/* The panel's corners in pixels, and the values at them. */
typedef struct yd_figure {
    yd_image *image;
    int left, top, right, bottom;
    double x_low, x_high, y_low, y_high;
} yd_figure;

/* A step of 1, 2 or 5 times a power of ten, of which about count fit into range (> 0). */
double yd_figure_step(double range, int count);

/* Frame, grid, tick labels, title above the panel, label of x below it. */
void yd_figure_axes(const yd_figure *figure, const char *title, const char *x_label);
/* Straight lines between points, cut at the panel's lower and upper edge; a point that is not finite is a
 * gap. */
void yd_figure_line(const yd_figure *figure, const double *x, const double *y, int count, double thickness,
                    yd_colour colour);
/* A box in the upper right corner. */
void yd_figure_legend(const yd_figure *figure, const char *const *names, const yd_colour *colours, int count);
