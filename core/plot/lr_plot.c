#include "plot/lr_plot.h"
#include "base/file.h"
#include "plot/axes.h"
#include "plot/palette.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 1280, HEIGHT = 960, GROUPS = 3, MOST_POINTS = 4096, FONT = 22 };
/* The curves lie on one another most of the time: each thinner line is seen on the thicker ones. */
static const double group_thickness[GROUPS] = {2, 9, 5};
static const int drawing_order[GROUPS] = {1, 2, 0};

typedef struct lr_curves {
    int count;
    double x[MOST_POINTS], lr[GROUPS][MOST_POINTS];
} lr_curves;

/* Of the first iterations; x is scaled by unit, which is an iteration or an epoch. */
static void sample(const yd_schedule *schedule, int64_t iterations, double unit, lr_curves *curves)
{
    curves->count = iterations < MOST_POINTS ? (int)iterations : MOST_POINTS;
    for (int i = 0; i < curves->count; i++) {
        int64_t iteration = curves->count > 1 ? (int64_t)i * (iterations - 1) / (curves->count - 1) : 0;
        yd_schedule_point point;
        yd_schedule_at(schedule, (int)(iteration / schedule->batches), (int)(iteration % schedule->batches),
                       &point);
        curves->x[i] = (double)iteration / unit;
        for (int g = 0; g < GROUPS; g++) curves->lr[g][i] = point.lr[g];
    }
}

static double largest(const double *values, int count)
{
    double most = 0;
    for (int i = 0; i < count; i++)
        if (values[i] > most) most = values[i];
    return most;
}

static void draw_curves(const yd_axes *axes, const lr_curves *curves)
{
    yd_axes_draw(axes);
    for (int k = 0; k < GROUPS; k++) {
        int g = drawing_order[k];
        yd_axes_line(axes, curves->x, curves->lr[g], curves->count,
                     (yd_stroke){.thickness = group_thickness[g], .colour = yd_palette_colour(g)});
    }
}

/* The bias warm-up often starts far above all else; there it is cut, and the warm-up's own panel has it
 * whole.
 */
static void draw_run(yd_sheet *sheet, const yd_schedule *schedule, double bottom, const lr_curves *curves)
{
    double weights = largest(curves->lr[1], curves->count), biases = largest(curves->lr[2], curves->count);
    double high = 1.08 * (weights > 0 && biases > 2 * weights ? weights : biases);
    const yd_axes axes = {.sheet = sheet,
                          .area = {150, 70, WIDTH - 40, bottom},
                          .x_high = schedule->epochs,
                          .y_high = high > 0 ? high : 1,
                          .size = FONT,
                          .title = "planned learning rate",
                          .x_label = "epoch"};
    draw_curves(&axes, curves);
}

static void draw_warmup(yd_sheet *sheet, int64_t iterations, const lr_curves *curves)
{
    double high = 0;
    for (int g = 0; g < GROUPS; g++) high = fmax(high, 1.08 * largest(curves->lr[g], curves->count));
    const yd_axes axes = {.sheet = sheet,
                          .area = {150, 570, WIDTH - 40, HEIGHT - 150},
                          .x_high = fmax((double)iterations - 1, 1),
                          .y_high = high > 0 ? high : 1,
                          .size = FONT,
                          .x_whole = true,
                          .title = "its warm-up",
                          .x_label = "iteration"};
    draw_curves(&axes, curves);
}

static void draw_legend(yd_sheet *sheet, const yd_schedule *schedule)
{
    char bias_name[64];
    yd_schedule_point first;
    yd_schedule_at(schedule, 0, 0, &first);
    snprintf(bias_name, sizeof bias_name, "biases, from %.4g", first.lr[2]);
    const char *const names[GROUPS] = {"norm weights", "weights", bias_name};
    for (int g = 0; g < GROUPS; g++) {
        const yd_legend_entry entry = {
            .name = names[g], .stroke = {.thickness = group_thickness[g], .colour = yd_palette_colour(g)}};
        double left = 150 + 360 * g;
        yd_legend_draw(sheet, (yd_area){left, HEIGHT - 60, left + 340, HEIGHT - 10}, FONT, &entry, 1);
    }
}

yd_status yd_draw_lr(const yd_schedule *schedule, yd_sheet **sheet, yd_error *error)
{
    *sheet = NULL;
    if (schedule->epochs < 1 || schedule->batches < 1 || schedule->batch_size < 1)
        return yd_fail(error, YD_ERR_INTERNAL, "no schedule to plot: %d epochs of %d batches",
                       schedule->epochs, schedule->batches);
    lr_curves *curves = calloc(1, sizeof *curves);
    if (!curves) return yd_fail(error, YD_ERR_MEMORY, "no memory to plot the learning rate");
    yd_status status = yd_sheet_create(WIDTH, HEIGHT, sheet, error);
    int64_t all = (int64_t)schedule->epochs * schedule->batches,
            warmup = schedule->warmup + 2 < all ? (int64_t)schedule->warmup + 2 : all;
    bool warms = schedule->warmup > 0;
    if (status == YD_OK) {
        sample(schedule, all, schedule->batches, curves);
        draw_run(*sheet, schedule, warms ? 440 : HEIGHT - 150, curves);
        if (warms) {
            sample(schedule, warmup, 1, curves);
            draw_warmup(*sheet, warmup, curves);
        }
        draw_legend(*sheet, schedule);
    }
    free(curves);
    return status;
}

yd_status yd_plot_lr(const char *folder, const yd_schedule *schedule, yd_error *error)
{
    char path[4096];
    yd_sheet *sheet;
    if (!yd_path_join(path, sizeof path, folder, "LR.png"))
        return yd_fail(error, YD_ERR_IO, "%s: the path is too long", folder);
    yd_status status = yd_draw_lr(schedule, &sheet, error);
    if (status == YD_OK) status = yd_sheet_write(sheet, path, error);
    yd_sheet_destroy(sheet);
    return status;
}
