/* What the Charts screen remembers, and what it finds out about the runs and scalars that it shows. */
#pragma once
#include "tui/compare.h"
#include "tui/curve.h"
#include "tui/layout.h"
#include "tui/screens/screen.h"
#include "tui/widgets/entry.h"
#include "tui/widgets/plot.h"

enum {
    CHARTS = YD_LAYOUT_CHARTS,
    CHART_RUNS = YD_COMPARED + 1,
    CHART_SCALARS = 6, /* in one panel */
    CHART_CURVES = CHART_SCALARS * CHART_RUNS,
    CHART_WEIGHTS = 12
};

/* One panel. */
typedef struct chart {
    char names[CHART_SCALARS][YD_SERIES_NAME]; /* as the files have them */
    int scalars;                               /* 0: the one that belongs here by default */
    bool log, trimmed;
} chart;

/* The curve of a scalar of a run in a panel, as it was made last: where the run is being read just now it is
 * drawn again.
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
    int scalars;
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
    bool picking, adding; /* adding: what is picked is laid over what the panel shows */
    yd_entry filter;
    int picked; /* among those that pass the filter; -1: the panel's own, wherever that stands */
    chart_shown shown[CHARTS];
    int shown_count;
    /* Of scalar s and run r of a panel: curve s * CHART_RUNS + r. Made when first needed. */
    chart_curve *curves[CHARTS][CHART_CURVES];
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

/* Goes through the scalars of all runs, each name once, those of the run that is open first. NULL: there are
 * no more. walk: zero-initialised. */
typedef struct chart_walk {
    int run, series;
} chart_walk;
const yd_series *yd_charts_walk(const chart_runs *runs, chart_walk *walk);
/* The scalars that a panel shows, in names; returns how many, one at least: "" where there is none at all. */
int yd_charts_scalars(const charts_memory *own, const chart_runs *runs, int panel,
                      const char *names[CHART_SCALARS]);
/* The panel shows this scalar alone from now on. */
void yd_charts_show(charts_memory *own, int panel, const char *name);
/* Lays the scalar over what the panel shows, or takes it away where it is among that. False: no room. */
bool yd_charts_toggle(charts_memory *own, const chart_runs *runs, int panel, const char *name);
/* What tells a curve of a panel from the others: a capital letter for the run where there are several, a
 * small one for the scalar where there are several; "" for the only curve. */
void yd_charts_letters(const chart_runs *runs, int scalars, int curve, char letters[3]);
yd_style yd_charts_style(const chart_runs *runs, int curve);
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
/* The first curve of the panel that the open run has, which its live changes are marked along; *series: what
 * it is of. NULL: there is none. */
const chart_curve *yd_charts_marked(const charts_memory *own, const chart_runs *runs,
                                    const chart_shown *shown, const yd_series **series);
