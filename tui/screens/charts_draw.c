#include "tui/screens/charts_draw.h"
#include "base/text.h"
#include "tui/plan.h"
#include "tui/screens/charts_picker.h"
#include "tui/screens/charts_status.h"
#include "tui/show.h"
#include "tui/widgets/panel.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A panel while it is drawn. */
typedef struct panel {
    const yd_screen_context *context;
    charts_memory *own;
    const chart_runs *runs;
    int chart;
    const char *name;
    yd_axis axis;
    yd_extent extent;
    bool any;             /* there is something to be seen */
    int group;            /* whose learning rate it is; -1: it is none */
    yd_schedule schedule; /* where group >= 0 */
    yd_span span;
    chart_curve *drawn[CHART_RUNS]; /* NULL: not in this panel */
    int curves;
} panel;

/* A step or an epoch before the first value belongs to the run too. */
static double begin_of(yd_axis axis, double from, double to)
{
    bool near = from > 0 && from < to * 0.1;
    return near || axis != YD_AXIS_STEP ? fmin(from, 0) : from;
}

static void widen(panel *own, const yd_span *whole)
{
    if (!own->any) own->extent = (yd_extent){whole->from, whole->to, whole->to};
    own->any = true;
    own->extent.from = fmin(own->extent.from, whole->from);
    own->extent.newest = own->extent.to = fmax(own->extent.to, whole->to);
}

/* The memory of a curve, made when first needed; NULL where there is none to be had. */
static chart_curve *curve_of(const panel *own, int run)
{
    chart_curve **place = &own->own->curves[own->chart][run];
    if (!*place) *place = calloc(1, sizeof **place);
    return *place;
}

/* Where the scalar of a run lies on the axis; of a run that is being read just now, where it lay before. */
static bool locate(const panel *own, int i, yd_axis axis, chart_curve *curve)
{
    const chart_run *run = &own->runs->runs[i];
    if (!run->there || !curve) return false;
    bool same = curve->run == run->hash && curve->wanted == axis && strcmp(curve->name, own->name) == 0;
    if (!run->store) return same && curve->known;
    const yd_series *series = yd_series_store_find(run->store, own->name);
    curve->known = series && yd_curve_axis_of(run->store, series, axis, &curve->axis) &&
                   yd_curve_span(series, &curve->axis, &curve->whole);
    curve->run = run->hash;
    curve->wanted = axis;
    yd_copy_text(curve->name, sizeof curve->name, own->name);
    curve->last = curve->known ? yd_series_last_value(series) : (double)NAN;
    return curve->known;
}

static void find_curves(panel *own, yd_axis axis)
{
    own->any = false;
    own->axis = axis;
    own->curves = 0;
    for (int i = 0; i < CHART_RUNS; i++) {
        chart_curve *curve = own->runs->runs[i].there ? curve_of(own, i) : NULL;
        own->drawn[i] = locate(own, i, axis, curve) ? curve : NULL;
        if (!own->drawn[i]) continue;
        widen(own, &curve->whole);
        own->curves++;
    }
}

/* Learning rates have a future. */
static void find_plan(panel *own)
{
    static const yd_tag rates[] = {YD_TAG_STEP_LR_NORM, YD_TAG_STEP_LR_WEIGHTS, YD_TAG_STEP_LR_BIASES};
    const yd_run_view *view = own->context->view;
    own->group = -1;
    for (int i = 0; i < 3; i++)
        if (strcmp(own->name, yd_tag_name(rates[i])) == 0) own->group = i;
    if (own->axis == YD_AXIS_WALL || !view->has_block || !yd_plan_of(&view->block, &own->schedule))
        own->group = -1;
    if (own->group < 0) return;
    double end = own->axis == YD_AXIS_EPOCH ? own->schedule.epochs
                                            : (double)own->schedule.epochs * (double)own->schedule.batches;
    if (!own->any) own->extent = (yd_extent){0, end, 0};
    own->any = true;
    own->extent.to = fmax(own->extent.to, end);
}

static void find_panel(panel *own, yd_axis wanted)
{
    /* Every scalar has steps; those that count epochs are better shown by them. */
    const yd_axis axes[] = {wanted, YD_AXIS_EPOCH, YD_AXIS_STEP};
    for (int i = 0; i < 3; i++) {
        find_curves(own, axes[i]);
        if (own->any) break;
    }
    if (!own->any) own->axis = wanted;
    find_plan(own);
    own->extent.from = begin_of(own->axis, own->extent.from, own->extent.to);
    if (!(own->extent.to > own->extent.from)) own->extent.to = own->extent.from + 1;
}

/* All panels on one axis show the same stretch of it; beyond the newest value there are plans only. */
static void share_extents(panel *panels, int count)
{
    for (int axis = 0; axis < YD_AXIS_COUNT; axis++) {
        yd_extent all = {INFINITY, -INFINITY, -INFINITY};
        for (int i = 0; i < count; i++) {
            if (panels[i].axis != (yd_axis)axis || !panels[i].any) continue;
            all.from = fmin(all.from, panels[i].extent.from);
            all.newest =
                fmax(all.newest, panels[i].group < 0 ? panels[i].extent.to : panels[i].extent.newest);
        }
        for (int i = 0; i < count; i++) {
            if (panels[i].axis != (yd_axis)axis || !panels[i].any) continue;
            panels[i].extent.from = all.from;
            panels[i].extent.newest = all.newest;
            if (panels[i].group < 0) panels[i].extent.to = all.newest;
        }
    }
}

static double planned(const panel *own, double x)
{
    yd_schedule_point point;
    yd_plan_at(&own->schedule, own->axis == YD_AXIS_EPOCH ? x : x / own->schedule.batches, &point);
    return point.lr[own->group];
}

static double column_x(const panel *own, int column, int columns)
{
    return own->span.from + (own->span.to - own->span.from) * (column + 0.5) / columns;
}

/* The curves over the span, as far as their runs can be read now or have been read so before. */
static void make_curves(panel *own, int columns)
{
    double weight = yd_charts_weight(own->own->smoothing);
    for (int i = 0; i < CHART_RUNS; i++) {
        chart_curve *curve = own->drawn[i];
        const yd_series_store *store = own->runs->runs[i].store;
        if (!curve) continue;
        if (store) {
            yd_curve_make(&curve->curve, yd_series_store_find(store, own->name), &curve->axis, own->span,
                          columns, weight);
            curve->weight = weight;
        } else if (curve->curve.count != columns || curve->curve.span.from != own->span.from ||
                   curve->curve.span.to != own->span.to) {
            own->drawn[i] = NULL;
        }
    }
}

static void find_range(const panel *own, int columns, yd_plot_axes *axes)
{
    const chart *look = &own->own->charts[own->chart];
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < CHART_RUNS; i++)
        if (own->drawn[i]) yd_curve_range(&own->drawn[i]->curve, look->log, look->trimmed, &low, &high);
    for (int i = 0; i < columns && own->group >= 0; i++) {
        double x = column_x(own, i, columns), rate = x > own->extent.newest ? planned(own, x) : (double)NAN;
        if (isfinite(rate) && (!look->log || rate > 0)) low = fmin(low, rate), high = fmax(high, rate);
    }
    *axes = (yd_plot_axes){.x = own->span,
                           .kind = yd_charts_axis_kind(own->axis),
                           .low = low,
                           .high = high,
                           .log = look->log && high > 0 && isfinite(high),
                           .lettered = own->runs->count > 1};
}

static yd_plot_pen pen_of(const panel *own, int run)
{
    int before = 0;
    for (int i = 0; i < run; i++) before += own->drawn[i] != NULL;
    const chart_run *source = &own->runs->runs[run];
    return (yd_plot_pen){.style = source->style,
                         .letter = own->runs->count > 1 ? source->letter : '\0',
                         .turn = before,
                         .of = own->curves > 0 ? own->curves : 1,
                         .smoothed = own->own->smoothing > 0};
}

/* The run that is open lies on top, and no line lies under the band, no letter under the line of another. */
static void draw_curves(const panel *own, const yd_plot *plot)
{
    typedef void draw_part(const yd_plot *, const yd_curve *, const yd_plot_pen *);
    static draw_part *const parts[] = {yd_plot_band, yd_plot_line, yd_plot_letters};
    for (int part = 0; part < 3; part++)
        for (int i = CHART_RUNS - 1; i >= 0; i--) {
            yd_plot_pen pen = pen_of(own, i);
            if (own->drawn[i]) parts[part](plot, &own->drawn[i]->curve, &pen);
        }
}

static void draw_plan(const panel *own, const yd_plot *plot)
{
    enum { EVERY = 3 };
    yd_plot_pen pen = {.style = YD_STYLE_RUN_1, .of = 1};
    for (int i = 0; i < plot->chart.columns && own->group >= 0; i += EVERY) {
        double x = column_x(own, i, plot->chart.columns);
        if (x > own->extent.newest) yd_plot_point(plot, i, planned(own, x), &pen);
    }
}

/* What was changed in the run that is open. */
static void draw_marks(const panel *own, const yd_plot *plot)
{
    const yd_series_store *store = own->runs->runs[0].store;
    const yd_series *series = yd_series_store_find(store, own->name);
    int count = yd_series_store_mark_count(store), most = plot->area.width / 6;
    for (int i = 0; series && own->drawn[0] && i < count; i++) {
        double x = yd_series_store_mark_x(store, yd_series_store_mark_at(store, i), series,
                                          own->drawn[0]->axis.axis);
        yd_plot_mark(plot, yd_curve_shown(&own->drawn[0]->axis, x), count > most);
    }
}

/* The values at the cursor, or the newest ones: of several runs in a row of their own. */
static void draw_values(const panel *own, const yd_canvas *row, double cursor, const yd_plot *plot)
{
    int x = 0;
    for (int i = 0; i < CHART_RUNS; i++) {
        char value[32];
        const chart_run *run = &own->runs->runs[i];
        if (!own->drawn[i]) continue;
        double number =
            isnan(cursor) ? own->drawn[i]->last : yd_charts_value_at(run, own->drawn[i], plot, cursor).mean;
        yd_show_number(value, sizeof value, number);
        if (x + 2 + (int)strlen(value) > row->width) return;
        yd_canvas_put(row, x, 0, (unsigned char)run->letter, run->style);
        x = yd_canvas_text(row, x + 2, 0, YD_STYLE_VALUE, value) + 2;
    }
}

static void draw_title_value(const panel *own, const yd_canvas *canvas, const yd_rect *outer, double cursor,
                             const yd_plot *plot)
{
    char value[32], text[40];
    if (!own->drawn[0]) return;
    double number = isnan(cursor) ? own->drawn[0]->last
                                  : yd_charts_value_at(&own->runs->runs[0], own->drawn[0], plot, cursor).mean;
    snprintf(text, sizeof text, " %s ", yd_show_number(value, sizeof value, number));
    int name = yd_canvas_text_width(canvas, own->name) + 12;
    if (outer->width < name + (int)strlen(text)) return;
    yd_canvas_text_right(canvas, outer->x + outer->width - 1, outer->y, YD_STYLE_VALUE, text);
}

static yd_canvas draw_frame(const panel *own, const yd_canvas *canvas, const yd_panel_place *place, bool one)
{
    const chart *look = &own->own->charts[own->chart];
    char name[512], title[600];
    yd_escape(name, sizeof name, own->name[0] ? own->name : "no scalars yet");
    bool other_axis = own->any && own->axis != yd_charts_axis(own->own, own->runs);
    snprintf(title, sizeof title, "%s%.300s%s%s%s%s", one || own->chart != own->own->focus ? "" : "> ", name,
             look->log ? ", log" : "", look->trimmed ? ", trimmed" : "", other_axis ? ", by " : "",
             other_axis ? yd_charts_axis_name(own->axis) : "");
    return yd_panel_draw(canvas, place, title);
}

static void draw_panel(panel *own, const yd_canvas *canvas, const yd_panel_place *place, bool one)
{
    enum { LEGEND_FROM_HEIGHT = 6 };
    yd_canvas inside = draw_frame(own, canvas, place, one), area = inside;
    charts_memory *memory = own->own;
    if (inside.width <= 0 || inside.height <= 0) return;
    bool legend = own->runs->count > 1 && inside.height >= LEGEND_FROM_HEIGHT;
    if (legend) area = yd_canvas_part(&inside, (yd_rect){0, 1, inside.width, inside.height - 1});
    own->span = yd_window_shown(&memory->windows[own->axis], &own->extent);
    int columns = yd_plot_columns(&area, own->runs->count > 1);
    yd_plot_axes axes;
    make_curves(own, columns);
    find_range(own, columns, &axes);
    yd_plot plot = yd_plot_start(&area, &axes);
    chart_shown *shown = &memory->shown[memory->shown_count++];
    *shown = (chart_shown){own->chart, place->outer, own->axis, own->extent, plot};
    if (!own->any) {
        yd_canvas_text(&area, plot.area.x + 1, area.height / 2, YD_STYLE_DIM, "no values yet");
        return;
    }
    draw_curves(own, &plot);
    draw_plan(own, &plot);
    draw_marks(own, &plot);
    double cursor = yd_charts_cursor(memory, own->runs, own->axis);
    yd_plot_cursor(&plot, cursor);
    if (legend)
        draw_values(own, &inside, cursor, &plot);
    else
        draw_title_value(own, canvas, &place->outer, cursor, &plot);
}

/* The panels that have room; the one with the focus is among them. */
static int choose_panels(const charts_memory *own, const yd_charts_layout *layout)
{
    if (own->alone) return own->focus;
    return own->focus >= layout->count ? own->focus - layout->count + 1 : 0;
}

void yd_charts_draw(const yd_screen_context *context, const yd_canvas *canvas)
{
    charts_memory *own = context->memory;
    chart_runs runs;
    panel panels[CHARTS];
    yd_charts_take_runs(context, &runs);
    int status_rows = runs.count > 1 ? 2 : 1;
    yd_charts_layout layout = yd_layout_charts((yd_rect){0, 0, canvas->width, canvas->height - status_rows},
                                               own->alone ? 1 : yd_charts_wanted(own));
    int first = choose_panels(own, &layout);
    yd_axis axis = yd_charts_axis(own, &runs);
    for (int i = 0; i < layout.count; i++) {
        panels[i] = (panel){.context = context,
                            .own = own,
                            .runs = &runs,
                            .chart = first + i,
                            .name = yd_charts_name(own, &runs, first + i)};
        find_panel(&panels[i], axis);
    }
    share_extents(panels, layout.count);
    own->shown_count = 0;
    for (int i = 0; i < layout.count; i++)
        draw_panel(&panels[i], canvas, &layout.panels[i], layout.count == 1);
    yd_canvas status =
        yd_canvas_part(canvas, (yd_rect){0, canvas->height - status_rows, canvas->width, status_rows});
    yd_charts_status_draw(context, &runs, &status);
    if (own->picking) yd_charts_picker_draw(context, &runs, canvas);
    yd_charts_give_runs(context, &runs);
}
