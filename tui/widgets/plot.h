/* A chart with its axes: labels of round numbers, curves with what they vary in every column, marks, and a
 * cursor. */
#pragma once
#include "tui/curve.h"
#include "tui/widgets/chart.h"

typedef enum yd_plot_kind { YD_PLOT_WHOLE, YD_PLOT_LINEAR, YD_PLOT_TIME } yd_plot_kind;

typedef struct yd_plot_axes {
    yd_span x;
    yd_plot_kind kind; /* of the x axis */
    double low, high;  /* of the values; where that is no range, one is made around them */
    bool log;          /* both above 0 */
    bool lettered;     /* room for letters on the right */
} yd_plot_axes;

typedef struct yd_plot {
    yd_plot_axes axes;
    yd_canvas canvas; /* all of it */
    yd_rect area;     /* of the curves, on that */
    yd_chart chart;
} yd_plot;

/* How a curve looks. */
typedef struct yd_plot_pen {
    yd_style style;
    char letters[3]; /* one or two; "": there is but one curve */
    int turn, of;    /* its place among the curves */
    bool smoothed;
} yd_plot_pen;

/* Columns of points that a plot on this canvas is going to have. */
int yd_plot_columns(const yd_canvas *canvas, bool lettered);
/* Draws the axes. Columns of points across, 0 where there is no room for any: the others then draw nothing.
 */
yd_plot yd_plot_start(const yd_canvas *canvas, const yd_plot_axes *axes);
/* The curve was made of chart.columns columns over axes.x. First the bands of all curves, then their lines,
 * so that no line lies under another's band. */
void yd_plot_band(const yd_plot *plot, const yd_curve *curve, const yd_plot_pen *pen);
void yd_plot_line(const yd_plot *plot, const yd_curve *curve, const yd_plot_pen *pen);
/* Its letters, once where it ends, once on its way, at another place than those of the others: after all
 * lines.
 */
void yd_plot_letters(const yd_plot *plot, const yd_curve *curve, const yd_plot_pen *pen);
/* A point of something that is planned only. */
void yd_plot_point(const yd_plot *plot, int column, double value, const yd_plot_pen *pen);
/* Something was changed at x. faint: the mark at the edge alone. */
void yd_plot_mark(const yd_plot *plot, double x, bool faint);
void yd_plot_cursor(const yd_plot *plot, double x);
/* What a column of cells on the canvas stands for: from its left edge to its right one. False where it is
 * none of the curves' area. */
bool yd_plot_cell(const yd_plot *plot, int x, yd_span *span);
/* The columns of cells where x lies, on the canvas; -1: not shown. */
int yd_plot_cell_of(const yd_plot *plot, double x);
