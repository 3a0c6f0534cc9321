#include "tui/screens/lr_panel.h"
#include "tui/plan.h"
#include "tui/widgets/chart.h"
#include <math.h>

/* Every step's rates; of a run that logged epochs alone, those. */
static const yd_series *rates_of(const yd_run_view *view, int group)
{
    static const yd_tag steps[3] = {YD_TAG_STEP_LR_NORM, YD_TAG_STEP_LR_WEIGHTS, YD_TAG_STEP_LR_BIASES};
    const yd_series *series = yd_run_view_series(view, steps[group]);
    return series ? series
                  : yd_run_view_series(view, YD_TAG_LR0 + (yd_tag)(view->bias_first ? 2 - group : group));
}

/* The groups' lines lie over each other most of the time; the biases' warm-up, far above the rest, is cut at
 * the top. schedule: NULL where the plan is not known. */
static double highest(const yd_run_view *view, const yd_schedule *schedule, const yd_chart *chart)
{
    double high = 0, highest_group = 0;
    for (int group = 0; !schedule && group < 3; group++) {
        const yd_series *series = rates_of(view, group);
        double most = series ? yd_series_sum_up(series, YD_AXIS_EPOCH, chart->x_from, chart->x_to).high : 0;
        high = fmax(high, fmin(most, highest_group)); /* the second of all */
        highest_group = fmax(highest_group, most);
    }
    if (!schedule && !(high > 0)) high = highest_group; /* there is one curve alone */
    for (int i = 0; schedule && i < chart->columns; i++) {
        yd_schedule_point point;
        yd_plan_at(schedule, yd_chart_x(chart, i), &point);
        high = fmax(high, fmax(point.lr[0], point.lr[1]));
    }
    return high;
}

static const yd_style curve_styles[3] = {YD_STYLE_CURVE_NORM, YD_STYLE_CURVE_WEIGHT, YD_STYLE_CURVE_BIAS};

/* Up to now what was used, hanging together; from now on what is planned, in dots. */
static void draw_curve(const yd_run_view *view, const yd_schedule *schedule, const yd_chart *chart, int group)
{
    yd_series_column past[YD_CANVAS_LIMIT * 2];
    const yd_series *series = rates_of(view, group);
    double before = NAN;
    uint32_t letter = chart->canvas.glyphs->curve[group];
    if (series) {
        yd_series_columns(series, YD_AXIS_EPOCH, chart->x_from, chart->x_to, past, chart->columns);
        yd_series_fill(past, chart->columns);
    }
    for (int i = 0; i < chart->columns; i++) {
        double x = yd_chart_x(chart, i);
        yd_schedule_point point = {.lr = {NAN, NAN, NAN}};
        if (schedule) yd_plan_at(schedule, x, &point);
        double y = x <= view->now_epochs && series && !isnan(past[i].mean) ? past[i].mean : point.lr[group];
        if (x <= view->now_epochs)
            yd_chart_line(chart, i, before, y, curve_styles[group], letter);
        else if (i % 3 == 0)
            yd_chart_point(chart, i, y, curve_styles[group], chart->canvas.glyphs->braille ? letter : '.');
        before = y;
    }
}

static void draw_lr_legend(const yd_status_block *block, bool planned, const yd_canvas *canvas, int y)
{
    static const char *const names[3] = {"norm", "weights", "bias"};
    int x = 0;
    for (int i = 0; i < 3; i++) {
        x = yd_canvas_textf(canvas, x, y, curve_styles[i], "%s ", names[i]);
        x = isfinite(block->lr[i])
                ? yd_canvas_textf(canvas, x, y, YD_STYLE_VALUE, "%.3g", (double)block->lr[i])
                : yd_canvas_text(canvas, x, y, YD_STYLE_VALUE, "-");
        x += 2;
    }
    yd_canvas_text(canvas, x, y, YD_STYLE_DIM, planned && canvas->width - x > 16 ? "dots: planned" : "");
}

void yd_lr_panel_draw(const yd_run_view *view, const yd_canvas *canvas)
{
    enum { SCALE = 8 };
    const yd_status_block *block = &view->block;
    yd_schedule plan;
    double epochs = block->epochs > 0 ? block->epochs : view->now_epochs;
    if (!view->has_block || canvas->height < 2 || !(epochs > 0)) return;
    const yd_schedule *schedule = yd_plan_of(block, &plan) ? &plan : NULL;
    draw_lr_legend(block, schedule != NULL, canvas, canvas->height - 1);
    yd_canvas area = yd_canvas_part(canvas, (yd_rect){SCALE, 0, canvas->width - SCALE, canvas->height - 1});
    yd_chart chart = yd_chart_start(&area, 0, epochs, 0, 1);
    if (chart.columns <= 0) return;
    chart.y_to = highest(view, schedule, &chart) * 1.1;
    if (!(chart.y_to > 0)) return;
    yd_canvas_textf(canvas, 0, 0, YD_STYLE_DIM, "%.3g", chart.y_to);
    if (area.height > 1) yd_canvas_text(canvas, 0, area.height - 1, YD_STYLE_DIM, "0");
    for (int group = 2; group >= 0; group--) draw_curve(view, schedule, &chart, group);
}
