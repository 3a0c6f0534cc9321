#include "plot/curve_plot.h"
#include "plot/axes.h"
#include "plot/palette.h"
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 2250, HEIGHT = 1500, POINTS = YD_CURVE_POINTS, FONT = 34, EXTREMES = 4, NAME = 256 };
static const yd_area panel = {170, 110, 1560, 1350}, legend_area = {1610, 110, 2230, 1400};

static const struct {
    const char *title, *x, *y;
} wording[] = {[YD_CURVE_F1] = {"F1 against confidence", "confidence", "F1"},
               [YD_CURVE_P] = {"precision against confidence", "confidence", "precision"},
               [YD_CURVE_R] = {"recall against confidence", "confidence", "recall"},
               [YD_CURVE_PR] = {"precision against recall", "recall", "precision"}};

typedef struct curves {
    int count;
    double x[POINTS], mean[POINTS];
    double *values; /* [count, POINTS] */
    int *peaks;     /* [count] where each is highest */
    double *scores; /* [count] what the legend says of each: AP, or the highest value */
    int *order;     /* [count] by descending score */
    yd_legend_entry *entries;
    char (*names)[NAME]; /* of the entries */
    int entry_count;
} curves;

static void free_curves(curves *own)
{
    if (!own) return;
    free(own->values);
    free(own->peaks);
    free(own->scores);
    free(own->order);
    free(own->entries);
    free(own->names);
    free(own);
}

static curves *make_curves(int count)
{
    curves *own = calloc(1, sizeof *own);
    size_t n = (size_t)count + 1;
    if (!own) return NULL;
    own->count = count;
    own->values = malloc(n * POINTS * sizeof *own->values);
    own->peaks = calloc(n, sizeof *own->peaks);
    own->scores = calloc(n, sizeof *own->scores);
    own->order = calloc(n, sizeof *own->order);
    own->entries = calloc(YD_CURVE_NAMED + 4, sizeof *own->entries);
    own->names = calloc(YD_CURVE_NAMED + 4, sizeof *own->names);
    if (own->values && own->peaks && own->scores && own->order && own->entries && own->names) return own;
    free_curves(own);
    return NULL;
}

static int peak_of(const double *values)
{
    int best = 0;
    for (int i = 1; i < POINTS; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

static double value_at(yd_curve_kind kind, const yd_metrics_result *result, size_t place)
{
    double precision = result->curve_precision[place], recall = result->curve_recall[place];
    switch (kind) {
    case YD_CURVE_P:
        return precision;
    case YD_CURVE_R:
        return recall;
    case YD_CURVE_PR:
        return result->curve_ap[place];
    case YD_CURVE_F1:
        break;
    }
    return 2 * precision * recall / (precision + recall + 1e-16);
}

static void fill(curves *own, yd_curve_kind kind, const yd_metrics_result *result)
{
    double mean[POINTS];
    for (int i = 0; i < POINTS; i++) {
        double sum = 0;
        own->x[i] = i / (double)(POINTS - 1);
        for (int c = 0; c < own->count; c++) {
            size_t place = (size_t)c * POINTS + (size_t)i;
            sum += own->values[place] = value_at(kind, result, place);
        }
        mean[i] = own->count ? sum / own->count : 0;
    }
    for (int i = 0; i < POINTS; i++) own->mean[i] = mean[i];
    if (kind != YD_CURVE_PR) yd_box_filter(mean, POINTS, POINTS / 20 + 1, own->mean);
    for (int c = 0; c < own->count; c++) {
        const double *values = own->values + (size_t)c * POINTS;
        own->peaks[c] = peak_of(values);
        own->scores[c] = kind == YD_CURVE_PR ? result->classes[c].map50 : values[own->peaks[c]];
        int place = c; /* inserted: equal scores stay in the order of classes */
        for (; place > 0 && own->scores[own->order[place - 1]] < own->scores[c]; place--)
            own->order[place] = own->order[place - 1];
        own->order[place] = c;
    }
}

/* ---- drawing ---- */

static void add_entry(curves *own, yd_stroke stroke, bool strong, const char *name)
{
    int index = own->entry_count++;
    snprintf(own->names[index], NAME, "%s", name);
    own->entries[index] = (yd_legend_entry){.name = own->names[index], .stroke = stroke, .strong = strong};
}

static void describe(const curves *own, yd_curve_kind kind, int c, const char *name, char text[NAME])
{
    if (kind == YD_CURVE_PR)
        snprintf(text, NAME, "%.3f  %.200s", own->scores[c], name);
    else
        snprintf(text, NAME, "%.2f at %.3f  %.200s", own->scores[c], own->x[own->peaks[c]], name);
}

static void draw_class(curves *own, const yd_axes *axes, yd_curve_kind kind, int c, int colour,
                       const char *name)
{
    char text[NAME];
    const yd_stroke stroke = {
        .thickness = 4, .colour = yd_palette_colour(colour), .dashed = yd_palette_repeats(colour)};
    yd_axes_line(axes, own->x, own->values + (size_t)c * POINTS, POINTS, stroke);
    describe(own, kind, c, name, text);
    add_entry(own, stroke, false, text);
}

/* Of many classes: all in grey, and on them, by name, the best and the worst. */
static void draw_extremes(curves *own, const yd_axes *axes, yd_curve_kind kind,
                          const yd_metrics_result *result, const char *const *names)
{
    char text[NAME];
    const yd_stroke grey = {.thickness = 2, .colour = {0xC6, 0xC6, 0xC6}};
    for (int c = 0; c < own->count; c++)
        yd_axes_line(axes, own->x, own->values + (size_t)c * POINTS, POINTS, grey);
    for (int k = 0; k < 2 * EXTREMES; k++) {
        int c = own->order[k < EXTREMES ? k : own->count - 2 * EXTREMES + k];
        if (k % EXTREMES == 0) add_entry(own, (yd_stroke){0}, true, k == 0 ? "best" : "worst");
        draw_class(own, axes, kind, c, k + 1, names[result->classes[c].cls]);
    }
    snprintf(text, sizeof text, "%d more classes", own->count - 2 * EXTREMES);
    add_entry(own, grey, false, text);
}

static void draw(curves *own, yd_sheet *sheet, yd_curve_kind kind, const yd_metrics_result *result,
                 const char *const *names)
{
    const yd_axes axes = {.sheet = sheet,
                          .area = panel,
                          .x_high = 1,
                          .y_high = 1,
                          .size = FONT,
                          .title = wording[kind].title,
                          .x_label = wording[kind].x,
                          .y_label = wording[kind].y};
    char text[NAME];
    int peak = peak_of(own->mean);
    const yd_stroke thick = {.thickness = 10, .colour = yd_palette_colour(0)};
    yd_axes_draw(&axes);
    if (kind == YD_CURVE_PR)
        snprintf(text, sizeof text, "%.3f  all classes, mAP@0.5", result->map50);
    else
        snprintf(text, sizeof text, "%.2f at %.3f  all classes", own->mean[peak], own->x[peak]);
    if (own->count == 0) snprintf(text, sizeof text, "no labels");
    add_entry(own, thick, true, text);
    if (own->count > YD_CURVE_NAMED)
        draw_extremes(own, &axes, kind, result, names);
    else
        for (int c = 0; own->count > 1 && c < own->count; c++)
            draw_class(own, &axes, kind, c, c + 1, names[result->classes[c].cls]);
    if (own->count) yd_axes_line(&axes, own->x, own->mean, POINTS, thick);
    if (own->count && kind != YD_CURVE_PR)
        yd_axes_dots(&axes, &own->x[peak], &own->mean[peak], 1, 14, thick.colour);
    yd_legend_draw(sheet, legend_area, FONT * 0.95, own->entries, own->entry_count);
}

yd_status yd_draw_curve(yd_curve_kind kind, const yd_metrics_result *result, const char *const *names,
                        yd_sheet **sheet, yd_error *error)
{
    *sheet = NULL;
    curves *own = make_curves(result->class_count);
    if (!own) return yd_fail(error, YD_ERR_MEMORY, "out of memory for a plot of curves");
    yd_status status = yd_sheet_create(WIDTH, HEIGHT, sheet, error);
    if (status == YD_OK) {
        fill(own, kind, result);
        draw(own, *sheet, kind, result, names);
    }
    free_curves(own);
    return status;
}

yd_status yd_plot_curve(const char *path, yd_curve_kind kind, const yd_metrics_result *result,
                        const char *const *names, yd_error *error)
{
    yd_sheet *sheet;
    yd_status status = yd_draw_curve(kind, result, names, &sheet, error);
    if (status == YD_OK) status = yd_sheet_write(sheet, path, error);
    yd_sheet_destroy(sheet);
    return status;
}
