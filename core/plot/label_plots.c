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

static yd_lettering name_lettering(const yd_axes *axes)
{
    double bar = yd_axes_at(axes, 0.8, 0).x - yd_axes_at(axes, 0, 0).x;
    return (yd_lettering){.size = fmin(FONT, bar * 1.1), .colour = yd_ink, .anchor = {0.5, 0}, .widest = 175};
}

/* Whether names fit side by side; else they are turned. */
static bool names_fit(const yd_label_set *set, const yd_axes *axes, int count)
{
    char number[16];
    const yd_lettering how = name_lettering(axes);
    double room = yd_axes_at(axes, 1, 0).x - yd_axes_at(axes, 0, 0).x - FONT * 0.5;
    for (int c = 0; c < count; c++)
        if (yd_sheet_text_width(axes->sheet, name_of(set, c, number), &how) > room) return false;
    return true;
}

static void draw_bar(const yd_label_set *set, const yd_axes *axes, const class_counts *own, int class,
                     bool turned)
{
    char number[16], count[32];
    yd_place top = yd_axes_at(axes, class - 0.4, (double)own->counts[class]),
             foot = yd_axes_at(axes, class + 0.4, 0);
    double middle = (top.x + foot.x) / 2;
    yd_sheet_fill(axes->sheet, (yd_area){top.x, top.y, foot.x, foot.y}, yd_class_colour(class), 1);
    if (own->count <= NUMBERED) {
        yd_lettering how = {.size = FONT * 0.85, .colour = yd_ink, .anchor = {0.5, 1}};
        snprintf(count, sizeof count, "%lld", (long long)own->counts[class]);
        double width = yd_sheet_text_width(axes->sheet, count, &how),
               room = yd_axes_at(axes, 1, 0).x - yd_axes_at(axes, 0, 0).x;
        how.size *= fmin(1, room * 0.92 / width);
        yd_sheet_text(axes->sheet, (yd_place){middle, top.y - 2}, count, &how);
    }
    if (own->count > NAMED) return;
    yd_lettering how = name_lettering(axes);
    if (turned) how.anchor = (yd_place){1, 0.5}, how.upwards = true;
    yd_sheet_text(axes->sheet, (yd_place){middle, foot.y + FONT * 0.4}, name_of(set, class, number), &how);
}

/* The classes with the most and the fewest labels; of equals the first. */
static void find_ends(const class_counts *own, int *most, int *fewest)
{
    *most = *fewest = 0;
    for (int c = 1; c < own->count; c++) {
        if (own->counts[c] > own->counts[*most]) *most = c;
        if (own->counts[c] < own->counts[*fewest]) *fewest = c;
    }
}

/* Of many classes, below the axis: what names would have told. */
static void draw_ends(const yd_label_set *set, const yd_axes *axes, const class_counts *own)
{
    char number[16], text[320];
    int ends[2], empty = 0;
    find_ends(own, &ends[0], &ends[1]);
    for (int c = 0; c < own->count; c++) empty += own->counts[c] == 0;
    const yd_lettering how = {
        .size = FONT * 0.85, .colour = yd_ink, .widest = axes->area.right - axes->area.left};
    for (int i = 0; i < (empty ? 3 : 2); i++) {
        if (i < 2)
            snprintf(text, sizeof text, "%s: %.200s (%d), %lld", i ? "fewest" : "most",
                     name_of(set, ends[i], number), ends[i], (long long)own->counts[ends[i]]);
        else
            snprintf(text, sizeof text, "%d of %d classes without labels", empty, own->count);
        yd_sheet_text(axes->sheet, (yd_place){axes->area.left, axes->area.bottom + FONT * (3.5 + 1.2 * i)},
                      text, &how);
    }
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
    bool turned = named && !names_fit(set, &axes, own->count);
    for (int c = 0; c < own->count; c++) draw_bar(set, &axes, own, c, turned);
    if (!named) draw_ends(set, &axes, own);
}

/* ---- boxes ---- */

typedef struct boxes {
    yd_sheet *sheet;
    yd_area area;
    int left;
    double fade; /* many on one another would be one block */
} boxes;

static bool draw_box(void *context, const float *row)
{
    boxes *own = context;
    double width = own->area.right - own->area.left, height = own->area.bottom - own->area.top,
           x = own->area.left + width / 2, y = own->area.top + height / 2, w = width / 2 * (double)row[W],
           h = height / 2 * (double)row[H];
    if (own->left-- == 0) return false;
    yd_sheet_outline(
        own->sheet, (yd_area){x - w, y - h, x + w, y + h},
        (yd_stroke){.thickness = 1.2, .colour = yd_class_colour((int)row[CLASS]), .fade = own->fade});
    return true;
}

static void draw_boxes(const yd_label_set *set, yd_axes axes, int64_t total)
{
    char title[64];
    if (total > MOST_BOXES)
        snprintf(title, sizeof title, "the first %d boxes", MOST_BOXES);
    else
        snprintf(title, sizeof title, "boxes");
    boxes own = {axes.sheet, axes.area, MOST_BOXES, total > 50 ? 0.7 : 0};
    axes.title = title, axes.x_low = axes.y_low = -0.5, axes.x_high = axes.y_high = 0.5;
    yd_axes_draw(&axes);
    for_each(set, draw_box, &own);
}

/* ---- the pictures ---- */

static yd_axes axes_of(yd_sheet *sheet, int column, int row)
{
    double left = 800 * column, top = 800 * row;
    return (yd_axes){
        .sheet = sheet, .area = {left + 130, top + 70, left + 765, top + (row ? 690 : 590)}, .size = FONT};
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

yd_status yd_draw_labels(const yd_label_set *labels, yd_sheet **sheet, yd_error *error)
{
    extent limits = find_extent(labels);
    class_counts own = {.count = (int)limits.high[CLASS] + 1};
    own.counts = calloc((size_t)own.count + 1, sizeof *own.counts);
    bins *scratch = malloc(sizeof *scratch);
    *sheet = NULL;
    yd_status status = own.counts && scratch ? yd_sheet_create(SIDE, SIDE, sheet, error)
                                             : yd_fail(error, YD_ERR_MEMORY, "out of memory to plot labels");
    if (status == YD_OK) {
        for_each(labels, count_class, &own);
        draw_all(*sheet, labels, &own, &limits, scratch);
    }
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

/* ---- in figures ---- */

static int ascending(const void *a, const void *b)
{
    int first = *(const int *)a, second = *(const int *)b;
    return (first > second) - (first < second);
}

/* The value below which a part of the rows lies, to a bin's middle, from the bins of draw_histogram's kind.
 */
static double quantile(const bins *found, double high, double part)
{
    int64_t sum = 0, seen = 0;
    for (int i = 0; i < BINS; i++) sum += found->counts[i * BINS + i];
    for (int i = 0; i < BINS; i++) {
        seen += found->counts[i * BINS + i];
        if (sum > 0 && (double)seen >= part * (double)sum) return (i + 0.5) / BINS * high;
    }
    return 0;
}

static void say(yd_sheet *sheet, int line, const char *text)
{
    const yd_lettering how = {.size = FONT, .colour = yd_ink, .widest = 860};
    yd_sheet_text(sheet, (yd_place){PAIR_SIDE / 2. + 100, 40 + FONT * 1.6 * line}, text, &how);
}

/* In the corner that the panels leave free. Without memory there is less. */
static void draw_figures(yd_sheet *sheet, const yd_label_set *set, const extent *limits, bins *scratch)
{
    char text[160];
    int *held = calloc((size_t)set->count + 1, sizeof *held), empty = 0;
    int64_t total = count_rows(set);
    for (int i = 0; held && i < set->count; i++) empty += (held[i] = set->pictures[i].count) == 0;
    snprintf(text, sizeof text, "%lld label%s in %d picture%s", (long long)total, total == 1 ? "" : "s",
             set->count, set->count == 1 ? "" : "s");
    say(sheet, 0, text);
    if (held && set->count) {
        qsort(held, (size_t)set->count, sizeof *held, ascending);
        snprintf(text, sizeof text, "of a picture: median %d, most %d; %d without any", held[set->count / 2],
                 held[set->count - 1], empty);
        say(sheet, 1, text);
    }
    for (int v = W; v <= H && total; v++) {
        *scratch = (bins){.x = v, .y = v, .x_high = limits->high[v], .y_high = limits->high[v]};
        for_each(set, add_pair, scratch);
        snprintf(text, sizeof text, "%s: median about %.2f, nine of ten from %.2f to %.2f", variables[v],
                 quantile(scratch, limits->high[v], 0.5), quantile(scratch, limits->high[v], 0.05),
                 quantile(scratch, limits->high[v], 0.95));
        say(sheet, v - X, text);
    }
    free(held);
}

static void draw_correlogram(yd_sheet *sheet, const yd_label_set *set, const extent *limits, bins *scratch)
{
    double side = (double)PAIR_SIDE / VARIABLES;
    for (int row = 0; row < VARIABLES; row++)
        for (int column = 0; column <= row; column++) {
            yd_axes axes = {.sheet = sheet,
                            .area = {side * column + 115, side * row + 30, side * (column + 1) - 20,
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

yd_status yd_draw_label_correlogram(const yd_label_set *labels, yd_sheet **sheet, yd_error *error)
{
    bins *scratch = malloc(sizeof *scratch);
    *sheet = NULL;
    if (!scratch) return yd_fail(error, YD_ERR_MEMORY, "out of memory to plot labels");
    yd_status status = yd_sheet_create(PAIR_SIDE, PAIR_SIDE, sheet, error);
    if (status == YD_OK) {
        extent limits = find_extent(labels);
        draw_correlogram(*sheet, labels, &limits, scratch);
        draw_figures(*sheet, labels, &limits, scratch);
    }
    free(scratch);
    return status;
}

/* ---- into files ---- */

static yd_status write(yd_status drawn, yd_sheet *sheet, const char *folder, const char *name,
                       yd_error *error)
{
    char path[4096];
    yd_status status = drawn;
    if (status == YD_OK && !yd_path_join(path, sizeof path, folder, name))
        status = yd_fail(error, YD_ERR_IO, "%s: the path is too long", folder);
    if (status == YD_OK) status = yd_sheet_write(sheet, path, error);
    yd_sheet_destroy(sheet);
    return status;
}

yd_status yd_plot_labels(const char *folder, const yd_label_set *labels, yd_error *error)
{
    yd_sheet *sheet;
    yd_status drawn = yd_draw_labels(labels, &sheet, error);
    return write(drawn, sheet, folder, "labels.jpg", error);
}

yd_status yd_plot_label_correlogram(const char *folder, const yd_label_set *labels, yd_error *error)
{
    yd_sheet *sheet;
    yd_status drawn = yd_draw_label_correlogram(labels, &sheet, error);
    return write(drawn, sheet, folder, "labels_correlogram.jpg", error);
}
