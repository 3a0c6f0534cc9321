#include "plot/label_plots.h"
#include "base/file.h"
#include "plot/axes.h"
#include "plot/palette.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 1600, FONT = 24, BINS = 50, NAMED = 29, NUMBERED = 12, MOST_BOXES = 1000 };
enum { PAIR_SIDE = 2000, VARIABLES = 4 };

/* Columns of yd_labels' rows. */
enum { CLASS, X, Y, W, H, ROW };

/* Calls visit with every row until it returns false. */
typedef bool visit_row(void *context, const float *row);

static void for_each(const yd_label_set *set, visit_row *visit, void *context)
{
    for (int i = 0; i < set->count; i++)
        for (int k = 0; k < set->pictures[i].count; k++)
            if (!visit(context, set->pictures[i].rows + (size_t)k * ROW)) return;
}

static int64_t count_rows(const yd_label_set *set)
{
    int64_t count = 0;
    for (int i = 0; i < set->count; i++) count += set->pictures[i].count;
    return count;
}

/* ---- bins ---- */

typedef struct bins {
    int x, y; /* columns of rows */
    double x_low, x_high, y_low, y_high;
    int64_t counts[BINS * BINS]; /* row 0 holds the smallest y */
} bins;

static int bin_of(double value, double low, double high)
{
    int bin = (int)((value - low) / (high - low) * BINS);
    return bin < 0 ? 0 : bin < BINS ? bin : BINS - 1;
}

static bool add_pair(void *context, const float *row)
{
    bins *own = context;
    int column = bin_of((double)row[own->x], own->x_low, own->x_high),
        line = bin_of((double)row[own->y], own->y_low, own->y_high);
    own->counts[line * BINS + column]++;
    return true;
}

typedef struct extent {
    double high[ROW];
} extent;

static bool widen(void *context, const float *row)
{
    extent *own = context;
    for (int c = 0; c < ROW; c++) own->high[c] = fmax(own->high[c], (double)row[c]);
    return true;
}

/* Places reach over the picture; sizes as far as there are any. */
static extent find_extent(const yd_label_set *set)
{
    extent found = {.high = {-1, 1, 1, 0, 0}};
    for_each(set, widen, &found);
    found.high[W] = found.high[W] > 0 ? fmin(1, found.high[W] * 1.02) : 1;
    found.high[H] = found.high[H] > 0 ? fmin(1, found.high[H] * 1.02) : 1;
    return found;
}

/* downwards: y as in a picture. */
static void draw_pair(const yd_label_set *set, yd_axes axes, int x, int y, const extent *limits,
                      bool downwards, bins *scratch)
{
    *scratch = (bins){.x = x, .y = y, .x_high = limits->high[x], .y_high = limits->high[y]};
    for_each(set, add_pair, scratch);
    for (int i = 0; !downwards && i < BINS / 2; i++) /* upside down */
        for (int k = 0; k < BINS; k++) {
            int64_t *a = &scratch->counts[i * BINS + k], *b = &scratch->counts[(BINS - 1 - i) * BINS + k];
            int64_t held = *a;
            *a = *b, *b = held;
        }
    axes.x_high = limits->high[x];
    axes.y_low = downwards ? limits->high[y] : 0, axes.y_high = downwards ? 0 : limits->high[y];
    yd_axes_draw(&axes);
    yd_heat_draw(&axes, scratch->counts, BINS, BINS);
}

/* ---- classes ---- */

typedef struct class_counts {
    int count;
    int64_t *counts;
} class_counts;

static bool count_class(void *context, const float *row)
{
    class_counts *own = context;
    own->counts[(int)row[CLASS]]++;
    return true;
}

static const char *name_of(const yd_label_set *set, int class, char number[16])
{
    snprintf(number, 16, "%d", class);
    return class < set->nc && set->names && set->names[class] ? set->names[class] : number;
}

static void draw_bar(const yd_label_set *set, const yd_axes *axes, const class_counts *own, int class)
{
    char number[16], count[32];
    yd_place top = yd_axes_at(axes, class - 0.4, (double)own->counts[class]),
             foot = yd_axes_at(axes, class + 0.4, 0);
    double middle = (top.x + foot.x) / 2;
    yd_sheet_fill(axes->sheet, (yd_area){top.x, top.y, foot.x, foot.y}, yd_class_colour(class), 1);
    if (own->count <= NUMBERED) {
        const yd_lettering how = {.size = FONT * 0.85, .colour = yd_ink, .anchor = {0.5, 1}};
        snprintf(count, sizeof count, "%lld", (long long)own->counts[class]);
        yd_sheet_text(axes->sheet, (yd_place){middle, top.y - 2}, count, &how);
    }
    if (own->count > NAMED) return;
    const yd_lettering how = {.size = fmin(FONT, (foot.x - top.x) * 1.1),
                              .colour = yd_ink,
                              .anchor = {1, 0.5},
                              .upwards = true,
                              .widest = 175};
    yd_sheet_text(axes->sheet, (yd_place){middle, foot.y + FONT * 0.4}, name_of(set, class, number), &how);
}

static void draw_classes(const yd_label_set *set, yd_axes axes, const class_counts *own)
{
    int64_t most = 0;
    for (int c = 0; c < own->count; c++)
        if (own->counts[c] > most) most = own->counts[c];
    bool named = own->count <= NAMED;
    axes.x_low = -0.6, axes.x_high = own->count > 0 ? own->count - 0.4 : 0.6;
    axes.y_high = most > 0 ? (double)most * 1.08 : 1, axes.y_whole = axes.x_whole = true;
    axes.bare_x = named, axes.x_label = named ? NULL : "class";
    yd_axes_draw(&axes);
    for (int c = 0; c < own->count; c++) draw_bar(set, &axes, own, c);
}

/* ---- boxes ---- */

typedef struct boxes {
    yd_sheet *sheet;
    yd_area area;
    int left;
} boxes;

static bool draw_box(void *context, const float *row)
{
    boxes *own = context;
    double width = own->area.right - own->area.left, height = own->area.bottom - own->area.top,
           x = own->area.left + width / 2, y = own->area.top + height / 2, w = width / 2 * (double)row[W],
           h = height / 2 * (double)row[H];
    if (own->left-- == 0) return false;
    yd_sheet_outline(own->sheet, (yd_area){x - w, y - h, x + w, y + h},
                     (yd_stroke){.thickness = 1.2, .colour = yd_class_colour((int)row[CLASS])});
    return true;
}

static void draw_boxes(const yd_label_set *set, yd_axes axes, int64_t total)
{
    char title[64];
    if (total > MOST_BOXES)
        snprintf(title, sizeof title, "the first %d boxes", MOST_BOXES);
    else
        snprintf(title, sizeof title, "boxes");
    boxes own = {axes.sheet, axes.area, MOST_BOXES};
    axes.title = title, axes.x_low = axes.y_low = -0.5, axes.x_high = axes.y_high = 0.5;
    yd_axes_draw(&axes);
    for_each(set, draw_box, &own);
}

/* ---- the pictures ---- */

static yd_axes axes_of(yd_sheet *sheet, int column, int row)
{
    double left = 800 * column, top = 800 * row;
    return (yd_axes){
        .sheet = sheet, .area = {left + 110, top + 70, left + 760, top + (row ? 680 : 590)}, .size = FONT};
}

static void draw_all(yd_sheet *sheet, const yd_label_set *set, const class_counts *own, const extent *limits,
                     bins *scratch)
{
    char title[64];
    int64_t total = count_rows(set);
    yd_axes axes = axes_of(sheet, 0, 0);
    snprintf(title, sizeof title, "%lld labels by class", (long long)total);
    axes.title = title;
    draw_classes(set, axes, own);
    axes = axes_of(sheet, 1, 0);
    axes.x_label = "width", axes.y_label = "height";
    draw_boxes(set, axes, total);
    axes = axes_of(sheet, 0, 1);
    axes.title = "centres, as in the picture", axes.x_label = "x", axes.y_label = "y";
    draw_pair(set, axes, X, Y, limits, true, scratch);
    axes = axes_of(sheet, 1, 1);
    axes.title = "sizes", axes.x_label = "width", axes.y_label = "height";
    draw_pair(set, axes, W, H, limits, false, scratch);
}

yd_status yd_plot_labels(const char *folder, const yd_label_set *labels, yd_error *error)
{
    char path[4096];
    yd_sheet *sheet = NULL;
    extent limits = find_extent(labels);
    class_counts own = {.count = (int)limits.high[CLASS] + 1};
    own.counts = calloc((size_t)own.count + 1, sizeof *own.counts);
    bins *scratch = malloc(sizeof *scratch);
    yd_status status = YD_OK;
    if (!own.counts || !scratch)
        status = yd_fail(error, YD_ERR_MEMORY, "out of memory to plot labels");
    else if (!yd_path_join(path, sizeof path, folder, "labels.jpg"))
        status = yd_fail(error, YD_ERR_IO, "%s: the path is too long", folder);
    else
        status = yd_sheet_create(SIDE, SIDE, &sheet, error);
    if (status == YD_OK) {
        for_each(labels, count_class, &own);
        draw_all(sheet, labels, &own, &limits, scratch);
        status = yd_sheet_write(sheet, path, error);
    }
    yd_sheet_destroy(sheet);
    free(scratch);
    free(own.counts);
    return status;
}

/* ---- each against each ---- */

static const char *const variables[ROW] = {[X] = "x", [Y] = "y", [W] = "width", [H] = "height"};

/* How many rows fall into each of the bins of one variable. */
static void draw_histogram(const yd_label_set *set, yd_axes axes, int variable, const extent *limits,
                           bins *scratch)
{
    int64_t most = 1;
    *scratch = (bins){
        .x = variable, .y = variable, .x_high = limits->high[variable], .y_high = limits->high[variable]};
    for_each(set, add_pair, scratch); /* of a variable against itself, the diagonal */
    for (int i = 0; i < BINS; i++)
        if (scratch->counts[i * BINS + i] > most) most = scratch->counts[i * BINS + i];
    axes.x_high = limits->high[variable], axes.y_high = (double)most * 1.05;
    axes.y_whole = true, axes.y_label = "labels";
    yd_axes_draw(&axes);
    for (int i = 0; i < BINS; i++) {
        yd_place top = yd_axes_at(&axes, axes.x_high * i / BINS, (double)scratch->counts[i * BINS + i]),
                 foot = yd_axes_at(&axes, axes.x_high * (i + 1) / BINS, 0);
        yd_sheet_tile(axes.sheet, (yd_area){top.x, top.y, foot.x, foot.y}, yd_palette_colour(0));
    }
}

static void draw_correlogram(yd_sheet *sheet, const yd_label_set *set, const extent *limits, bins *scratch)
{
    double side = (double)PAIR_SIDE / VARIABLES;
    for (int row = 0; row < VARIABLES; row++)
        for (int column = 0; column <= row; column++) {
            yd_axes axes = {.sheet = sheet,
                            .area = {side * column + 105, side * row + 30, side * (column + 1) - 20,
                                     side * (row + 1) - 85},
                            .size = FONT * 0.9,
                            .x_label = variables[X + column],
                            .y_label = variables[X + row]};
            if (row == column)
                draw_histogram(set, axes, X + row, limits, scratch);
            else
                draw_pair(set, axes, X + column, X + row, limits, false, scratch);
        }
}

yd_status yd_plot_label_correlogram(const char *folder, const yd_label_set *labels, yd_error *error)
{
    char path[4096];
    yd_sheet *sheet = NULL;
    bins *scratch = malloc(sizeof *scratch);
    yd_status status = YD_OK;
    if (!scratch)
        status = yd_fail(error, YD_ERR_MEMORY, "out of memory to plot labels");
    else if (!yd_path_join(path, sizeof path, folder, "labels_correlogram.jpg"))
        status = yd_fail(error, YD_ERR_IO, "%s: the path is too long", folder);
    else
        status = yd_sheet_create(PAIR_SIDE, PAIR_SIDE, &sheet, error);
    if (status == YD_OK) {
        extent limits = find_extent(labels);
        draw_correlogram(sheet, labels, &limits, scratch);
        status = yd_sheet_write(sheet, path, error);
    }
    yd_sheet_destroy(sheet);
    free(scratch);
    return status;
}
