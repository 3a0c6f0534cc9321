/* The run at a glance: progress, losses, metrics, learning rate, machine, events. */
#include "tui/layout.h"
#include "tui/screens/lr_panel.h"
#include "tui/screens/screen.h"
#include "tui/show.h"
#include "tui/widgets/bar.h"
#include "tui/widgets/panel.h"
#include "tui/widgets/spark.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Moving sparklines cost the most bytes and say the least by it: they are made anew at most so often, tall
 * ones, which cost more, less often still. */
#define SPARK_NS 2000000000LL
enum { SPARK_TALL = 4 }; /* times as long, at most */

enum spark { SPARK_LOSS, SPARK_MAP50 = SPARK_LOSS + YD_LOSS_KINDS, SPARK_MAP50_95, SPARK_MEMORY, SPARKS };

typedef struct memory {
    yd_spark sparks[SPARKS];
    int64_t made_ns[SPARKS]; /* 0: never */
    int64_t counts[SPARKS];  /* of the values that it was made from */
    int rooms[SPARKS];       /* cells across that it had */
} memory;

/* A tall one has room for its range, below the name of what it shows. */
static void draw_range(const yd_spark *spark, const yd_canvas *canvas, yd_rect place)
{
    enum { LEAST = 4 };
    if (spark->rows < LEAST || !isfinite(spark->low)) return;
    yd_canvas_textf(canvas, 0, place.y + 1, YD_STYLE_DIM, "most  %.3g", spark->high);
    yd_canvas_textf(canvas, 0, place.y + spark->rows - 1, YD_STYLE_DIM, "least %.3g", spark->low);
}

/* Of the sum of count series. A value takes no more than a column: what there is little of is short. */
static void draw_spark(const yd_screen_context *context, enum spark which, const yd_series *const *series,
                       int count, const yd_canvas *canvas, yd_rect place)
{
    memory *own = context->memory;
    yd_spark *spark = &own->sparks[which];
    int width = place.width > YD_SPARK_WIDTH ? YD_SPARK_WIDTH : place.width;
    int rows = place.height > YD_SPARK_ROWS ? YD_SPARK_ROWS : place.height;
    if (width <= 0 || rows <= 0) return;
    int64_t age = context->now_ns - own->made_ns[which];
    int64_t values = count ? yd_series_count(series[0]) : 0;
    bool other = !own->made_ns[which] || own->rooms[which] != width || spark->rows != rows;
    /* A value an epoch costs little, and stands beside its curve: they agree at once. */
    if (count && yd_series_domain(series[0]) == YD_STEP_EPOCH && values != own->counts[which]) other = true;
    if (other || age >= SPARK_NS * (rows < SPARK_TALL ? rows : SPARK_TALL)) {
        double from = 0, to = 0;
        if (count) yd_series_range(series[0], YD_AXIS_EPOCH, &from, &to);
        yd_spark_make_sum(spark, series, count, from - 1e-6, to, values < width ? (int)values : width, rows);
        own->counts[which] = values;
        own->rooms[which] = width;
        own->made_ns[which] = context->view->held ? 0 : context->now_ns; /* held: more of it comes at once */
    }
    yd_spark_draw(spark, canvas, place.x, place.y);
    if (which != SPARK_MEMORY) draw_range(spark, canvas, place);
}

/* label, bar, share and what stands behind it; the bar takes what is left between. */
static void draw_bar_row(const yd_canvas *canvas, int y, const char *label, double share, const char *behind)
{
    enum { LABEL = 7, SHARE = 6, BEHIND = 12 };
    char percent[16];
    int bar_end = canvas->width - SHARE - BEHIND;
    yd_canvas_text(canvas, 0, y, YD_STYLE_TEXT, label);
    yd_bar_draw(canvas, LABEL, y, bar_end - LABEL, share);
    yd_canvas_text_right(canvas, bar_end + SHARE - 1, y, YD_STYLE_VALUE,
                         yd_show_percent(percent, sizeof percent, share));
    yd_canvas_text_right(canvas, canvas->width, y, YD_STYLE_TEXT, behind);
}

static void draw_time_shares(const yd_status_block *block, const yd_canvas *canvas, int y)
{
    double computing = block->share_forward + block->share_backward;
    const struct {
        const char *name;
        double share;
    } parts[] = {{"data", block->share_data},
                 {"fwd", block->share_forward},
                 {"bwd", block->share_backward},
                 {"opt", block->share_optimizer},
                 {"other", 1.0 - block->share_data - block->share_forward - block->share_backward -
                               block->share_optimizer}};
    int x = 0;
    for (int i = 0; i < 5; i++) {
        char percent[16];
        x = yd_canvas_textf(canvas, x, y, YD_STYLE_DIM, "%s ", parts[i].name);
        double share = !(computing > 0) ? (double)NAN : parts[i].share < 0 ? 0 : parts[i].share;
        x = yd_canvas_text(canvas, x, y, YD_STYLE_TEXT, yd_show_percent(percent, sizeof percent, share)) + 2;
    }
    char left[32], text[64];
    yd_show_duration(left, sizeof left, block->epoch_eta_seconds);
    snprintf(text, sizeof text, "epoch ends in %s", left);
    if (isfinite(block->epoch_eta_seconds) && canvas->width - x > (int)strlen(text))
        yd_canvas_text_right(canvas, canvas->width, y, YD_STYLE_DIM, text);
}

static void draw_progress(const yd_screen_context *context, const yd_canvas *canvas)
{
    const yd_run_view *view = context->view;
    const yd_status_block *block = &view->block;
    char elapsed[32], rate[32], behind[48];
    draw_bar_row(canvas, 0, "epoch", yd_run_view_run_share(view),
                 yd_show_duration(elapsed, sizeof elapsed, yd_run_view_elapsed(view, context->wall_ns)));
    if (view->state == YD_RUN_VALIDATE && block->validation_batches) {
        snprintf(behind, sizeof behind, "%d/%d", block->validation_batch, block->validation_batches);
        draw_bar_row(canvas, 1, "valid", yd_run_view_validation_share(view), behind);
    } else {
        snprintf(behind, sizeof behind, "%s im/s",
                 yd_show_rate(rate, sizeof rate, view->has_block ? block->images_per_second : NAN));
        draw_bar_row(canvas, 1, "batch", yd_run_view_epoch_share(view), behind);
    }
    if (view->has_block) draw_time_shares(block, canvas, 2);
}

static void draw_trend(const yd_canvas *canvas, int y, double trend)
{
    if (!isfinite(trend)) return;
    bool level = fabs(trend) < 0.0005, down = trend < 0;
    uint32_t arrow = level ? canvas->glyphs->level : down ? canvas->glyphs->down : canvas->glyphs->up;
    yd_style style = level ? YD_STYLE_DIM : down ? YD_STYLE_GOOD : YD_STYLE_WARNING;
    char text[32];
    snprintf(text, sizeof text, fabs(trend) < 9.995 ? "%.1f%%" : ">999%%", fabs(trend) * 100);
    int x = yd_canvas_text_right(canvas, canvas->width, y, style, text);
    yd_canvas_put(canvas, x - 2, y, arrow, style);
}

static void draw_loss(const yd_screen_context *context, const yd_canvas *canvas)
{
    static const char *const names[YD_LOSS_KINDS] = {"box", "obj", "cls", "total"};
    enum { VALUE = 6, VALUE_END = 13, SPARK = 15, TREND = 9 };
    int rows = canvas->height / YD_LOSS_KINDS > 1 ? canvas->height / YD_LOSS_KINDS : 1;
    for (int i = 0; i < YD_LOSS_KINDS; i++) {
        char value[32];
        int y = i * rows;
        float loss = yd_run_view_loss(context->view, (yd_loss_kind)i);
        yd_canvas_text(canvas, 0, y, YD_STYLE_TEXT, names[i]);
        yd_show_loss(value, sizeof value, loss);
        yd_canvas_text(canvas, VALUE, y, isinf(loss) ? YD_STYLE_BAD : YD_STYLE_VALUE, value);
        /* Between two tall ones a row stays free. */
        yd_rect place = {SPARK, y, canvas->width - SPARK - TREND, rows > 2 ? rows - 1 : rows};
        const yd_series *series[YD_LOSS_KINDS];
        int count = yd_run_view_loss_series(context->view, (yd_loss_kind)i, series);
        draw_spark(context, SPARK_LOSS + (enum spark)i, series, count, canvas, place);
        draw_trend(canvas, y, yd_run_view_trend(context->view, (yd_loss_kind)i));
    }
}

static void draw_map_row(const yd_screen_context *context, const yd_canvas *canvas, int y, int rows,
                         const char *name, float value, enum spark which, const yd_series *series)
{
    enum { VALUE = 9, SPARK = 16, BEHIND = 12 };
    char text[32];
    yd_canvas_text(canvas, 0, y, YD_STYLE_TEXT, name);
    yd_canvas_text(canvas, VALUE, y, YD_STYLE_VALUE, yd_show_metric(text, sizeof text, value));
    yd_rect place = {SPARK, y, canvas->width - SPARK - BEHIND, rows > 2 ? rows - 1 : rows};
    draw_spark(context, which, &series, series ? 1 : 0, canvas, place);
}

static void draw_patience(const yd_run_view *view, const yd_canvas *canvas, int y)
{
    const yd_status_block *block = &view->block;
    if (block->patience <= 0) {
        yd_canvas_text(canvas, 0, y, YD_STYLE_DIM, "patience off");
        return;
    }
    int x = yd_canvas_textf(canvas, 0, y, YD_STYLE_DIM, "patience ");
    x = yd_canvas_textf(canvas, x, y, YD_STYLE_TEXT, "%d", block->patience);
    int since = view->last_validated - block->best_epoch;
    if (block->best_epoch >= 0 && since >= 0) {
        x = yd_canvas_text(canvas, x, y, YD_STYLE_DIM, ", ");
        x = yd_canvas_textf(canvas, x, y, YD_STYLE_TEXT, "%d", since);
        yd_canvas_text(canvas, x, y, YD_STYLE_DIM, " since best");
    }
}

static void draw_map(const yd_screen_context *context, const yd_canvas *canvas)
{
    const yd_run_view *view = context->view;
    const yd_status_block *block = &view->block;
    float unknown = NAN;
    int rows = canvas->height > 4 ? (canvas->height - 2) / 2 : 1, y = 2 * rows;
    draw_map_row(context, canvas, 0, rows, "@.5", view->has_block ? block->map50 : unknown, SPARK_MAP50,
                 yd_run_view_series(view, YD_TAG_MAP50));
    draw_map_row(context, canvas, rows, rows, "@.5:.95", view->has_block ? block->map50_95 : unknown,
                 SPARK_MAP50_95, yd_run_view_series(view, YD_TAG_MAP50_95));
    if (block->best_epoch >= 0 && view->has_block) {
        char best[32];
        snprintf(best, sizeof best, "best %d", block->best_epoch);
        yd_canvas_text_right(canvas, canvas->width, 0, YD_STYLE_GOOD, best);
    }
    const struct {
        const char *name;
        float value;
    } metrics[] = {{"P ", block->precision}, {"R ", block->recall}, {"fitness ", block->fitness}};
    int x = 0;
    for (int i = 0; i < 3; i++) {
        char value[32];
        x = yd_canvas_text(canvas, x, y, YD_STYLE_DIM, metrics[i].name);
        yd_show_metric(value, sizeof value, view->has_block ? metrics[i].value : unknown);
        x = yd_canvas_text(canvas, x, y, YD_STYLE_TEXT, value) + 2;
    }
    if (view->has_block) draw_patience(view, canvas, y + 1);
}

/* Facts side by side, in the order of importance, with a dot between; those that have no room are left out.
 */
static void draw_facts(const yd_canvas *canvas, int y, const char *const *facts, int count)
{
    int x = 0;
    for (int i = 0; i < count; i++) {
        bool warns = facts[i][0] == '!';
        if (!facts[i][0] || x + (x ? 3 : 0) + yd_canvas_text_width(canvas, facts[i]) > canvas->width)
            continue;
        if (x) {
            yd_canvas_put(canvas, x + 1, y, canvas->glyphs->dot, YD_STYLE_DIM);
            x += 3;
        }
        x = yd_canvas_text(canvas, x, y, warns ? YD_STYLE_WARNING : YD_STYLE_TEXT, facts[i]);
    }
}

static void draw_memory(const yd_screen_context *context, const yd_canvas *canvas, int rows)
{
    const yd_status_block *block = &context->view->block;
    enum { SPARK = 5, BEHIND = 20 };
    char text[64];
    yd_canvas_text(canvas, 0, 0, YD_STYLE_TEXT, "RSS");
    const yd_series *series = yd_run_view_series(context->view, YD_TAG_STEP_MEMORY);
    draw_spark(context, SPARK_MEMORY, &series, series ? 1 : 0, canvas,
               (yd_rect){SPARK, 0, canvas->width - SPARK - BEHIND, rows});
    int x = canvas->width - BEHIND + 1;
    yd_show_bytes(text, sizeof text, block->memory_bytes > 0 ? block->memory_bytes : -1);
    yd_canvas_text(canvas, x, 0, YD_STYLE_VALUE, text);
    if (isfinite(block->cpu_percent) && fabsf(block->cpu_percent) < 1e6f) {
        snprintf(text, sizeof text, "CPU %.0f%%", (double)block->cpu_percent);
        yd_canvas_text_right(canvas, canvas->width, 0, YD_STYLE_TEXT, text);
    }
}

static void draw_machine(const yd_screen_context *context, const yd_canvas *canvas)
{
    const yd_status_block *block = &context->view->block;
    char free_bytes[32], until[32], disk[64] = "", save[64] = "", batch[48], size[48], period[48],
                                    left_out[48] = "";
    if (!context->view->has_block) return;
    int rows = canvas->height > 3 ? canvas->height - 2 : 1;
    draw_memory(context, canvas, rows);
    if (block->disk_free_bytes > 0)
        snprintf(disk, sizeof disk, "disk %s free",
                 yd_show_bytes(free_bytes, sizeof free_bytes, block->disk_free_bytes));
    if (isfinite(block->epoch_eta_seconds) &&
        !yd_run_view_ended(context->view)) /* last.pt, after each epoch */
        snprintf(save, sizeof save, "next save %s",
                 yd_show_duration(until, sizeof until, block->epoch_eta_seconds));
    snprintf(batch, sizeof batch, "batch %d", block->batch_size);
    snprintf(size, sizeof size, "size %d", block->image_size);
    snprintf(period, sizeof period, block->save_period > 0 ? "save period %d" : "save period off",
             block->save_period);
    if (block->images_left_out > 0)
        snprintf(left_out, sizeof left_out, "! %lld left out", (long long)block->images_left_out);
    draw_facts(canvas, rows, (const char *const[]){disk, save}, 2);
    draw_facts(canvas, rows + 1, (const char *const[]){left_out, period, batch, size}, 4);
}

/* What happened, and what was warned of; ordinary log lines have a screen of their own. */
static void draw_events(const yd_screen_context *context, const yd_canvas *canvas)
{
    const yd_lines *lines = &context->view->lines;
    int y = canvas->height - 1;
    for (int i = 0; i < yd_lines_count(lines) && y >= 0; i++) {
        const yd_line *line = yd_lines_at(lines, i);
        if (line->level < YD_LINE_WARNING) continue;
        bool warns = line->level != YD_LINE_EVENT;
        char time[16];
        int x =
            yd_canvas_text(canvas, 0, y, YD_STYLE_DIM, yd_show_clock(time, sizeof time, line->wall_ns)) + 1;
        if (warns) x = yd_canvas_text(canvas, x, y, YD_STYLE_BAD, "! ");
        yd_canvas_text_cut(canvas, x, y, canvas->width - x, warns ? YD_STYLE_WARNING : YD_STYLE_TEXT,
                           line->text);
        y--;
    }
}

static void draw_lr(const yd_screen_context *context, const yd_canvas *canvas)
{
    yd_lr_panel_draw(context->view, canvas);
}

typedef void draw_panel(const yd_screen_context *context, const yd_canvas *canvas);

static const struct {
    const char *title;
    draw_panel *draw;
} panels[YD_PANEL_COUNT] = {
    [YD_PANEL_PROGRESS] = {"progress", draw_progress},
    [YD_PANEL_LOSS] = {"loss", draw_loss},
    [YD_PANEL_MAP] = {"mAP", draw_map},
    [YD_PANEL_EVENTS] = {"events", draw_events},
    [YD_PANEL_MACHINE] = {"machine", draw_machine},
    [YD_PANEL_LR] = {"learning rate", draw_lr},
};

static void draw(const yd_screen_context *context, const yd_canvas *canvas)
{
    yd_dash_layout layout = yd_layout_dash((yd_rect){0, 0, canvas->width, canvas->height});
    for (int i = 0; i < YD_PANEL_COUNT; i++) {
        yd_canvas inside = yd_panel_draw(canvas, &layout.panels[i], panels[i].title);
        if (inside.width > 0 && inside.height > 0) panels[i].draw(context, &inside);
    }
}

/* There is no cursor here: what is copied is where the run stands. */
static void act(const yd_screen_context *context, yd_action action)
{
    const yd_run_view *view = context->view;
    const yd_status_block *block = &view->block;
    char text[512], loss[32], map50[32], map[32];
    if (action != YD_ACTION_COPY || !view->has_block) return;
    snprintf(text, sizeof text, "%s: %s, epoch %d/%d, loss %s, mAP@.5 %s, mAP@.5:.95 %s", block->run,
             yd_run_view_state_name(view), block->epoch, block->epochs,
             yd_show_loss(loss, sizeof loss, yd_run_view_loss(view, YD_LOSS_TOTAL)),
             yd_show_metric(map50, sizeof map50, block->map50),
             yd_show_metric(map, sizeof map, block->map50_95));
    yd_services_copy(context->services, text);
}

const yd_screen yd_screen_dash = {.tab_key = '1',
                                  .name = "Dash",
                                  .place = YD_BINDING_DASH,
                                  .max_fps = 4,
                                  .memory = sizeof(memory),
                                  .draw = draw,
                                  .act = act};
