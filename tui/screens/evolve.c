/* An evolution of hyperparameters: its generations, newest first; the fitness of each and the best so far as
 * a curve; and of every hyperparameter what it was in the newest and in the best, and its spread over all. */
#include "base/text.h"
#include "series/evolution.h"
#include "tui/screens/screen.h"
#include "tui/show.h"
#include "tui/widgets/chart.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const int64_t look_every_ns = 1000000000;
enum {
    NAME = 16,
    NUMBER = 10,
    TABLE = 46,
    SIDE_BY_SIDE = TABLE + NAME + 1 + 5 * NUMBER,
    STRIP = NAME + 1 + 5 * NUMBER + 2,
    LEAST_STRIP = 16,
    CURVE_ROWS = 6,
    LEAST_ROWS = 4
};

typedef struct memory {
    yd_evolution evolution;
    struct timespec changed; /* of the file as it was read */
    off_t size;
    int64_t due_ns;
    int scroll, rows; /* rows that are scrolled away; most rows of a list in the last drawing */
} memory;

static void end(const yd_screen_context *context)
{
    memory *own = context->memory;
    yd_evolution_free(&own->evolution);
}

/* The file is small (a thousand bytes a generation) and read anew when it has grown. */
static bool tick(const yd_screen_context *context)
{
    memory *own = context->memory;
    char path[4200];
    struct stat info;
    if (context->now_ns < own->due_ns) return false;
    own->due_ns = context->now_ns + look_every_ns;
    snprintf(path, sizeof path, "%s/evolve.jsonl", context->services->run_folder);
    bool there = stat(path, &info) == 0;
    bool same = there && info.st_size == own->size && info.st_mtim.tv_sec == own->changed.tv_sec &&
                info.st_mtim.tv_nsec == own->changed.tv_nsec;
    if (!there || same) return false;
    own->changed = info.st_mtim;
    own->size = info.st_size;
    yd_evolution_free(&own->evolution);
    return yd_evolution_read(&own->evolution, context->services->run_folder, NULL) == YD_OK;
}

static void opened(const yd_screen_context *context)
{
    memory *own = context->memory;
    own->due_ns = 0;
    tick(context);
}

static void draw_summary(const yd_screen_context *context, const yd_canvas *canvas)
{
    const memory *own = context->memory;
    const yd_status_block *block = &context->view->block;
    int best = yd_evolution_best(&own->evolution), x = 1;
    bool lives = context->view->has_block && block->generations > 0 && !yd_run_view_ended(context->view);
    if (lives)
        x = yd_canvas_textf(canvas, x, 0, YD_STYLE_VALUE, "generation %d of %d, epoch %d of %d   ",
                            block->generation, block->generations, block->epoch, block->epochs);
    else
        x = yd_canvas_textf(canvas, x, 0, YD_STYLE_VALUE, "%d generations   ",
                            yd_evolution_count(&own->evolution));
    if (best < 0) return;
    const yd_generation_record *record = yd_evolution_at(&own->evolution, best);
    yd_canvas_textf(canvas, x, 0, YD_STYLE_GOOD, "best: generation %d, fitness %.4f", record->number,
                    record->fitness);
}

static void draw_generation(const yd_generation_record *record, bool best, const yd_canvas *canvas, int y)
{
    char took[32], reason[128];
    yd_style style = best ? YD_STYLE_GOOD : YD_STYLE_TEXT;
    int x = yd_canvas_textf(canvas, 1, y, style, "%c%5d  %7.4f  ", best ? '*' : ' ', record->number,
                            record->fitness);
    if (record->failed[0]) {
        yd_canvas_text_cut(canvas, x, y, canvas->width - x, YD_STYLE_BAD,
                           yd_escape(reason, sizeof reason, record->failed));
        return;
    }
    yd_canvas_textf(canvas, x, y, YD_STYLE_TEXT, "%6.4f  %6.4f  %s", record->results[2], record->results[3],
                    yd_show_duration(took, sizeof took, record->seconds));
}

static void draw_generations(memory *own, const yd_canvas *canvas)
{
    const yd_evolution *evolution = &own->evolution;
    int count = yd_evolution_count(evolution), best = yd_evolution_best(evolution);
    yd_canvas_text(canvas, 1, 0, YD_STYLE_DIM, "   gen  fitness  mAP@.5     mAP  took");
    int hidden = count - (canvas->height - 1), scroll = own->scroll < hidden ? own->scroll : hidden;
    if (hidden > own->rows) own->rows = hidden;
    if (scroll < 0) scroll = 0;
    for (int y = 1; y < canvas->height && count - y - scroll >= 0; y++)
        draw_generation(yd_evolution_at(evolution, count - y - scroll), count - y - scroll == best, canvas,
                        y);
}

static void draw_value(const yd_canvas *canvas, int column, int y, yd_style style, double value)
{
    char text[32] = "-";
    if (!isnan(value)) snprintf(text, sizeof text, "%.4g", value);
    yd_canvas_text_right(canvas, NAME + 1 + column * NUMBER, y, style, text);
}

/* From the least value to the most: how many generations had it, and where the best stands. */
static void draw_strip(const memory *own, int gene, const yd_evolution_spread *spread,
                       const yd_canvas *canvas, int x, int y)
{
    enum { WIDEST = 60 };
    const yd_evolution *evolution = &own->evolution;
    int counts[WIDEST] = {0}, most = 0, room = canvas->width - x - 1, width = room < WIDEST ? room : WIDEST;
    double range = spread->high - spread->low;
    if (!(range > 0)) return;
    for (int i = 0; i < yd_evolution_count(evolution); i++) {
        double share = (yd_evolution_at(evolution, i)->values[gene] - spread->low) / range;
        if (!(share >= 0 && share <= 1)) continue;
        int *count = &counts[(int)(share * (width - 1) + 0.5)];
        if (++*count > most) most = *count;
    }
    for (int i = 0; i < width; i++) {
        int shade = counts[i] ? 2 + counts[i] * (YD_SHADES - 3) / most : 0;
        yd_canvas_put(canvas, x + i, y, counts[i] ? canvas->glyphs->shade[shade] : canvas->glyphs->grid,
                      counts[i] ? YD_STYLE_SPARK : YD_STYLE_FRAME);
    }
    double best = yd_evolution_at(evolution, yd_evolution_best(evolution))->values[gene];
    double share = (best - spread->low) / range;
    if (share >= 0 && share <= 1)
        yd_canvas_put(canvas, x + (int)(share * (width - 1) + 0.5), y, canvas->glyphs->alive, YD_STYLE_GOOD);
}

/* As many of the columns as have room, the spread's mean and ends last; behind them, where there is more, a
 * picture of it. */
static void draw_gene(const memory *own, int gene, const yd_canvas *canvas, int y)
{
    const yd_evolution *evolution = &own->evolution;
    int count = yd_evolution_count(evolution);
    double values[5] = {NAN, NAN, NAN, NAN, NAN};
    yd_evolution_spread spread = yd_evolution_spread_of(evolution, gene, 0, count);
    if (count) {
        values[0] = yd_evolution_at(evolution, count - 1)->values[gene];
        values[1] = yd_evolution_at(evolution, yd_evolution_best(evolution))->values[gene];
    }
    values[2] = spread.low, values[3] = spread.mean, values[4] = spread.high;
    char name[64];
    bool still = !(spread.low < spread.high);
    yd_canvas_text_cut(canvas, 1, y, NAME, still ? YD_STYLE_DIM : YD_STYLE_TEXT,
                       yd_escape(name, sizeof name, evolution->genes[gene]));
    for (int i = 0; i < 5 && NAME + 1 + (i + 1) * NUMBER <= canvas->width; i++)
        draw_value(canvas, i + 1, y,
                   i == 1  ? YD_STYLE_GOOD
                   : still ? YD_STYLE_DIM
                           : YD_STYLE_VALUE,
                   values[i]);
    if (canvas->width >= STRIP + LEAST_STRIP) draw_strip(own, gene, &spread, canvas, STRIP, y);
}

static void draw_genes(memory *own, const yd_canvas *canvas)
{
    static const char *const titles[5] = {"newest", "best", "least", "mean", "most"};
    int count = own->evolution.gene_count, hidden = count - (canvas->height - 1);
    int scroll = own->scroll < hidden ? own->scroll : hidden;
    if (hidden > own->rows) own->rows = hidden;
    if (scroll < 0) scroll = 0;
    yd_canvas_text(canvas, 1, 0, YD_STYLE_DIM, "hyperparameter");
    for (int i = 0; i < 5 && NAME + 1 + (i + 1) * NUMBER <= canvas->width; i++)
        yd_canvas_text_right(canvas, NAME + 1 + (i + 1) * NUMBER, 0, YD_STYLE_DIM, titles[i]);
    if (canvas->width >= STRIP + LEAST_STRIP) yd_canvas_text(canvas, STRIP, 0, YD_STYLE_DIM, "least to most");
    for (int y = 1; y < canvas->height && y - 1 + scroll < count; y++)
        draw_gene(own, y - 1 + scroll, canvas, y);
}

/* A generation, over the line; one that failed is no fitness. */
static void draw_point(const yd_chart *chart, const yd_generation_record *record, int at)
{
    const yd_glyphs *glyphs = chart->canvas.glyphs;
    int cell = (int)yd_chart_column(chart, at) / (glyphs->braille ? 2 : 1);
    bool failed = record->failed[0] != '\0';
    yd_canvas_put(&chart->canvas, cell, yd_chart_cell_row(chart, record->fitness),
                  failed ? glyphs->not_finite : glyphs->alive, failed ? YD_STYLE_BAD : YD_STYLE_VALUE);
}

/* Points: each generation's fitness; the line: the best so far. */
static void draw_curve(const memory *own, const yd_canvas *canvas)
{
    enum { SCALE = 8 };
    const yd_evolution *evolution = &own->evolution;
    int count = yd_evolution_count(evolution), best = yd_evolution_best(evolution);
    if (best < 0 || canvas->height < 2 || canvas->width < 2 * SCALE) return;
    double high = yd_evolution_at(evolution, best)->fitness;
    if (!(high > 0)) return;
    yd_canvas area = yd_canvas_part(canvas, (yd_rect){SCALE, 0, canvas->width - SCALE - 1, canvas->height});
    yd_chart chart = yd_chart_start(&area, -0.5, count - 0.5, 0, high * 1.05);
    yd_canvas_textf(canvas, 1, 0, YD_STYLE_DIM, "%.4f", high * 1.05);
    yd_canvas_text(canvas, 1, canvas->height - 1, YD_STYLE_DIM, "0");
    double so_far = 0, column_before = NAN;
    for (int i = 0; i < count; i++) {
        double fitness = yd_evolution_at(evolution, i)->fitness, column = yd_chart_column(&chart, i);
        double next = fmax(so_far, fitness);
        if (i) yd_chart_segment(&chart, column_before, so_far, column, next, YD_STYLE_GOOD, '-');
        so_far = next, column_before = column;
    }
    for (int i = 0; i < count; i++) draw_point(&chart, yd_evolution_at(evolution, i), i);
}

static void draw(const yd_screen_context *context, const yd_canvas *canvas)
{
    memory *own = context->memory;
    int width = canvas->width, height = canvas->height,
        curve = height >= 4 * CURVE_ROWS ? CURVE_ROWS : LEAST_ROWS;
    own->rows = 0;
    draw_summary(context, canvas);
    if (!yd_evolution_count(&own->evolution)) {
        yd_canvas_text(canvas, 1, 2, YD_STYLE_DIM, "no generation is done yet");
        return;
    }
    bool beside = width >= SIDE_BY_SIDE;
    int table = beside ? height - curve - 2 : (height - curve - 2) * 2 / 5;
    yd_canvas chart = yd_canvas_part(canvas, (yd_rect){0, 1, width, curve});
    yd_canvas left = yd_canvas_part(canvas, (yd_rect){0, curve + 2, beside ? TABLE : width, table});
    yd_canvas right =
        yd_canvas_part(canvas, beside ? (yd_rect){TABLE, curve + 2, width - TABLE, table}
                                      : (yd_rect){0, curve + 2 + table, width, height - curve - 2 - table});
    draw_curve(own, &chart);
    draw_generations(own, &left);
    draw_genes(own, &right);
}

static void act(const yd_screen_context *context, yd_action action)
{
    enum { PAGE = 10 };
    memory *own = context->memory;
    switch (action) {
    case YD_ACTION_UP:
        own->scroll--;
        break;
    case YD_ACTION_DOWN:
        own->scroll++;
        break;
    case YD_ACTION_PAGE_UP:
        own->scroll -= PAGE;
        break;
    case YD_ACTION_PAGE_DOWN:
        own->scroll += PAGE;
        break;
    case YD_ACTION_FIRST:
        own->scroll = 0;
        break;
    case YD_ACTION_LAST:
        own->scroll = own->rows;
        break;
    default:
        return;
    }
    if (own->scroll > own->rows) own->scroll = own->rows;
    if (own->scroll < 0) own->scroll = 0;
}

const yd_screen yd_screen_evolve = {.tab_key = '8',
                                    .name = "Evolve",
                                    .place = YD_BINDING_EVOLVE,
                                    .only_evolution = true,
                                    .max_fps = 4,
                                    .memory = sizeof(memory),
                                    .draw = draw,
                                    .act = act,
                                    .tick = tick,
                                    .opened = opened,
                                    .end = end};
