#include "tui/essential.h"
#include "base/text.h"
#include "tui/footer.h"
#include "tui/heading.h"
#include "tui/layout.h"
#include "tui/show.h"
#include "tui/widgets/bar.h"
#include "tui/widgets/spark.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS_FROM_WIDTH = 24, ROWS_FROM_HEIGHT = 4, LABEL = 6, VALUE = 14 };

/* ---- rows: where there is room for some, the most important ones ---- */

static void draw_name(const yd_app *app, const yd_canvas *row)
{
    char state[48], duration[32], eta[48] = "";
    yd_heading_state(state, sizeof state, app->view);
    double left = yd_heading_eta(app->view);
    if (isfinite(left))
        snprintf(eta, sizeof eta, "ETA %s", yd_show_duration(duration, sizeof duration, left));
    int end = yd_canvas_text_right(row, row->width, 0, YD_STYLE_TEXT, eta) - 1;
    int room = end - (int)strlen(state) - 3;
    int x = yd_canvas_text_cut(row, 0, 0, room, YD_STYLE_VALUE, app->run_name) + 1;
    yd_canvas_put(row, x, 0, row->glyphs->pointer, YD_STYLE_DIM);
    yd_canvas_text_cut(row, x + 2, 0, end - x - 2, yd_heading_style(app->view), state);
}

/* label, value and a bar behind it. */
static void draw_share(const yd_canvas *row, const char *label, const char *value, double share)
{
    char percent[16];
    yd_canvas_text(row, 0, 0, YD_STYLE_TEXT, label);
    yd_canvas_text(row, LABEL, 0, YD_STYLE_VALUE, value);
    int end = yd_canvas_text_right(row, row->width, 0, YD_STYLE_TEXT,
                                   yd_show_percent(percent, sizeof percent, share));
    if (end - 1 > LABEL + VALUE) yd_bar_draw(row, LABEL + VALUE, 0, end - 1 - LABEL - VALUE, share);
}

static void draw_epochs(const yd_app *app, const yd_canvas *row)
{
    char epoch[48];
    yd_heading_epoch(epoch, sizeof epoch, app->view);
    draw_share(row, "epoch", epoch, yd_run_view_run_share(app->view));
}

static void draw_batches(const yd_app *app, const yd_canvas *row)
{
    const yd_run_view *view = app->view;
    const yd_status_block *block = &view->block;
    char text[48], rate[32];
    if (view->state == YD_RUN_VALIDATE && block->validation_batches) {
        snprintf(text, sizeof text, "%d/%d", block->validation_batch, block->validation_batches);
        draw_share(row, "valid", text, yd_run_view_validation_share(view));
        return;
    }
    snprintf(text, sizeof text, "%s im/s",
             yd_show_rate(rate, sizeof rate, view->has_block ? block->images_per_second : NAN));
    draw_share(row, "batch", text, yd_run_view_epoch_share(view));
}

/* label, value and a sparkline behind it. */
static void draw_curve(const yd_canvas *row, const char *label, const char *value,
                       const yd_series *const *series, int count)
{
    yd_spark spark;
    double from = 0, to = 0;
    int64_t values = count ? yd_series_count(series[0]) : 0;
    int width = row->width - LABEL - VALUE;
    yd_canvas_text(row, 0, 0, YD_STYLE_TEXT, label);
    yd_canvas_text(row, LABEL, 0, YD_STYLE_VALUE, value);
    if (count) yd_series_range(series[0], YD_AXIS_EPOCH, &from, &to);
    yd_spark_make_sum(&spark, series, count, from - 1e-6, to, values < width ? (int)values : width, 1);
    yd_spark_draw(&spark, row, LABEL + VALUE, 0);
}

static void draw_loss(const yd_app *app, const yd_canvas *row)
{
    char value[32];
    const yd_series *series[YD_LOSS_KINDS];
    int count = yd_run_view_loss_series(app->view, YD_LOSS_TOTAL, series);
    draw_curve(row, "loss", yd_show_loss(value, sizeof value, yd_run_view_loss(app->view, YD_LOSS_TOTAL)),
               series, count);
}

static void draw_map(const yd_app *app, const yd_canvas *row)
{
    const yd_run_view *view = app->view;
    char map50[16], map[16], value[48];
    const yd_series *series = yd_run_view_series(view, YD_TAG_MAP50_95);
    snprintf(value, sizeof value, "%s/%s",
             yd_show_metric(map50, sizeof map50, view->has_block ? view->block.map50 : NAN),
             yd_show_metric(map, sizeof map, view->has_block ? view->block.map50_95 : NAN));
    draw_curve(row, "mAP", value, &series, series ? 1 : 0);
}

static void draw_losses(const yd_app *app, const yd_canvas *row)
{
    static const char *const names[] = {"box", "obj", "cls"};
    int x = 0;
    for (int i = YD_LOSS_BOX; i < YD_LOSS_TOTAL; i++) {
        char value[32];
        x = yd_canvas_textf(row, x, 0, YD_STYLE_DIM, "%s ", names[i]);
        x = yd_canvas_text(row, x, 0, YD_STYLE_VALUE,
                           yd_show_loss(value, sizeof value, yd_run_view_loss(app->view, (yd_loss_kind)i))) +
            2;
    }
}

static void draw_best(const yd_app *app, const yd_canvas *row)
{
    const yd_status_block *block = &app->view->block;
    char fitness[32];
    if (!app->view->has_block || block->best_epoch < 0) return;
    yd_canvas_textf(row, 0, 0, YD_STYLE_TEXT, "best  epoch %d, fitness %s", block->best_epoch,
                    yd_show_metric(fitness, sizeof fitness, block->best_fitness));
}

static void draw_event(const yd_app *app, const yd_canvas *row)
{
    const yd_lines *lines = &app->view->lines;
    for (int i = 0; i < yd_lines_count(lines); i++) {
        const yd_line *line = yd_lines_at(lines, i);
        char time[16];
        if (line->level < YD_LINE_WARNING) continue;
        int x = yd_canvas_text(row, 0, 0, YD_STYLE_DIM, yd_show_clock(time, sizeof time, line->wall_ns)) + 1;
        yd_canvas_text_cut(row, x, 0, row->width - x,
                           line->level == YD_LINE_EVENT ? YD_STYLE_TEXT : YD_STYLE_WARNING, line->text);
        return;
    }
}

static void draw_rows(yd_app *app, const yd_canvas *canvas, yd_cursor *cursor)
{
    typedef void draw_row(const yd_app *app, const yd_canvas *row);
    static draw_row *const rows[] = {draw_name,    draw_epochs, draw_loss,   draw_map,
                                     draw_batches, draw_event,  draw_losses, draw_best};
    int count = (int)(sizeof rows / sizeof *rows);
    for (int i = 0; i < count && i + 1 < canvas->height; i++) {
        yd_canvas row = yd_canvas_part(canvas, (yd_rect){0, i, canvas->width, 1});
        rows[i](app, &row);
    }
    yd_footer_draw(app, canvas, canvas->height - 1, cursor);
}

/* ---- a line, and what there is room for below it ---- */

enum { ITEMS = 8, ITEM_LENGTH = 320 };

static int gather_items(const yd_app *app, char items[ITEMS][ITEM_LENGTH])
{
    const yd_run_view *view = app->view;
    char text[64], percent[16];
    int count = 0;
    if (app->services.message[0]) yd_copy_text(items[count++], ITEM_LENGTH, app->services.message);
    yd_heading_epoch(text, sizeof text, view);
    snprintf(items[count++], ITEM_LENGTH, "epoch %s %s", text,
             yd_show_percent(percent, sizeof percent, yd_run_view_run_share(view)));
    yd_heading_state(items[count++], ITEM_LENGTH, view);
    snprintf(items[count++], ITEM_LENGTH, "ETA %s",
             yd_show_duration(text, sizeof text, yd_heading_eta(view)));
    snprintf(items[count++], ITEM_LENGTH, "loss %s",
             yd_show_loss(text, sizeof text, yd_run_view_loss(view, YD_LOSS_TOTAL)));
    float map = view->has_block ? view->block.map50_95 : NAN;
    snprintf(items[count++], ITEM_LENGTH, "mAP %s", yd_show_metric(text, sizeof text, map));
    snprintf(items[count++], ITEM_LENGTH, "%s", app->run_name);
    snprintf(items[count++], ITEM_LENGTH, "q detach");
    return count;
}

static void draw_line(const yd_app *app, const yd_canvas *canvas)
{
    char items[ITEMS][ITEM_LENGTH];
    int count = gather_items(app, items), x = 0, y = 0;
    for (int i = 0; i < count && y < canvas->height; i++) {
        int width = yd_canvas_text_width(canvas, items[i]);
        if (x > 0 && x + width > canvas->width) x = 0, y++;
        if (y >= canvas->height) return;
        x = yd_canvas_text_cut(canvas, x, y, canvas->width - x, i == 0 ? YD_STYLE_VALUE : YD_STYLE_TEXT,
                               items[i]) +
            2;
    }
}

void yd_essential_draw(yd_app *app, const yd_canvas *canvas, yd_cursor *cursor)
{
    if (canvas->width >= ROWS_FROM_WIDTH && canvas->height >= ROWS_FROM_HEIGHT)
        draw_rows(app, canvas, cursor);
    else if (app->prompt.open)
        yd_footer_draw(app, canvas, canvas->height - 1, cursor);
    else
        draw_line(app, canvas);
}
