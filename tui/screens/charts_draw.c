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
    const char *names[CHART_SCALARS];
    int scalars;
    yd_axis axis;
    yd_extent extent;
    bool any;                  /* there is something to be seen */
    int groups[CHART_SCALARS]; /* whose learning rate it is; -1: it is none */
    bool planned;              /* one of them is some */
    yd_schedule schedule;      /* where planned */
    yd_span span;
    chart_curve *drawn[CHART_CURVES]; /* NULL: not in this panel */
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
static chart_curve *curve_of(const panel *own, int i)
{
    chart_curve **place = &own->own->curves[own->chart][i];
    if (!*place) *place = calloc(1, sizeof **place);
    return *place;
}

/* Where the scalar of a run lies on the axis; of a run that is being read just now, where it lay before. */
static bool locate(const panel *own, int i, yd_axis axis, chart_curve *curve)
{
    const chart_run *run = &own->runs->runs[i % CHART_RUNS];
    const char *name = own->names[i / CHART_RUNS];
    if (!run->there || !curve) return false;
    bool same = curve->run == run->hash && curve->wanted == axis && strcmp(curve->name, name) == 0;
    if (!run->store) return same && curve->known;
    const yd_series *series = yd_series_store_find(run->store, name);
    curve->known = series && yd_curve_axis_of(run->store, series, axis, &curve->axis) &&
                   yd_curve_span(series, &curve->axis, &curve->whole);
    curve->run = run->hash;
    curve->wanted = axis;
    yd_copy_text(curve->name, sizeof curve->name, name);
    curve->last = curve->known ? yd_series_last_value(series) : (double)NAN;
    return curve->known;
}

static void find_curves(panel *own, yd_axis axis)
{
    own->any = false;
    own->axis = axis;
    own->curves = 0;
    for (int i = 0; i < own->scalars * CHART_RUNS; i++) {
        chart_curve *curve = own->runs->runs[i % CHART_RUNS].there ? curve_of(own, i) : NULL;
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
    own->planned = false;
    for (int i = 0; i < own->scalars; i++) {
        own->groups[i] = -1;
        for (int group = 0; group < 3; group++)
            if (strcmp(own->names[i], yd_tag_name(rates[group])) == 0) own->groups[i] = group;
        own->planned |= own->groups[i] >= 0;
    }
    if (own->axis == YD_AXIS_WALL || !view->has_block || !yd_plan_of(&view->block, &own->schedule))
        own->planned = false;
    if (!own->planned) return;
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
            all.newest = fmax(all.newest, panels[i].planned ? panels[i].extent.newest : panels[i].extent.to);
        }
        for (int i = 0; i < count; i++) {
            if (panels[i].axis != (yd_axis)axis || !panels[i].any) continue;
            panels[i].extent.from = all.from;
            panels[i].extent.newest = all.newest;
            if (!panels[i].planned) panels[i].extent.to = all.newest;
        }
    }
}

/* What is planned of a scalar for a place beyond the newest value; NAN: nothing. */
static double planned(const panel *own, int scalar, double x)
{
    yd_schedule_point point;
    if (!own->planned || own->groups[scalar] < 0 || x <= own->extent.newest) return NAN;
    yd_plan_at(&own->schedule, own->axis == YD_AXIS_EPOCH ? x : x / own->schedule.batches, &point);
    return point.lr[own->groups[scalar]];
}

static double column_x(const panel *own, int column, int columns)
{
    return own->span.from + (own->span.to - own->span.from) * (column + 0.5) / columns;
}

/* There may be several curves, with letters to tell them apart. */
static bool is_lettered(const panel *own)
{
    return own->runs->count > 1 || own->scalars > 1;
}

/* The curves over the span, as far as their runs can be read now or have been read so before. */
static void make_curves(panel *own, int columns)
{
    double weight = yd_charts_weight(own->own->smoothing);
    for (int i = 0; i < own->scalars * CHART_RUNS; i++) {
        chart_curve *curve = own->drawn[i];
        const yd_series_store *store = own->runs->runs[i % CHART_RUNS].store;
        if (!curve) continue;
        if (store) {
            yd_curve_make(&curve->curve, yd_series_store_find(store, curve->name), &curve->axis, own->span,
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
    for (int i = 0; i < own->scalars * CHART_RUNS; i++)
        if (own->drawn[i]) yd_curve_range(&own->drawn[i]->curve, look->log, look->trimmed, &low, &high);
    for (int i = 0; i < columns * own->scalars && own->planned; i++) {
        double rate = planned(own, i / columns, column_x(own, i % columns, columns));
        if (isfinite(rate) && (!look->log || rate > 0)) low = fmin(low, rate), high = fmax(high, rate);
    }
    *axes = (yd_plot_axes){.x = own->span,
                           .kind = yd_charts_axis_kind(own->axis),
                           .low = low,
                           .high = high,
                           .log = look->log && high > 0 && isfinite(high),
                           .lettered = is_lettered(own)};
}

static yd_plot_pen pen_of(const panel *own, int curve)
{
    yd_plot_pen pen = {.style = yd_charts_style(own->runs, curve),
                       .of = own->curves > 0 ? own->curves : 1,
                       .smoothed = own->own->smoothing > 0};
    for (int i = 0; i < curve; i++) pen.turn += own->drawn[i] != NULL;
    yd_charts_letters(own->runs, own->scalars, curve, pen.letters);
    return pen;
}

/* The first scalar of the run that is open lies on top, and no line lies under the band, no letter under the
 * line of another. */
static void draw_curves(const panel *own, const yd_plot *plot)
{
    typedef void draw_part(const yd_plot *, const yd_curve *, const yd_plot_pen *);
    static draw_part *const parts[] = {yd_plot_band, yd_plot_line, yd_plot_letters};
    for (int part = 0; part < 3; part++)
        for (int i = own->scalars * CHART_RUNS - 1; i >= 0; i--) {
            yd_plot_pen pen = pen_of(own, i);
            if (own->drawn[i]) parts[part](plot, &own->drawn[i]->curve, &pen);
        }
}

static void draw_plan(const panel *own, const yd_plot *plot)
{
    enum { EVERY = 3 };
    for (int scalar = 0; scalar < own->scalars; scalar++) {
        yd_plot_pen pen = {.style = yd_charts_style(own->runs, scalar * CHART_RUNS), .of = 1};
        for (int i = 0; i < plot->chart.columns; i += EVERY) {
            double rate = planned(own, scalar, column_x(own, i, plot->chart.columns));
            if (isfinite(rate)) yd_plot_point(plot, i, rate, &pen);
        }
    }
}

/* What was changed in the run that is open. */
static void draw_marks(const panel *own, const chart_shown *shown)
{
    const yd_series_store *store = own->runs->runs[0].store;
    const yd_series *series;
    const chart_curve *curve = yd_charts_marked(own->own, own->runs, shown, &series);
    int count = yd_series_store_mark_count(store), most = shown->plot.area.width / 6;
    for (int i = 0; curve && i < count; i++) {
        double x = yd_series_store_mark_x(store, yd_series_store_mark_at(store, i), series, curve->axis.axis);
        yd_plot_mark(&shown->plot, yd_curve_shown(&curve->axis, x), count > most);
    }
}

/* The values at the cursor, or the newest ones: of several curves in a row of their own. */
static void draw_values(const panel *own, const yd_canvas *row, double cursor, const yd_plot *plot)
{
    int x = 0;
    for (int i = 0; i < own->scalars * CHART_RUNS; i++) {
        char value[32], letters[3];
        const chart_run *run = &own->runs->runs[i % CHART_RUNS];
        if (!own->drawn[i]) continue;
        double number =
            isnan(cursor) ? own->drawn[i]->last : yd_charts_value_at(run, own->drawn[i], plot, cursor).mean;
        yd_show_number(value, sizeof value, number);
        yd_charts_letters(own->runs, own->scalars, i, letters);
        if (x + (int)strlen(letters) + 1 + (int)strlen(value) > row->width) return;
        x = yd_canvas_text(row, x, 0, yd_charts_style(own->runs, i), letters) + 1;
        x = yd_canvas_text(row, x, 0, YD_STYLE_VALUE, value) + 2;
    }
}

static void draw_title_value(const panel *own, const yd_canvas *canvas, const yd_rect *outer, double cursor,
                             const yd_plot *plot)
{
    char value[32], text[40];
    if (!own->drawn[0] || own->scalars > 1) return;
    double number = isnan(cursor) ? own->drawn[0]->last
                                  : yd_charts_value_at(&own->runs->runs[0], own->drawn[0], plot, cursor).mean;
    snprintf(text, sizeof text, " %s ", yd_show_number(value, sizeof value, number));
    int name = yd_canvas_text_width(canvas, own->names[0]) + 12;
    if (outer->width < name + (int)strlen(text)) return;
    yd_canvas_text_right(canvas, outer->x + outer->width - 1, outer->y, YD_STYLE_VALUE, text);
}

/* "step/loss", or with letters for several: "a step/box_loss, b step/obj_loss". */
static void show_names(const panel *own, char *out, size_t capacity)
{
    size_t length = 0;
    out[0] = '\0';
    for (int i = 0; i < own->scalars && length < capacity; i++) {
        char name[512];
        yd_escape(name, sizeof name, own->names[i][0] ? own->names[i] : "no scalars yet");
        length += own->scalars > 1 ? (size_t)snprintf(out + length, capacity - length, "%s%c %s",
                                                      i ? ", " : "", 'a' + i, name)
                                   : (size_t)snprintf(out, capacity, "%s", name);
    }
}

static yd_canvas draw_frame(const panel *own, const yd_canvas *canvas, const yd_panel_place *place, bool one)
{
    const chart *look = &own->own->charts[own->chart];
    char name[512], title[600];
    show_names(own, name, sizeof name);
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
    bool legend = is_lettered(own) && inside.height >= LEGEND_FROM_HEIGHT;
    if (legend) area = yd_canvas_part(&inside, (yd_rect){0, 1, inside.width, inside.height - 1});
    own->span = yd_window_shown(&memory->windows[own->axis], &own->extent);
    int columns = yd_plot_columns(&area, is_lettered(own));
    yd_plot_axes axes;
    make_curves(own, columns);
    find_range(own, columns, &axes);
    yd_plot plot = yd_plot_start(&area, &axes);
    chart_shown *shown = &memory->shown[memory->shown_count++];
    *shown = (chart_shown){own->chart, own->scalars, place->outer, own->axis, own->extent, plot};
    if (!own->any) {
        yd_canvas_text(&area, plot.area.x + 1, area.height / 2, YD_STYLE_DIM, "no values yet");
        return;
    }
    draw_curves(own, &plot);
    draw_plan(own, &plot);
    draw_marks(own, shown);
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
        panels[i] = (panel){.context = context, .own = own, .runs = &runs, .chart = first + i};
        panels[i].scalars = yd_charts_scalars(own, &runs, first + i, panels[i].names);
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
