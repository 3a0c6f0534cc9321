#include "plot/lr_plot.h"
#include "base/file.h"
#include "plot/axes.h"
#include "plot/palette.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 1280, HEIGHT = 960, GROUPS = 3, MOST_POINTS = 4096 };
/* The curves lie on one another most of the time: each thinner line is seen on the thicker ones. */
static const double group_thickness[GROUPS] = {2, 9, 5};
static const int drawing_order[GROUPS] = {1, 2, 0};

typedef struct lr_curves {
    int count;
    double epoch[MOST_POINTS], lr[GROUPS][MOST_POINTS];
} lr_curves;

static void sample(const yd_schedule *schedule, lr_curves *curves)
{
    int64_t total = (int64_t)schedule->epochs * schedule->batches;
    curves->count = total < MOST_POINTS ? (int)total : MOST_POINTS;
    for (int i = 0; i < curves->count; i++) {
        int64_t iteration = curves->count > 1 ? (int64_t)i * (total - 1) / (curves->count - 1) : 0;
        yd_schedule_point point;
        yd_schedule_at(schedule, (int)(iteration / schedule->batches), (int)(iteration % schedule->batches),
                       &point);
        curves->epoch[i] = (double)iteration / (double)schedule->batches;
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

static void draw_lr(yd_sheet *sheet, const yd_schedule *schedule, const lr_curves *curves)
{
    double weights = largest(curves->lr[1], curves->count), biases = largest(curves->lr[2], curves->count);
    /* The bias warm-up often starts far above all else; then it is cut, and the legend says from where it
     * comes. */
    bool cut = weights > 0 && biases > 2 * weights;
    double high = 1.08 * (cut ? weights : biases);
    const yd_axes axes = {.sheet = sheet,
                          .area = {130, 80, WIDTH - 40, HEIGHT - 160},
                          .x_high = schedule->epochs,
                          .y_high = high > 0 ? high : 1,
                          .size = 24,
                          .title = "planned learning rate",
                          .x_label = "epoch"};
    char bias_name[64];
    snprintf(bias_name, sizeof bias_name, cut ? "biases (from %.4g)" : "biases", curves->lr[2][0]);
    const char *const names[GROUPS] = {"norm weights", "weights", bias_name};
    yd_axes_draw(&axes);
    for (int k = 0; k < GROUPS; k++) {
        int g = drawing_order[k];
        const yd_stroke stroke = {.thickness = group_thickness[g], .colour = yd_palette_colour(g)};
        yd_axes_line(&axes, curves->epoch, curves->lr[g], curves->count, stroke);
        const yd_legend_entry entry = {.name = names[g], .stroke = stroke};
        double left = 130 + 360 * g;
        yd_legend_draw(sheet, (yd_area){left, HEIGHT - 70, left + 340, HEIGHT - 20}, 24, &entry, 1);
    }
}

yd_status yd_plot_lr(const char *folder, const yd_schedule *schedule, yd_error *error)
{
    char path[4096];
    yd_sheet *sheet = NULL;
    if (schedule->epochs < 1 || schedule->batches < 1 || schedule->batch_size < 1)
        return yd_fail(error, YD_ERR_INTERNAL, "no schedule to plot: %d epochs of %d batches",
                       schedule->epochs, schedule->batches);
    if (!yd_path_join(path, sizeof path, folder, "LR.png"))
        return yd_fail(error, YD_ERR_IO, "%s: the path is too long", folder);
    lr_curves *curves = calloc(1, sizeof *curves);
    if (!curves) return yd_fail(error, YD_ERR_MEMORY, "no memory to plot %s", path);
    yd_status status = yd_sheet_create(WIDTH, HEIGHT, &sheet, error);
    if (status != YD_OK) goto out;
    sample(schedule, curves);
    draw_lr(sheet, schedule, curves);
    status = yd_sheet_write(sheet, path, error);
out:
    yd_sheet_destroy(sheet);
    free(curves);
    return status;
}
