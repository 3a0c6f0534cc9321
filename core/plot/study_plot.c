#include "plot/study_plot.h"
#include "base/file.h"
#include "plot/axes.h"
#include "plot/palette.h"
#include <dirent.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 2000, PANEL = 840, FONT = 26, LEGEND_LINE = 46, GAP = 40 };
static const yd_area by_size = {150, 80, 960, 720}, by_time = {1160, 80, 1970, 720};

/* A study's points, in the order of sizes. */
typedef struct points {
    int count, best; /* best: of the highest mAP, -1 where none was measured */
    double size[YD_STUDY_SIZES], time[YD_STUDY_SIZES], map[YD_STUDY_SIZES];
} points;

static points points_of(const yd_study *study)
{
    points own = {.count = study->count, .best = -1};
    for (int i = 0; i < study->count; i++) {
        own.size[i] = YD_STUDY_FIRST + i * YD_STUDY_STEP;
        own.time[i] = study->rows[i].inference_ms;
        own.map[i] = study->rows[i].map50_95;
        if (isfinite(own.map[i]) && (own.best < 0 || own.map[i] > own.map[own.best])) own.best = i;
    }
    return own;
}

static void draw_points(const yd_axes *axes, const points *own, const double *x, int index)
{
    const yd_stroke stroke = {
        .thickness = 5, .colour = yd_palette_colour(index), .dashed = yd_palette_repeats(index)};
    yd_axes_line(axes, x, own->map, own->count, stroke);
    yd_axes_dots(axes, x, own->map, own->count, 8, stroke.colour);
    if (own->best < 0) return;
    yd_axes_dots(axes, &x[own->best], &own->map[own->best], 1, 14, stroke.colour);
    yd_axes_dots(axes, &x[own->best], &own->map[own->best], 1, 7, yd_paper);
}

static void draw_panel(yd_sheet *sheet, bool time, const yd_study *studies, int count)
{
    yd_axes axes = {.sheet = sheet,
                    .area = time ? by_time : by_size,
                    .size = FONT,
                    .title = time ? "mAP@0.5:0.95 over time" : "mAP@0.5:0.95 over size",
                    .x_label = time ? "inference, ms a picture" : "size of pictures",
                    .x_low = time ? 0 : YD_STUDY_FIRST - YD_STUDY_STEP / 2.,
                    .x_high = time ? 0 : YD_STUDY_LAST + YD_STUDY_STEP / 2.};
    for (int s = 0; s < count; s++) {
        const points own = points_of(&studies[s]);
        for (int i = 0; i < own.count; i++) {
            if (isfinite(own.map[i])) axes.y_high = fmax(axes.y_high, own.map[i] * 1.05);
            if (time && isfinite(own.time[i])) axes.x_high = fmax(axes.x_high, own.time[i] * 1.05);
        }
    }
    if (!(axes.y_high > 0)) axes.y_high = 1;
    if (!(axes.x_high > 0)) axes.x_high = 1;
    yd_axes_draw(&axes);
    for (int s = 0; s < count; s++) {
        const points own = points_of(&studies[s]);
        draw_points(&axes, &own, time ? own.time : own.size, s);
    }
}

static void draw_legend(yd_sheet *sheet, const yd_study *studies, int count)
{
    for (int s = 0; s < count; s++) {
        char text[512];
        const points own = points_of(&studies[s]);
        const double top = PANEL + LEGEND_LINE * (double)s;
        if (own.best < 0)
            snprintf(text, sizeof text, "%.250s: nothing was measured", studies[s].name);
        else
            snprintf(text, sizeof text, "%.250s: best %.4g at %g pixels, %.3g ms", studies[s].name,
                     own.map[own.best], own.size[own.best], own.time[own.best]);
        const yd_legend_entry entry = {
            .name = text,
            .stroke = {.thickness = 5, .colour = yd_palette_colour(s), .dashed = yd_palette_repeats(s)}};
        yd_legend_draw(sheet, (yd_area){by_size.left, top, WIDTH - 30, top + LEGEND_LINE}, FONT, &entry, 1);
    }
}

yd_status yd_draw_studies(const yd_study *studies, int count, yd_sheet **sheet, yd_error *error)
{
    YD_TRY(yd_sheet_create(WIDTH, PANEL + LEGEND_LINE * count + GAP, sheet, error));
    draw_panel(*sheet, false, studies, count);
    draw_panel(*sheet, true, studies, count);
    draw_legend(*sheet, studies, count);
    return YD_OK;
}

yd_status yd_plot_studies(const char *path, const yd_study *studies, int count, yd_error *error)
{
    yd_sheet *sheet = NULL;
    yd_status status = yd_draw_studies(studies, count, &sheet, error);
    if (status == YD_OK) status = yd_sheet_write(sheet, path, error);
    yd_sheet_destroy(sheet);
    return status;
}

static int is_study(const struct dirent *entry)
{
    return fnmatch("study_*.txt", entry->d_name, 0) == 0;
}

/* What is no regular file, a pipe say, is passed over. */
static yd_status read_studies(const char *folder, struct dirent **entries, int count, yd_study *studies,
                              int *found, yd_error *error)
{
    char file[4096];
    *found = 0;
    for (int i = 0; i < count; i++) {
        if (!yd_path_join(file, sizeof file, folder, entries[i]->d_name))
            return yd_fail(error, YD_ERR_IO, "%s: the path is too long", folder);
        if (yd_file_exists(file)) YD_TRY(yd_study_read(file, &studies[(*found)++], error));
    }
    return *found ? YD_OK : yd_fail(error, YD_ERR_DATA, "%s: holds no study_*.txt", folder);
}

yd_status yd_plot_study_folder(const char *folder, const char *path, yd_error *error)
{
    struct dirent **entries;
    int found = 0, count = scandir(folder, &entries, is_study, alphasort);
    if (count < 0) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot be listed", folder);
    yd_study *studies = calloc((size_t)count + 1, sizeof *studies);
    yd_status status = studies ? read_studies(folder, entries, count, studies, &found, error)
                               : yd_fail(error, YD_ERR_MEMORY, "no memory to plot %d studies", count);
    if (status == YD_OK) status = yd_plot_studies(path, studies, found, error);
    for (int i = 0; i < count; i++) free(entries[i]);
    free(entries);
    free(studies);
    return status;
}
