#include "plot/results_plot.h"
#include "base/file.h"
#include "plot/axes.h"
#include "plot/palette.h"
#include "series/fitness.h"
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    WIDTH = 2400,
    PANEL = 570,
    FOOT = 60,
    COLUMNS = 5,
    ROWS = 2,
    FONT = 22,
    DOTTED = 60,
    TRAIN_LOSSES = 3
};

static const struct {
    const char *title;
    size_t column;
    bool loss;
} panels[ROWS * COLUMNS] = {
    {"train/box_loss", offsetof(yd_results_row, train_box), true},
    {"train/obj_loss", offsetof(yd_results_row, train_obj), true},
    {"train/cls_loss", offsetof(yd_results_row, train_cls), true},
    {"metrics/precision", offsetof(yd_results_row, precision), false},
    {"metrics/recall", offsetof(yd_results_row, recall), false},
    {"val/box_loss", offsetof(yd_results_row, val_box), true},
    {"val/obj_loss", offsetof(yd_results_row, val_obj), true},
    {"val/cls_loss", offsetof(yd_results_row, val_cls), true},
    {"metrics/mAP_0.5", offsetof(yd_results_row, map50), false},
    {"metrics/mAP_0.5:0.95", offsetof(yd_results_row, map50_95), false},
};

/* A run's curves: x, then a row of values a panel. */
typedef struct curves {
    int count, best; /* best: the row of the highest fitness, -1 where there is none */
    int broken;      /* rows with a training loss that is not finite */
    double *x, *values[ROWS * COLUMNS];
} curves;

static float column_of(const yd_results_row *row, size_t column)
{
    return *(const float *)((const char *)row + column);
}

static int best_row(const yd_results *results)
{
    int best = -1;
    double most = 0;
    for (int i = 0; i < results->count; i++) {
        const yd_results_row *row = &results->rows[i];
        double fitness = yd_fitness((double)row->map50, (double)row->map50_95);
        if (fitness > most) best = i, most = fitness; /* false for NAN */
    }
    return best;
}

static bool make_curves(const yd_results *results, curves *own)
{
    size_t n = (size_t)results->count;
    *own = (curves){.count = results->count, .best = best_row(results)};
    own->x = malloc((n * (ROWS * COLUMNS + 1) + 1) * sizeof *own->x);
    if (!own->x) return false;
    for (size_t i = 0; i < n; i++) {
        bool finite = true;
        own->x[i] = results->rows[i].epoch;
        for (size_t p = 0; p < TRAIN_LOSSES; p++)
            finite = finite && isfinite(column_of(&results->rows[i], panels[p].column));
        own->broken += !finite;
    }
    for (size_t p = 0; p < ROWS * COLUMNS; p++) {
        double *values = own->values[p] = own->x + (p + 1) * n;
        bool measured = false;
        for (size_t i = 0; i < n; i++) {
            values[i] = (double)column_of(&results->rows[i], panels[p].column);
            measured = measured || values[i] != 0;
        }
        for (size_t i = 0; measured && panels[p].loss && i < n; i++)
            if (values[i] == 0) values[i] = (double)NAN;
    }
    return true;
}

/* ---- drawing ---- */

static void widen(double *low, double *high, const double *values, int count, bool first)
{
    double own_low, own_high;
    yd_axes_fit(&own_low, &own_high, values, (size_t)count);
    if (first || own_low < *low) *low = own_low;
    if (first || own_high > *high) *high = own_high;
}

static void fit(yd_axes *axes, int panel, const curves *all, int count)
{
    bool first = true;
    axes->x_high = 1;
    for (int r = 0; r < count; r++) {
        if (all[r].count && all[r].x[all[r].count - 1] > axes->x_high)
            axes->x_high = all[r].x[all[r].count - 1];
        bool any = false; /* of a run without this column the others decide */
        for (int i = 0; i < all[r].count; i++) any = any || isfinite(all[r].values[panel][i]);
        if (!any) continue;
        widen(&axes->y_low, &axes->y_high, all[r].values[panel], all[r].count, first);
        first = false;
    }
    if (first) axes->y_low = 0, axes->y_high = 1;
    const bool outside = axes->y_high <= 0 || axes->y_low >= 1; /* a table may hold anything */
    if (!panels[panel].loss && !outside)
        axes->y_low = fmax(axes->y_low, -0.02), axes->y_high = fmin(axes->y_high, 1.02);
}

static void draw_panel(yd_sheet *sheet, int panel, const curves *all, int count)
{
    const int row = panel / COLUMNS;
    double width = (WIDTH - 20.) / COLUMNS, left = 20 + width * (panel % COLUMNS), top = PANEL * (double)row;
    yd_axes axes = {.sheet = sheet,
                    .area = {left + 80, top + 60, left + width - 24, top + PANEL - 70},
                    .size = FONT,
                    .x_whole = true,
                    .x_label = row == ROWS - 1 ? "epoch" : NULL,
                    .title = panels[panel].title};
    fit(&axes, panel, all, count);
    yd_axes_draw(&axes);
    for (int r = 0; r < count; r++) {
        const curves *run = &all[r];
        const yd_stroke stroke = {
            .thickness = 3.5, .colour = yd_palette_colour(r), .dashed = yd_palette_repeats(r)};
        const double *y = run->values[panel];
        yd_axes_line(&axes, run->x, y, run->count, stroke);
        if (run->count <= DOTTED && count == 1) yd_axes_dots(&axes, run->x, y, run->count, 5, stroke.colour);
        if (run->best < 0 || !isfinite(y[run->best])) continue;
        yd_axes_dots(&axes, &run->x[run->best], &y[run->best], 1, 10, stroke.colour);
        yd_axes_dots(&axes, &run->x[run->best], &y[run->best], 1, 5, yd_paper);
    }
}

/* What the marks mean, or of several runs which is which. */
static void describe(const yd_results_plot_run *run, const curves *own, char *text, size_t capacity)
{
    const yd_results_row *best = own->best >= 0 ? &run->results->rows[own->best] : NULL;
    int length = snprintf(text, capacity, "%.120s%s", run->name, *run->name ? ": " : "");
    if (length < 0 || (size_t)length >= capacity) return;
    if (best)
        length += snprintf(text + length, capacity - (size_t)length,
                           "best epoch %d, mAP@0.5 %.4g, mAP@0.5:0.95 %.4g", best->epoch, (double)best->map50,
                           (double)best->map50_95);
    else
        length += snprintf(text + length, capacity - (size_t)length, "%d epoch%s, nothing found yet",
                           own->count, own->count == 1 ? "" : "s");
    if (own->broken && (size_t)length < capacity)
        snprintf(text + length, capacity - (size_t)length, "; the losses of %d epoch%s are not finite",
                 own->broken, own->broken == 1 ? "" : "s");
}

static int legend_rows(int count)
{
    return (count + 1) / 2;
}

static void draw_legend(yd_sheet *sheet, const yd_results_plot_run *runs, const curves *all, int count)
{
    double line = FONT * 1.7;
    for (int r = 0; r < count; r++) {
        char text[512];
        const int below = r / 2;
        double left = r % 2 == 0 ? 100 : WIDTH / 2. + 60, top = ROWS * PANEL + 8 + line * below;
        describe(&runs[r], &all[r], text, sizeof text);
        const yd_legend_entry entry = {
            .name = text,
            .stroke = {.thickness = 3.5, .colour = yd_palette_colour(r), .dashed = yd_palette_repeats(r)}};
        double right = count == 1 ? WIDTH - 20 : left + WIDTH / 2. - 100;
        yd_legend_draw(sheet, (yd_area){left, top, right, top + line}, FONT, &entry, 1);
        const yd_place mark = {left + FONT, top + line / 2};
        yd_sheet_disc(sheet, mark, 10, entry.stroke.colour, 1);
        yd_sheet_disc(sheet, mark, 5, yd_paper, 1);
    }
}

yd_status yd_draw_results(const yd_results_plot_run *runs, int count, yd_sheet **sheet, yd_error *error)
{
    yd_status status = YD_OK;
    curves *all = calloc((size_t)count + 1, sizeof *all);
    bool made = all != NULL;
    *sheet = NULL;
    for (int r = 0; made && r < count; r++) made = make_curves(runs[r].results, &all[r]);
    if (made)
        status = yd_sheet_create(WIDTH, ROWS * PANEL + FOOT + (int)(FONT * 1.7) * (legend_rows(count) - 1),
                                 sheet, error);
    else
        status = yd_fail(error, YD_ERR_MEMORY, "out of memory for a plot of results");
    if (status == YD_OK) {
        for (int panel = 0; panel < ROWS * COLUMNS; panel++) draw_panel(*sheet, panel, all, count);
        draw_legend(*sheet, runs, all, count);
    }
    for (int r = 0; all && r < count; r++) free(all[r].x);
    free(all);
    return status;
}

yd_status yd_plot_results(const char *path, const yd_results_plot_run *runs, int count, yd_error *error)
{
    yd_sheet *sheet;
    yd_status status = yd_draw_results(runs, count, &sheet, error);
    if (status == YD_OK) status = yd_sheet_write(sheet, path, error);
    yd_sheet_destroy(sheet);
    return status;
}

yd_status yd_read_run_results(const char *folder, yd_results *results, yd_error *error)
{
    char path[4096];
    *results = (yd_results){0};
    if (!yd_path_join(path, sizeof path, folder, "results.csv"))
        return yd_fail(error, YD_ERR_IO, "%s: the path is too long", folder);
    if (!yd_file_exists(path) && !yd_path_join(path, sizeof path, folder, "results.txt"))
        return yd_fail(error, YD_ERR_IO, "%s: the path is too long", folder);
    if (!yd_file_exists(path))
        return yd_fail(error, YD_ERR_DATA, "%s: holds neither results.csv nor results.txt", folder);
    YD_TRY(yd_results_read(path, results, error));
    if (results->count) return YD_OK;
    yd_results_free(results);
    return yd_fail(error, YD_ERR_DATA, "%s: holds no row yet", path);
}

yd_status yd_plot_run_results(const char *folder, yd_error *error)
{
    char path[4096];
    yd_results results;
    if (!yd_path_join(path, sizeof path, folder, "results.png"))
        return yd_fail(error, YD_ERR_IO, "%s: the path is too long", folder);
    YD_TRY(yd_read_run_results(folder, &results, error));
    const yd_results_plot_run run = {.name = yd_path_name(folder), .results = &results};
    yd_status status = yd_plot_results(path, &run, 1, error);
    yd_results_free(&results);
    return status;
}
