#include "tui/screens/charts_status.h"
#include "base/text.h"
#include "tui/show.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void join(yd_series_column *into, const yd_series_column *from)
{
    if (from->count) {
        double all = (double)into->count + from->count;
        into->low = into->count ? fmin(into->low, from->low) : from->low;
        into->high = into->count ? fmax(into->high, from->high) : from->high;
        into->mean =
            into->count ? into->mean * (into->count / all) + from->mean * (from->count / all) : from->mean;
    }
    into->count += from->count;
    into->not_finite += from->not_finite;
}

yd_series_column yd_charts_value_at(const chart_run *run, const chart_curve *curve, const yd_plot *plot,
                                    double x)
{
    yd_series_column all = {NAN, NAN, NAN, 0, 0};
    int cell = yd_plot_cell_of(plot, x) - plot->area.x, width = plot->area.width;
    if (cell < 0 || width <= 0) return all;
    int per_cell = plot->chart.columns / width;
    for (int i = cell * per_cell; i < (cell + 1) * per_cell && i < curve->curve.count; i++)
        join(&all, &curve->curve.columns[i]);
    const yd_series *series = run->store ? yd_series_store_find(run->store, curve->name) : NULL;
    yd_series_point point;
    if (all.count || all.not_finite || !series) return all;
    if (yd_series_before(series, curve->axis.axis, x / curve->axis.scale + curve->axis.shift, &point))
        all = (yd_series_column){point.low, point.mean, point.high, 0, 0};
    return all;
}

/* The change that lies nearest to the cursor, in its column of cells; NULL: none. */
static const yd_mark *mark_at(const charts_memory *own, const chart_runs *runs, const chart_shown *shown)
{
    const yd_series_store *store = runs->runs[0].store;
    const yd_series *series;
    const chart_curve *curve = yd_charts_marked(own, runs, shown, &series);
    double cursor = yd_charts_cursor(own, runs, shown->axis), nearest = INFINITY;
    int cell = yd_plot_cell_of(&shown->plot, cursor);
    const yd_mark *found = NULL;
    for (int i = 0; curve && cell >= 0 && i < yd_series_store_mark_count(store); i++) {
        const yd_mark *mark = yd_series_store_mark_at(store, i);
        double x =
            yd_curve_shown(&curve->axis, yd_series_store_mark_x(store, mark, series, curve->axis.axis));
        if (yd_plot_cell_of(&shown->plot, x) != cell || fabs(x - cursor) >= nearest) continue;
        nearest = fabs(x - cursor);
        found = mark;
    }
    return found;
}

/* "epoch 3.21  step 1234  0:41:10  12:40:31", as far as it is known. */
static void show_place(char *out, size_t capacity, const yd_series_store *store, const yd_series *series,
                       const yd_series_point *point)
{
    char duration[32], clock[32];
    size_t length = 0;
    double epoch = yd_series_x(series, YD_AXIS_EPOCH, point), start = yd_series_store_start(store);
    out[0] = '\0';
    if (isfinite(epoch)) length += (size_t)snprintf(out, capacity, "epoch %.6g  ", epoch);
    if (yd_series_domain(series) != YD_STEP_EPOCH)
        length += (size_t)snprintf(out + length, capacity - length, "step %lld  ", (long long)point->step);
    if (point->wall > 0 && start > 0)
        snprintf(out + length, capacity - length, "%s  %s  ",
                 yd_show_duration(duration, sizeof duration, point->wall - start),
                 yd_show_clock(clock, sizeof clock, (int64_t)(point->wall * 1e9)));
}

static void show_column(char *out, size_t capacity, const yd_series_column *column)
{
    int length = 0;
    if (column->count <= 1)
        length = snprintf(out, capacity, "%.6g", column->mean);
    else
        length = snprintf(out, capacity, "mean %.6g  min %.6g  max %.6g  of %u", column->mean, column->low,
                          column->high, column->count);
    if (column->not_finite && length > 0 && (size_t)length < capacity)
        snprintf(out + length, capacity - (size_t)length, "  %u not finite", column->not_finite);
}

/* What a curve of the panel is of, and where the cursor stands in it: the value that is nearest to it. NULL:
 * there is no such value, or it cannot be read just now. */
static const yd_series *series_at(const charts_memory *own, const chart_runs *runs, const chart_shown *shown,
                                  int i, yd_series_point *point)
{
    const chart_curve *curve = own->curves[shown->chart][i];
    const yd_series_store *store = runs->runs[i % CHART_RUNS].store;
    double cursor = yd_charts_cursor(own, runs, shown->axis);
    if (!store || !curve || !curve->known || !isfinite(cursor)) return NULL;
    const yd_series *series = yd_series_store_find(store, curve->name);
    double x = cursor / curve->axis.scale + curve->axis.shift;
    return series && yd_series_nearest(series, curve->axis.axis, x, point) ? series : NULL;
}

static bool draw_cursor(const charts_memory *own, const chart_runs *runs, const yd_canvas *canvas)
{
    const chart_shown *shown = yd_charts_focused(own);
    const yd_series *series = NULL;
    yd_series_point point;
    char place[160], values[160], note[512], letters[3];
    int first = 0;
    if (!shown || !own->has_cursor) return false;
    while (first < shown->scalars * CHART_RUNS && !(series = series_at(own, runs, shown, first, &point)))
        first++;
    if (!series) return false;
    const chart_curve *curve = own->curves[shown->chart][first];
    const chart_run *run = &runs->runs[first % CHART_RUNS];
    double cursor = yd_charts_cursor(own, runs, shown->axis);
    yd_series_column column = yd_charts_value_at(run, curve, &shown->plot, cursor);
    if (!column.count && !column.not_finite)
        column = (yd_series_column){point.low, point.mean, point.high, point.count, point.not_finite};
    show_place(place, sizeof place, run->store, series, &point);
    show_column(values, sizeof values, &column);
    const yd_mark *mark = mark_at(own, runs, shown);
    yd_charts_letters(runs, shown->scalars, first, letters);
    int x = 1;
    if (letters[0]) x = yd_canvas_text(canvas, x, 0, yd_charts_style(runs, first), letters) + 1;
    if (mark) {
        snprintf(note, sizeof note, "step %lld: %s", (long long)mark->step, mark->text);
        yd_escape(place, sizeof place, note);
        yd_canvas_put(canvas, x, 0, canvas->glyphs->mark, YD_STYLE_NOTICE);
        x = yd_canvas_text(canvas, x + 2, 0, YD_STYLE_NOTICE, place) + 2;
    } else {
        x = yd_canvas_text(canvas, x, 0, YD_STYLE_TEXT, place);
    }
    yd_canvas_text(canvas, x, 0, YD_STYLE_VALUE, values);
    return true;
}

static void draw_view(const charts_memory *own, const chart_runs *runs, const yd_canvas *canvas)
{
    yd_axis axis = yd_charts_axis(own, runs);
    const yd_window *window = &own->windows[axis];
    int marks = yd_series_store_mark_count(runs->runs[0].store);
    int x = yd_canvas_textf(canvas, 1, 0, YD_STYLE_DIM, "by %s", yd_charts_axis_name(axis));
    if (own->smoothing)
        x = yd_canvas_textf(canvas, x, 0, YD_STYLE_DIM, ", smoothed %g", yd_charts_weight(own->smoothing));
    if (marks)
        x = yd_canvas_textf(canvas, x, 0, YD_STYLE_DIM, ", %d live change%s", marks, marks == 1 ? "" : "s");
    if (window->zoomed)
        yd_canvas_text(canvas, x, 0, YD_STYLE_NOTICE,
                       window->follows ? ", zoomed in on the newest" : ", zoomed in");
}

static void draw_runs(const chart_runs *runs, const yd_canvas *canvas, int y)
{
    int x = 1;
    for (int i = 0; i < CHART_RUNS && x < canvas->width; i++) {
        const chart_run *run = &runs->runs[i];
        if (!run->there) continue;
        yd_canvas_put(canvas, x, y, (unsigned char)run->letter, run->style);
        x = yd_canvas_text_cut(canvas, x + 2, y, canvas->width - x - 2, run->style, run->name) + 2;
    }
}

void yd_charts_status_draw(const yd_screen_context *context, const chart_runs *runs, const yd_canvas *canvas)
{
    if (canvas->height < 1) return;
    if (!draw_cursor(context->memory, runs, canvas)) draw_view(context->memory, runs, canvas);
    if (canvas->height > 1) draw_runs(runs, canvas, 1);
}

bool yd_charts_status_text(const yd_screen_context *context, const chart_runs *runs, yd_text *text)
{
    const charts_memory *own = context->memory;
    const chart_shown *shown = yd_charts_focused(own);
    if (!shown || !own->has_cursor) return false;
    double cursor = yd_charts_cursor(own, runs, shown->axis);
    for (int i = 0; i < shown->scalars * CHART_RUNS; i++) {
        const chart_run *run = &runs->runs[i % CHART_RUNS];
        const chart_curve *curve = own->curves[shown->chart][i];
        yd_series_point point;
        char place[160], values[160], name[512];
        const yd_series *series = series_at(own, runs, shown, i, &point);
        if (!series) continue;
        yd_series_column column = yd_charts_value_at(run, curve, &shown->plot, cursor);
        show_place(place, sizeof place, run->store, series, &point);
        show_column(values, sizeof values, &column);
        yd_text_addf(text, "%s%s  %s  %s%s", text->length ? "\n" : "", run->name,
                     yd_escape(name, sizeof name, curve->name), place, values);
    }
    return text->length > 0 && !text->failed;
}
