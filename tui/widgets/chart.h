/* A grid of points to draw curves on: braille, 2 x 4 points in a cell, or three heights in a cell where
 * Unicode is not to be had. */
#pragma once
#include "tui/canvas.h"

typedef struct yd_chart {
    yd_canvas canvas;
    double x_from, x_to, y_from, y_to;
    int columns, rows; /* points across and down */
} yd_chart;

/* What a curve is drawn with. letter: stands for it where there is no braille; 0: marks that show the height
 * within the cell. */
yd_chart yd_chart_start(const yd_canvas *canvas, double x_from, double x_to, double y_from, double y_to);
/* The x that the middle of a column of points stands for, and the column (with its fraction) of an x. */
double yd_chart_x(const yd_chart *chart, int column);
double yd_chart_column(const yd_chart *chart, double x);
/* The row of cells where y lies, brought into the range; -1 for a y that is not finite. */
int yd_chart_cell_row(const yd_chart *chart, double y);
/* A point; beyond the range it stands at its edge. Nothing for a y that is not finite. */
void yd_chart_point(const yd_chart *chart, int column, double y, yd_style style, uint32_t letter);
/* Points from one y to another within a column, so that a steep curve hangs together. */
void yd_chart_line(const yd_chart *chart, int column, double y_before, double y, yd_style style,
                   uint32_t letter);
/* A straight line between two places, given in columns; what lies beyond the sides is cut. Nothing where a
 * number is not finite. */
void yd_chart_segment(const yd_chart *chart, double column_0, double y_0, double column_1, double y_1,
                      yd_style style, uint32_t letter);
/* What lies between two heights of a column, lighter than a line; its ends are always there. */
void yd_chart_band(const yd_chart *chart, int column, double low, double high, yd_style style);
