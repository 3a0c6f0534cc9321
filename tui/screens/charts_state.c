#include "tui/screens/charts_state.h"
#include "base/hash.h"
#include "base/text.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

enum { WANTED = 4, CHOICES = 4 };

/* What the panels show until something else is chosen: the first of these that the run has. */
static const char *const defaults[CHARTS][CHOICES] = {
    {"step/loss", "train/box_loss", "loss", NULL},
    {"metrics/mAP_0.5:0.95", "metrics/mAP50-95(B)", NULL},
    {"metrics/mAP_0.5", "metrics/mAP50(B)", NULL},
    {"step/lr_weights", "x/lr0", "lr/pg0", NULL},
    {"val/box_loss", NULL},
    {"val/obj_loss", "val/dfl_loss", NULL},
};

static uint64_t hash_of(const char *folder)
{
    return yd_fnv1a(folder, strlen(folder));
}

void yd_charts_take_runs(const yd_screen_context *context, chart_runs *runs)
{
    *runs = (chart_runs){.count = 1};
    runs->runs[0] = (chart_run){.there = true,
                                .store = context->view->store,
                                .name = context->run_name,
                                .hash = hash_of(context->services->run_folder),
                                .style = YD_STYLE_RUN_1,
                                .letter = 'A'};
    for (int i = 0; i < YD_COMPARED && context->compare; i++) {
        chart_run *run = &runs->runs[i + 1];
        const char *name = yd_compare_name(context->compare, i);
        if (!name) continue;
        *run = (chart_run){.there = true,
                           .store = yd_compare_lock(context->compare, i),
                           .name = name,
                           .hash = hash_of(yd_compare_folder(context->compare, i)),
                           .style = (yd_style)(YD_STYLE_RUN_1 + i + 1),
                           .letter = (char)('B' + i)};
        runs->count++;
    }
}

void yd_charts_give_runs(const yd_screen_context *context, const chart_runs *runs)
{
    for (int i = 0; i < YD_COMPARED; i++)
        if (runs->runs[i + 1].store) yd_compare_unlock(context->compare, i);
}

static bool has(const chart_runs *runs, const char *name)
{
    for (int i = 0; i < CHART_RUNS; i++)
        if (runs->runs[i].store && yd_series_store_find(runs->runs[i].store, name)) return true;
    return false;
}

/* Whether the run is one of YOLOv5's kind: what it has not written yet is still to come. */
static bool is_known(const chart_runs *runs)
{
    for (int i = 0; i < CHARTS; i++)
        for (int j = 0; j < CHOICES && defaults[i][j]; j++)
            if (has(runs, defaults[i][j])) return true;
    return yd_series_store_count(runs->runs[0].store) == 0;
}

static const char *default_name(const chart_runs *runs, int panel)
{
    const yd_series_store *store = runs->runs[0].store;
    for (int i = 0; i < CHOICES && defaults[panel][i]; i++)
        if (has(runs, defaults[panel][i])) return defaults[panel][i];
    if (is_known(runs)) return defaults[panel][0];
    return panel < yd_series_store_count(store) ? yd_series_name(yd_series_store_at(store, panel)) : "";
}

static bool is_known_before(const chart_runs *runs, int run, const char *name)
{
    for (int i = 0; i < run; i++)
        if (runs->runs[i].store && yd_series_store_find(runs->runs[i].store, name)) return true;
    return false;
}

const yd_series *yd_charts_walk(const chart_runs *runs, chart_walk *walk)
{
    for (; walk->run < CHART_RUNS; walk->run++, walk->series = 0) {
        const yd_series_store *store = runs->runs[walk->run].store;
        while (store && walk->series < yd_series_store_count(store)) {
            const yd_series *series = yd_series_store_at(store, walk->series++);
            if (!is_known_before(runs, walk->run, yd_series_name(series))) return series;
        }
    }
    return NULL;
}

int yd_charts_scalars(const charts_memory *own, const chart_runs *runs, int panel,
                      const char *names[CHART_SCALARS])
{
    const chart *look = &own->charts[panel];
    for (int i = 0; i < look->scalars; i++) names[i] = look->names[i];
    if (!look->scalars) names[0] = default_name(runs, panel);
    return look->scalars ? look->scalars : 1;
}

void yd_charts_show(charts_memory *own, int panel, const char *name)
{
    yd_copy_text(own->charts[panel].names[0], YD_SERIES_NAME, name);
    own->charts[panel].scalars = 1;
}

bool yd_charts_toggle(charts_memory *own, const chart_runs *runs, int panel, const char *name)
{
    chart *look = &own->charts[panel];
    if (!look->scalars && default_name(runs, panel)[0]) yd_charts_show(own, panel, default_name(runs, panel));
    for (int i = 0; i < look->scalars; i++) {
        if (strcmp(look->names[i], name) != 0) continue;
        look->scalars--;
        memmove(look->names[i], look->names[i + 1], (size_t)(look->scalars - i) * YD_SERIES_NAME);
        return true;
    }
    if (look->scalars == CHART_SCALARS) return false;
    yd_copy_text(look->names[look->scalars++], YD_SERIES_NAME, name);
    return true;
}

void yd_charts_letters(const chart_runs *runs, int scalars, int curve, char letters[3])
{
    int length = 0;
    if (runs->count > 1) letters[length++] = runs->runs[curve % CHART_RUNS].letter;
    if (scalars > 1) letters[length++] = (char)('a' + curve / CHART_RUNS);
    letters[length] = '\0';
}

yd_style yd_charts_style(const chart_runs *runs, int curve)
{
    if (runs->count > 1) return runs->runs[curve % CHART_RUNS].style;
    return (yd_style)(YD_STYLE_RUN_1 + curve / CHART_RUNS);
}

double yd_charts_weight(int smoothing)
{
    static const double weights[CHART_WEIGHTS] = {0,    0.5,   0.7,   0.9,   0.95,   0.98,
                                                  0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999};
    return weights[smoothing < 0 ? 0 : smoothing < CHART_WEIGHTS ? smoothing : CHART_WEIGHTS - 1];
}

const char *yd_charts_axis_name(yd_axis axis)
{
    return axis == YD_AXIS_STEP ? "step" : axis == YD_AXIS_EPOCH ? "epoch" : "time";
}

yd_plot_kind yd_charts_axis_kind(yd_axis axis)
{
    return axis == YD_AXIS_WALL ? YD_PLOT_TIME : YD_PLOT_WHOLE;
}

yd_axis yd_charts_axis(const charts_memory *own, const chart_runs *runs)
{
    const yd_series_store *store = runs->runs[0].store;
    if (own->axis_chosen) return own->axis;
    for (int i = 0; i < yd_series_store_count(store); i++)
        if (yd_series_steps_per_epoch(yd_series_store_at(store, i)) > 0) return YD_AXIS_EPOCH;
    return yd_series_store_count(store) ? YD_AXIS_STEP : YD_AXIS_EPOCH;
}

double yd_charts_least(const chart_runs *runs, yd_axis axis)
{
    enum { STEPS = 4 };
    double batches = yd_series_store_batches(runs->runs[0].store);
    if (axis == YD_AXIS_EPOCH) return batches > 0 ? STEPS / batches : 1;
    return axis == YD_AXIS_STEP ? STEPS : 1;
}

int yd_charts_wanted(const charts_memory *own)
{
    return own->wanted ? own->wanted : WANTED;
}

const chart_shown *yd_charts_focused(const charts_memory *own)
{
    for (int i = 0; i < own->shown_count; i++)
        if (own->shown[i].chart == own->focus) return &own->shown[i];
    return NULL;
}

const chart_curve *yd_charts_marked(const charts_memory *own, const chart_runs *runs,
                                    const chart_shown *shown, const yd_series **series)
{
    for (int i = 0; i < shown->scalars; i++) {
        const chart_curve *curve = own->curves[shown->chart][i * CHART_RUNS];
        *series = curve && curve->known ? yd_series_store_find(runs->runs[0].store, curve->name) : NULL;
        if (*series) return curve;
    }
    return NULL;
}

/* By any scalar of the run that lies on both axes. */
double yd_charts_cursor(const charts_memory *own, const chart_runs *runs, yd_axis axis)
{
    const yd_series_store *store = runs->runs[0].store;
    if (!own->has_cursor || axis == own->cursor_axis) return own->has_cursor ? own->cursor : NAN;
    double best = NAN, nearest = INFINITY;
    for (int i = 0; i < yd_series_store_count(store); i++) {
        const yd_series *series = yd_series_store_at(store, i);
        yd_curve_axis from, to;
        yd_series_point point;
        if (!yd_curve_axis_of(store, series, own->cursor_axis, &from) ||
            !yd_curve_axis_of(store, series, axis, &to) ||
            !yd_series_nearest(series, from.axis, own->cursor / from.scale + from.shift, &point))
            continue;
        double away = fabs(yd_curve_place(series, &from, &point) - own->cursor);
        double place = yd_curve_place(series, &to, &point);
        if (away < nearest && isfinite(place)) nearest = away, best = place;
    }
    return best;
}
