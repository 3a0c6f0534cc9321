/* Any scalars of the run, and of others laid over them: up to six charts with one cursor, one zoom, and an
 * axis of steps, epochs or time. What the user chose stays as it is, whatever data comes. */
#include "base/text.h"
#include "tui/run_names.h"
#include "tui/screens/charts_draw.h"
#include "tui/screens/charts_picker.h"
#include "tui/screens/charts_status.h"
#include "tui/words.h"
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZOOM_KEY   1.6
#define ZOOM_WHEEL 1.25
#define PAN        0.5
#define PAN_WHEEL  0.1

static void set_cursor(charts_memory *own, const chart_shown *shown, double x)
{
    own->has_cursor = true;
    own->cursor_axis = shown->axis;
    own->cursor = x;
    yd_window_reveal(&own->windows[shown->axis], &shown->extent, x);
}

/* The first curve of the panel that has anything. */
static const yd_curve *curve_in(const charts_memory *own, const chart_shown *shown)
{
    for (int i = 0; i < shown->scalars * CHART_RUNS; i++) {
        const chart_curve *curve = own->curves[shown->chart][i];
        if (curve && curve->known) return &curve->curve;
    }
    return NULL;
}

static bool has_values(const yd_curve *curve, const yd_plot *plot, int cell)
{
    int per_cell = plot->chart.columns / plot->area.width, from = (cell - plot->area.x) * per_cell;
    for (int i = from; i < from + per_cell && i < curve->count; i++)
        if (curve->columns[i].count || curve->columns[i].not_finite) return true;
    return false;
}

/* To the next column of cells that has a value; where there is none on that side, the part shown moves. */
static void move_cursor(charts_memory *own, const chart_runs *runs, const chart_shown *shown, int step)
{
    const yd_plot *plot = &shown->plot;
    const yd_curve *curve = curve_in(own, shown);
    yd_span span;
    int left = plot->area.x, right = plot->area.x + plot->area.width - 1;
    int cell = yd_plot_cell_of(plot, yd_charts_cursor(own, runs, shown->axis));
    if (plot->chart.columns <= 0 || !curve) return;
    if (cell < 0) cell = step < 0 ? right + 1 : left - 1;
    do cell += step;
    while (cell >= left && cell <= right && !has_values(curve, plot, cell));
    if (cell < left || cell > right) {
        double width = plot->axes.x.to - plot->axes.x.from;
        yd_window_pan(&own->windows[shown->axis], &shown->extent, step < 0 ? -PAN_WHEEL : PAN_WHEEL);
        if (!own->has_cursor)
            set_cursor(own, shown, step < 0 ? plot->axes.x.from : plot->axes.x.to);
        else if (own->windows[shown->axis].zoomed)
            set_cursor(own, shown, own->cursor + step * width / plot->area.width);
        return;
    }
    if (yd_plot_cell(plot, cell, &span)) set_cursor(own, shown, (span.from + span.to) / 2);
}

static void zoom(charts_memory *own, const chart_runs *runs, const chart_shown *shown, double at,
                 double factor)
{
    yd_window_zoom(&own->windows[shown->axis], &shown->extent, at, factor,
                   yd_charts_least(runs, shown->axis));
}

/* Around the cursor where it is seen, else around the newest value, which is what one follows. */
static double zoom_centre(const charts_memory *own, const chart_runs *runs, const chart_shown *shown)
{
    double cursor = yd_charts_cursor(own, runs, shown->axis);
    yd_span span = yd_window_shown(&own->windows[shown->axis], &shown->extent);
    if (cursor >= span.from && cursor <= span.to) return cursor;
    return fmin(fmax(shown->extent.newest, span.from), span.to);
}

static void reset(charts_memory *own)
{
    for (int i = 0; i < YD_AXIS_COUNT; i++) own->windows[i] = (yd_window){0};
    own->has_cursor = false;
}

/* The cursor, and what is zoomed into, go along to the other axis as far as values lie on both. */
static void next_axis(charts_memory *own, const chart_runs *runs)
{
    yd_axis axis = (yd_axis)((yd_charts_axis(own, runs) + 1) % YD_AXIS_COUNT);
    double cursor = yd_charts_cursor(own, runs, axis);
    if (isfinite(cursor)) own->cursor = cursor, own->cursor_axis = axis;
    own->axis = axis;
    own->axis_chosen = true;
}

/* The change before or behind the cursor. */
static void find_mark(const yd_screen_context *context, const chart_runs *runs, const chart_shown *shown,
                      int side)
{
    charts_memory *own = context->memory;
    const yd_series_store *store = runs->runs[0].store;
    const yd_series *series;
    const chart_curve *curve = yd_charts_marked(own, runs, shown, &series);
    double cursor = yd_charts_cursor(own, runs, shown->axis), best = NAN;
    if (isnan(cursor)) cursor = side > 0 ? -INFINITY : INFINITY;
    for (int i = 0; curve && i < yd_series_store_mark_count(store); i++) {
        const yd_mark *mark = yd_series_store_mark_at(store, i);
        double x =
            yd_curve_shown(&curve->axis, yd_series_store_mark_x(store, mark, series, curve->axis.axis));
        bool beyond = side > 0 ? x > cursor : x < cursor;
        if (beyond && (isnan(best) || (side > 0 ? x < best : x > best))) best = x;
    }
    if (isnan(best))
        yd_services_say(context->services, YD_STYLE_DIM, "nothing was changed %s",
                        side > 0 ? "after this" : "before this");
    else
        set_cursor(own, shown, best);
}

static void change_panels(charts_memory *own, int change)
{
    int wanted = yd_charts_wanted(own) + change;
    own->wanted = wanted < 1 ? 1 : wanted > CHARTS ? CHARTS : wanted;
    own->alone = false;
    if (own->focus >= own->wanted) own->focus = own->wanted - 1;
}

static void change_focus(charts_memory *own, int change)
{
    int count = yd_charts_wanted(own);
    own->focus = (own->focus + change + count) % count;
}

static void copy(const yd_screen_context *context, const chart_runs *runs)
{
    yd_text text = {0};
    if (yd_charts_status_text(context, runs, &text))
        yd_services_copy(context->services, text.data);
    else
        yd_services_say(context->services, YD_STYLE_DIM, "nothing to copy: there is no cursor");
    yd_text_free(&text);
}

/* What needs no picture. */
static bool act_on_view(charts_memory *own, yd_action action)
{
    chart *focused = &own->charts[own->focus];
    switch (action) {
    case YD_ACTION_RESET:
        reset(own);
        return true;
    case YD_ACTION_BACK:
        own->has_cursor = own->alone = false;
        return true;
    case YD_ACTION_LOG_AXIS:
        focused->log = !focused->log;
        return true;
    case YD_ACTION_TRIM:
        focused->trimmed = !focused->trimmed;
        return true;
    case YD_ACTION_SMOOTHER:
        own->smoothing += own->smoothing < CHART_WEIGHTS - 1;
        return true;
    case YD_ACTION_ROUGHER:
        own->smoothing -= own->smoothing > 0;
        return true;
    case YD_ACTION_ACTIVATE:
    case YD_ACTION_ADD_SCALAR:
        yd_charts_picker_open(own, action == YD_ACTION_ADD_SCALAR);
        return true;
    case YD_ACTION_ENLARGE:
        own->alone = !own->alone;
        return true;
    case YD_ACTION_MORE_PANELS:
    case YD_ACTION_FEWER_PANELS:
        change_panels(own, action == YD_ACTION_MORE_PANELS ? 1 : -1);
        return true;
    case YD_ACTION_NEXT_PANEL:
    case YD_ACTION_PREVIOUS_PANEL:
        change_focus(own, action == YD_ACTION_NEXT_PANEL ? 1 : -1);
        return true;
    default:
        return false;
    }
}

/* What refers to the panel that has the focus. */
static void act_on_panel(const yd_screen_context *context, const chart_runs *runs, const chart_shown *shown,
                         yd_action action)
{
    charts_memory *own = context->memory;
    yd_window *window = &own->windows[shown->axis];
    switch (action) {
    case YD_ACTION_LEFT:
    case YD_ACTION_RIGHT:
        move_cursor(own, runs, shown, action == YD_ACTION_LEFT ? -1 : 1);
        break;
    case YD_ACTION_ZOOM_IN:
    case YD_ACTION_ZOOM_OUT:
        zoom(own, runs, shown, zoom_centre(own, runs, shown),
             action == YD_ACTION_ZOOM_IN ? 1 / ZOOM_KEY : ZOOM_KEY);
        break;
    case YD_ACTION_PAN_LEFT:
    case YD_ACTION_PAN_RIGHT:
        yd_window_pan(window, &shown->extent, action == YD_ACTION_PAN_LEFT ? -PAN : PAN);
        break;
    case YD_ACTION_FIRST:
        set_cursor(own, shown, shown->extent.from);
        break;
    case YD_ACTION_LAST:
        own->has_cursor = false;
        yd_window_follow(window, &shown->extent);
        break;
    case YD_ACTION_NEXT_MARK:
    case YD_ACTION_PREVIOUS_MARK:
        find_mark(context, runs, shown, action == YD_ACTION_NEXT_MARK ? 1 : -1);
        break;
    default:
        break;
    }
}

static void act(const yd_screen_context *context, yd_action action)
{
    charts_memory *own = context->memory;
    const chart_shown *shown = yd_charts_focused(own);
    chart_runs runs;
    if (act_on_view(own, action)) return;
    yd_charts_take_runs(context, &runs);
    if (action == YD_ACTION_AXIS)
        next_axis(own, &runs);
    else if (action == YD_ACTION_COPY)
        copy(context, &runs);
    else if (shown)
        act_on_panel(context, &runs, shown, action);
    yd_charts_give_runs(context, &runs);
}

static bool key(const yd_screen_context *context, int key)
{
    const charts_memory *own = context->memory;
    bool picking = own->picking; /* the key that closes the list is the list's too */
    if (picking) yd_charts_picker_key(context, key);
    return picking;
}

static bool paste(const yd_screen_context *context, const char *text)
{
    charts_memory *own = context->memory;
    if (!own->picking) return false;
    yd_entry_insert(&own->filter, text);
    return true;
}

/* A run by its folder, a file of scalars, or the name of a run beside the one that is open. */
static bool add_run(const yd_screen_context *context, const char *name, char *error, size_t capacity)
{
    char path[YD_RUN_PATH], shown[256];
    bool there = yd_run_names_find(context->services, name, path);
    char *found = there ? realpath(path, NULL) : NULL, *own = realpath(context->services->run_folder, NULL);
    bool same = found && own && strcmp(found, own) == 0;
    int slot = found && !same ? yd_compare_add(context->compare, found) : -1;
    if (slot < 0)
        snprintf(error, capacity, "%s: %s", yd_escape(shown, sizeof shown, name),
                 !found ? "no such run, nor a file"
                 : same ? "is the run that is open"
                        : "eight runs at most");
    free(found);
    free(own);
    return slot >= 0;
}

/* compare RUN...; without a run none is compared any more. */
static bool compare(const yd_screen_context *context, const char *argument, char *error, size_t capacity)
{
    char word[YD_ENTRY_LIMIT];
    bool good = true;
    if (!argument[strspn(argument, " ")]) yd_compare_clear(context->compare);
    while (good && yd_words_next(&argument, word, sizeof word))
        good = add_run(context, word, error, capacity);
    return good;
}

/* The scalars of all runs that the pattern names, as a shell's names files. */
static bool add_scalars(const chart_runs *runs, const char *pattern, chart *into, char *error,
                        size_t capacity)
{
    char shown[256];
    chart_walk walk = {0};
    bool any = false;
    for (const yd_series *series; (series = yd_charts_walk(runs, &walk)) != NULL;) {
        const char *name = yd_series_name(series);
        bool there = false;
        if (strcmp(name, pattern) != 0 && fnmatch(pattern, name, 0) != 0) continue;
        any = true;
        for (int i = 0; i < into->scalars && !there; i++) there = strcmp(into->names[i], name) == 0;
        if (there) continue;
        if (into->scalars == CHART_SCALARS) {
            snprintf(error, capacity, "%s: a panel holds %d scalars at most",
                     yd_escape(shown, sizeof shown, pattern), CHART_SCALARS);
            return false;
        }
        yd_copy_text(into->names[into->scalars++], YD_SERIES_NAME, name);
    }
    if (!any) snprintf(error, capacity, "%s: no such scalar", yd_escape(shown, sizeof shown, pattern));
    return any;
}

/* draw SCALAR...; without one the panel shows again what belongs there. Where a word is wrong it stays as it
 * is. */
static bool choose_scalars(const yd_screen_context *context, const char *argument, char *error,
                           size_t capacity)
{
    charts_memory *own = context->memory;
    chart *focused = &own->charts[own->focus], chosen = {.log = focused->log, .trimmed = focused->trimmed};
    char word[YD_ENTRY_LIMIT];
    bool good = true;
    chart_runs runs;
    yd_charts_take_runs(context, &runs);
    while (good && yd_words_next(&argument, word, sizeof word))
        good = add_scalars(&runs, word, &chosen, error, capacity);
    yd_charts_give_runs(context, &runs);
    if (good) *focused = chosen;
    return good;
}

static bool command(const yd_screen_context *context, const char *verb, const char *argument, char *error,
                    size_t capacity)
{
    if (strcmp(verb, "compare") == 0) return compare(context, argument, error, capacity);
    if (strcmp(verb, "draw") == 0) return choose_scalars(context, argument, error, capacity);
    snprintf(error, capacity, "%s has no meaning on this screen", verb);
    return false;
}

static const chart_shown *shown_at(const charts_memory *own, int x, int y)
{
    for (int i = 0; i < own->shown_count; i++) {
        const yd_rect *outer = &own->shown[i].outer;
        if (x >= outer->x && y >= outer->y && x < outer->x + outer->width && y < outer->y + outer->height)
            return &own->shown[i];
    }
    return NULL;
}

static bool mouse(const yd_screen_context *context, const yd_mouse *mouse)
{
    charts_memory *own = context->memory;
    const chart_shown *shown = shown_at(own, mouse->x, mouse->y);
    yd_span span;
    if (own->picking || !shown) return false;
    int x = mouse->x - shown->outer.x - 2; /* the plot stands within the panel's edge and a blank */
    bool on_plot = yd_plot_cell(&shown->plot, x, &span);
    double at = on_plot ? (span.from + span.to) / 2 : (double)NAN;
    if (mouse->kind == YD_MOUSE_WHEEL) {
        chart_runs runs;
        bool sideways = abs(mouse->button) > 1 || mouse->modifiers & YD_MOUSE_SHIFT;
        yd_charts_take_runs(context, &runs);
        if (sideways)
            yd_window_pan(&own->windows[shown->axis], &shown->extent,
                          mouse->button < 0 ? -PAN_WHEEL : PAN_WHEEL);
        else
            zoom(own, &runs, shown, on_plot ? at : zoom_centre(own, &runs, shown),
                 mouse->button < 0 ? 1 / ZOOM_WHEEL : ZOOM_WHEEL);
        yd_charts_give_runs(context, &runs);
        return true;
    }
    if (mouse->kind == YD_MOUSE_PRESS) own->focus = shown->chart;
    if (on_plot && mouse->kind != YD_MOUSE_RELEASE) set_cursor(own, shown, at);
    return true;
}

static void end(const yd_screen_context *context)
{
    charts_memory *own = context->memory;
    for (int i = 0; i < CHARTS; i++)
        for (int j = 0; j < CHART_CURVES; j++) free(own->curves[i][j]);
}

const yd_screen yd_screen_charts = {.tab_key = '2',
                                    .name = "Charts",
                                    .place = YD_BINDING_CHARTS,
                                    .max_fps = 4,
                                    .memory = sizeof(charts_memory),
                                    .draw = yd_charts_draw,
                                    .act = act,
                                    .key = key,
                                    .paste = paste,
                                    .command = command,
                                    .mouse = mouse,
                                    .end = end,
                                    .keeps = true};
