/* A small line chart: braille, 2 x 4 points in a cell, or one point in a cell where Unicode is not to be had.
 */
#pragma once
#include "tui/canvas.h"

typedef struct yd_chart {
    yd_canvas canvas;
    double x_from, x_to, y_from, y_to;
    int columns, rows; /* points across and down */
} yd_chart;

yd_chart yd_chart_start(const yd_canvas *canvas, double x_from, double x_to, double y_from, double y_to);
/* The x that the middle of a column of points stands for. */
double yd_chart_x(const yd_chart *chart, int column);
/* A point; beyond the range it stands at its edge. Nothing for a y that is not finite. letter: stands for the
 * curve where there is no braille. */
void yd_chart_point(const yd_chart *chart, int column, double y, yd_style style, uint32_t letter);
/* Points from one y to another within a column, so that a steep curve hangs together. */
void yd_chart_line(const yd_chart *chart, int column, double y_before, double y, yd_style style,
                   uint32_t letter);
