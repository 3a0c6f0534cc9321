/* yolodeck plot RUN...: draws the plots of a run's folder anew, or several runs on one another. */
#include "base/file.h"
#include "base/log.h"
#include "cli/cli.h"
#include "config/run_folder.h"
#include "event/registry.h"
#include "image/font_advice.h"
#include "plot/confusion_plot.h"
#include "plot/evolve_plot.h"
#include "plot/results_plot.h"
#include "plot/study_plot.h"
#include "series/class_file.h"
#include "train/class_line.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char overlay_name[] = "results_overlay.png";

static void tell(const char *path)
{
    char shown[YD_PATH_MAX];
    puts(yd_escape(shown, sizeof shown, path));
}

static yd_status draw_results(const char *folder, const char *path, yd_error *error)
{
    yd_results results;
    YD_TRY(yd_read_run_results(folder, &results, error));
    const yd_results_plot_run run = {.name = yd_path_name(folder), .results = &results};
    yd_status status = yd_plot_results(path, &run, 1, error);
    yd_results_free(&results);
    return status;
}

static yd_status draw_matrix(const yd_class_report *report, const char *path, yd_error *error)
{
    size_t side = (size_t)report->class_count + 1;
    if (!report->has_confusion || report->class_count > YD_CONFUSION_CLASSES)
        return yd_fail(error, YD_ERR_DATA, "%s: there are more classes than a confusion matrix is kept for",
                       path);
    char advice[512];
    if (yd_font_advice(report->names, report->class_count, advice, sizeof advice))
        yd_log(YD_LOG_WARNING, "%s", advice);
    double *counts = calloc(side * side, sizeof *counts);
    if (!counts) return yd_fail(error, YD_ERR_MEMORY, "out of memory to plot %s", path);
    for (int i = 0; i < report->entry_count; i++) {
        const yd_confusion_entry *entry = &report->entries[i];
        counts[(size_t)entry->predicted * side + (size_t)entry->truth] = entry->count;
    }
    yd_status status = yd_plot_confusion(path, counts, report->class_count, report->names, error);
    free(counts);
    return status;
}

/* Of the newest validation in classes.jsonl. */
static yd_status draw_confusion(const char *folder, const char *path, yd_error *error)
{
    char source[YD_PATH_MAX];
    yd_class_report report;
    bool more = true;
    if (!yd_path_join(source, sizeof source, folder, "classes.jsonl"))
        return yd_fail(error, YD_ERR_IO, "%s: the path is too long", folder);
    yd_class_file *file = yd_class_file_create(source);
    if (!file) return yd_fail(error, YD_ERR_MEMORY, "out of memory to read %s", source);
    while (more) yd_class_file_refresh(file, &more);
    int count = yd_class_file_count(file);
    yd_status status = count ? yd_class_file_load(file, count - 1, &report, error)
                             : yd_fail(error, YD_ERR_DATA, "%s: holds no validation", source);
    if (status == YD_OK) {
        status = draw_matrix(&report, path, error);
        yd_class_report_free(&report);
    }
    yd_class_file_destroy(file);
    return status;
}

static yd_status draw_evolution(const char *folder, const char *path, yd_error *error)
{
    yd_evolution evolution = YD_EVOLUTION;
    yd_status status = yd_evolution_read(&evolution, folder, error);
    if (status == YD_OK) status = yd_plot_evolution(path, &evolution, error);
    yd_evolution_free(&evolution);
    return status;
}

/* Plots that a folder's files are enough for; DATA: they are not there. */
static const struct {
    const char *name;
    yd_status (*draw)(const char *folder, const char *path, yd_error *error);
} plots[] = {{"results.png", draw_results},
             {"confusion_matrix.png", draw_confusion},
             {"evolve.png", draw_evolution},
             {"study.png", yd_plot_study_folder}};
enum { PLOTS = sizeof plots / sizeof *plots };

static yd_status plot_one(const char *folder, yd_error *error)
{
    yd_error first = {.status = YD_OK};
    int drawn = 0;
    for (int i = 0; i < PLOTS; i++) {
        char path[YD_PATH_MAX];
        if (!yd_path_join(path, sizeof path, folder, plots[i].name))
            return yd_fail(error, YD_ERR_IO, "%s: the path is too long", folder);
        yd_status status = plots[i].draw(folder, path, error);
        if (status != YD_OK && status != YD_ERR_DATA) return status;
        if (status != YD_OK && first.status == YD_OK) first = *error;
        if (status != YD_OK) continue;
        tell(path);
        drawn++;
    }
    if (drawn) return YD_OK;
    *error = first;
    return error->status;
}

/* path: of the picture. The names of runs that share one are told apart by their folders. */
static yd_status plot_several(char (*folders)[YD_PATH_MAX], int count, const char *path, yd_error *error)
{
    yd_status status = YD_OK;
    yd_results *all = calloc((size_t)count, sizeof *all);
    yd_results_plot_run *runs = calloc((size_t)count, sizeof *runs);
    if (!all || !runs) status = yd_fail(error, YD_ERR_MEMORY, "out of memory to plot %d runs", count);
    for (int i = 0; i < count && status == YD_OK; i++) {
        runs[i] = (yd_results_plot_run){.name = yd_path_name(folders[i]), .results = &all[i]};
        for (int k = 0; k < count; k++)
            if (k != i && strcmp(yd_path_name(folders[k]), runs[i].name) == 0) runs[i].name = folders[i];
        status = yd_read_run_results(folders[i], &all[i], error);
    }
    if (status == YD_OK) status = yd_plot_results(path, runs, count, error);
    if (status == YD_OK) tell(path);
    for (int i = 0; all && i < count; i++) yd_results_free(&all[i]);
    free(all);
    free(runs);
    return status;
}

static yd_status plot(const yd_options *options, yd_arena *arena, yd_error *error)
{
    int count = options->word_count;
    char(*folders)[YD_PATH_MAX] = yd_arena_alloc(arena, (size_t)count, sizeof *folders);
    if (!folders) return yd_fail(error, YD_ERR_MEMORY, "out of memory to plot %d runs", count);
    for (int i = 0; i < count; i++)
        YD_TRY(yd_run_find(options->words[i], folders[i], (int)sizeof *folders, error));
    bool named = options->plot_file[0] != 0;
    if (count == 1 && !named) return plot_one(folders[0], error);
    return plot_several(folders, count, named ? options->plot_file : overlay_name, error);
}

int yd_cli_plot(const yd_cli *cli, int argc, char **argv)
{
    (void)cli;
    yd_arena *arena = yd_arena_create(0);
    yd_options options;
    yd_error error;
    int status;
    if (yd_cli_options(YD_FOR_PLOT, argc, argv, arena, &options, &status))
        status = plot(&options, arena, &error) == YD_OK ? 0 : yd_cli_fail(&error);
    yd_arena_destroy(arena);
    return status;
}
