/* A pair of axes on a sheet: where values lie, and what stands around them. */
#pragma once
#include "image/sheet.h"
#include <stdint.h>

typedef struct yd_axes {
    yd_sheet *sheet;
    yd_area area; /* between the axes */
    double x_low, x_high, y_low, y_high;
    double size;                           /* of the font; ticks and gaps follow it */
    const char *title, *x_label, *y_label; /* NULL: none */
    bool x_whole, y_whole;                 /* no ticks between whole numbers */
    bool bare_x;                           /* no ticks on the x axis at all */
} yd_axes;

/* A step of 1, 2 or 5 times a power of ten, of which at most count fit into range (> 0). */
double yd_tick_step(double range, int count);
/* A multiple of step as text: as many decimals as the step needs, 12k and 3M for large ones. */
void yd_tick_text(char *out, size_t capacity, double value, double step);

/* Sets a range that holds all finite values with a little room around, and is never empty. */
void yd_axes_fit(double *low, double *high, const double *values, size_t count);

/* Grid, axes, ticks with their numbers, title and labels. */
void yd_axes_draw(const yd_axes *axes);
yd_place yd_axes_at(const yd_axes *axes, double x, double y);
/* Straight lines between points, cut at the area's edges; a point that is not finite is a gap. A single point
 * between gaps is a dot. */
void yd_axes_line(const yd_axes *axes, const double *x, const double *y, int count, yd_stroke stroke);
void yd_axes_dots(const yd_axes *axes, const double *x, const double *y, int count, double radius,
                  yd_colour colour);

typedef struct yd_legend_entry {
    const char *name;
    yd_stroke stroke; /* thickness 0: a heading, without a sample */
    bool strong;
} yd_legend_entry;
/* A column of lines with their names, from the area's top; names are cut at its right edge, entries at its
 * foot ("and 12 more"). */
void yd_legend_draw(yd_sheet *sheet, yd_area area, double size, const yd_legend_entry *entries, int count);

/* Counts of a grid of bins, [rows, columns], row 0 at the top: darker where more are, white where none is. */
void yd_heat_draw(const yd_axes *axes, const int64_t *counts, int columns, int rows);
