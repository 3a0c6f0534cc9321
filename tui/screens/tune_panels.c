#include "tui/screens/tune_panels.h"
#include "event/tweaks.h"
#include "tui/plan.h"
#include "tui/show.h"
#include "tui/widgets/chart.h"
#include <math.h>
#include <stdio.h>

enum { SCALE = 8 }; /* cells for the numbers at the left */

static double rate_at(const yd_schedule *schedule, double x)
{
    yd_schedule_point point;
    yd_plan_at(schedule, x, &point);
    return point.lr[1];
}

/* What was used until now; where nobody logged it, what is planned there. */
static void draw_past(const yd_run_view *view, const yd_schedule *plan, const yd_chart *chart)
{
    yd_series_column past[YD_CANVAS_LIMIT * 2];
    const yd_series *series = yd_run_view_series(view, YD_TAG_STEP_LR_WEIGHTS);
    double before = NAN;
    if (series) {
        yd_series_columns(series, YD_AXIS_EPOCH, chart->x_from, chart->x_to, past, chart->columns);
        yd_series_fill(past, chart->columns);
    }
    for (int i = 0; i < chart->columns && yd_chart_x(chart, i) <= view->now_epochs; i++) {
        double y = series && !isnan(past[i].mean) ? past[i].mean : rate_at(plan, yd_chart_x(chart, i));
        yd_chart_line(chart, i, before, y, YD_STYLE_CURVE_WEIGHT, chart->canvas.glyphs->curve[1]);
        before = y;
    }
}

/* What is planned now in dots, and what would be as a line, from where the change takes effect on. */
static void draw_plans(const yd_run_view *view, const yd_schedule plans[2], const yd_chart *chart,
                       double from)
{
    double before = NAN;
    for (int i = 0; i < chart->columns; i++) {
        double x = yd_chart_x(chart, i);
        if (x <= view->now_epochs) continue;
        if (i % 3 == 0 && x < plans[0].epochs)
            yd_chart_point(chart, i, rate_at(&plans[0], x), YD_STYLE_DIM, '.');
        if (x < from || x >= plans[1].epochs) continue;
        double y = rate_at(&plans[1], x);
        yd_chart_line(chart, i, before, y, YD_STYLE_CURVE_BIAS, chart->canvas.glyphs->curve[2]);
        before = y;
    }
}

void yd_tune_draw_plan(const yd_run_view *view, const yd_status_block *then, const yd_canvas *canvas)
{
    yd_schedule plans[2];
    if (canvas->height < 3 || canvas->width < 2 * SCALE) return;
    if (!yd_plan_of(&view->block, &plans[0]) || !yd_plan_of(then, &plans[1])) return;
    int most = plans[0].epochs > plans[1].epochs ? plans[0].epochs : plans[1].epochs;
    bool longer = then->epochs != view->block.epochs;
    yd_canvas area = yd_canvas_part(canvas, (yd_rect){SCALE, 0, canvas->width - SCALE, canvas->height - 1});
    yd_chart chart = yd_chart_start(&area, 0, most, 0, 1);
    if (chart.columns <= 0) return;
    double high = 0;
    for (int i = 0; i < chart.columns; i++)
        for (int which = 0; which < 2; which++)
            if (yd_chart_x(&chart, i) < plans[which].epochs)
                high = fmax(high, rate_at(&plans[which], yd_chart_x(&chart, i)));
    chart.y_to = high * 1.1;
    yd_canvas_textf(canvas, 0, 0, YD_STYLE_DIM, "%.3g", chart.y_to);
    yd_canvas_text(canvas, 0, area.height - 1, YD_STYLE_DIM, "0");
    draw_plans(view, plans, &chart, longer ? view->block.epoch + 1.0 : view->now_epochs);
    draw_past(view, &plans[0], &chart);
    int y = canvas->height - 1, x = yd_canvas_text(canvas, 0, y, YD_STYLE_CURVE_WEIGHT, "so far") + 2;
    x = yd_canvas_text(canvas, x, y, YD_STYLE_DIM, "dots: as it is") + 2;
    x = yd_canvas_text(canvas, x, y, YD_STYLE_CURVE_BIAS, "line: then") + 2;
    if (canvas->width - x > 16) yd_canvas_textf(canvas, x, y, YD_STYLE_DIM, "epochs 0 to %d", most);
}

/* "lr_scale 1 -> 0.5": of a name that this console does not know, its numbers as they are. */
static void value_text(const char *name, double value, char out[40])
{
    yd_tweak tweak = yd_tweak_find(name);
    if (tweak == YD_TWEAK_COUNT)
        snprintf(out, 40, "%.6g", value);
    else
        yd_tweak_text(tweak, value, out, 40);
}

void yd_tune_draw_history(const yd_ledger *ledger, int batches, const yd_canvas *canvas)
{
    int count = yd_ledger_count(ledger);
    if (!count) yd_canvas_text_cut(canvas, 0, 0, canvas->width, YD_STYLE_DIM, "nothing was changed so far");
    for (int i = 0; i < count && i < canvas->height; i++) {
        const yd_ledger_entry *entry = yd_ledger_at(ledger, count - 1 - i);
        char clock[16], from[40], to[40], first[48];
        value_text(entry->name, entry->from, from);
        value_text(entry->name, entry->to, to);
        if (batches && entry->first.batch >= batches)
            snprintf(first, sizeof first, "end of e%d", entry->first.epoch);
        else
            snprintf(first, sizeof first, "e%d b%d", entry->first.epoch, entry->first.batch);
        int x =
            yd_canvas_text(canvas, 0, i, YD_STYLE_DIM, yd_show_clock(clock, sizeof clock, entry->wall_ns)) +
            1;
        char line[256];
        snprintf(line, sizeof line, "%s %s -> %s", entry->name, from, to);
        x = yd_canvas_text_cut(canvas, x, i, canvas->width - x, YD_STYLE_TEXT, line);
        snprintf(line, sizeof line, "  from %s  (%s)", first, entry->who);
        yd_canvas_text_cut(canvas, x, i, canvas->width - x, YD_STYLE_DIM, line);
    }
}
