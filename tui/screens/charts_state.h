/* What the Charts screen remembers, and what it finds out about the runs and scalars that it shows. */
#pragma once
#include "tui/compare.h"
#include "tui/curve.h"
#include "tui/layout.h"
#include "tui/screens/screen.h"
#include "tui/widgets/entry.h"
#include "tui/widgets/plot.h"

enum { CHARTS = YD_LAYOUT_CHARTS, CHART_RUNS = YD_COMPARED + 1, CHART_WEIGHTS = 12 };

/* One panel. */
typedef struct chart {
    char name[YD_SERIES_NAME]; /* of the scalar, as the file has it; "": the one that belongs here by default
                                */
    bool log, trimmed;
} chart;

/* The curve of a run in a panel, as it was made last: where the run is being read just now it is drawn again.
 */
typedef struct chart_curve {
    uint64_t run; /* whose it is: another run may have got the letter meanwhile */
    char name[YD_SERIES_NAME];
    yd_axis wanted;
    yd_curve_axis axis;
    bool known; /* there is something on this axis */
    yd_span whole;
    double weight, last;
    yd_curve curve;
} chart_curve;

/* A panel as it was drawn last: what keys and the mouse refer to. */
typedef struct chart_shown {
    int chart; /* index into charts */
    yd_rect outer;
    yd_axis axis;
    yd_extent extent;
    yd_plot plot;
} chart_shown;

typedef struct charts_memory {
    chart charts[CHARTS];
    int wanted; /* panels; 0: not chosen yet */
    int focus;
    bool alone; /* the panel that has the focus has all the room */
    bool axis_chosen;
    yd_axis axis;
    yd_window windows[YD_AXIS_COUNT];
    int smoothing; /* of yd_charts_weight */
    bool has_cursor;
    yd_axis cursor_axis;
    double cursor;
    bool picking;
    yd_entry filter;
    int picked; /* among those that pass the filter */
    chart_shown shown[CHARTS];
    int shown_count;
    chart_curve *curves[CHARTS][CHART_RUNS]; /* made when first needed */
} charts_memory;

/* A run whose curves are drawn. */
typedef struct chart_run {
    bool there;
    const yd_series_store *store; /* NULL: being read just now */
    const char *name;             /* escaped */
    uint64_t hash;                /* of the folder */
    yd_style style;
    char letter;
} chart_run;

typedef struct chart_runs {
    chart_run runs[CHART_RUNS]; /* the first is the one that is open */
    int count;                  /* of those that are there */
} chart_runs;

/* Between them the runs stand still. */
void yd_charts_take_runs(const yd_screen_context *context, chart_runs *runs);
void yd_charts_give_runs(const yd_screen_context *context, const chart_runs *runs);

/* The scalar that a panel shows; "" where there is none at all. */
const char *yd_charts_name(const charts_memory *own, const chart_runs *runs, int panel);
/* The weight that a step of smoothing stands for, 0 for the first. */
double yd_charts_weight(int smoothing);
/* What is said of an axis: "epoch". */
const char *yd_charts_axis_name(yd_axis axis);
yd_plot_kind yd_charts_axis_kind(yd_axis axis);
/* The axis that is shown: the one chosen, else epochs where the run counts them, else steps. */
yd_axis yd_charts_axis(const charts_memory *own, const chart_runs *runs);
/* The narrowest part of an axis that can be zoomed into. */
double yd_charts_least(const chart_runs *runs, yd_axis axis);
/* How many panels are wanted. */
int yd_charts_wanted(const charts_memory *own);
/* Where the cursor lies on another axis; NAN: not known. */
double yd_charts_cursor(const charts_memory *own, const chart_runs *runs, yd_axis axis);
/* The panel that has the focus, as it was drawn last; NULL: it was not. */
const chart_shown *yd_charts_focused(const charts_memory *own);
