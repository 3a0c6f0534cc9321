/* results.png: losses and metrics of one run, or of several on one another, epoch by epoch. */
#pragma once
#include "image/sheet.h"
#include "series/results_reader.h"

typedef struct yd_results_plot_run {
    const char *name; /* raw */
    const yd_results *results;
} yd_results_plot_run;

/* 2400 wide. Ten panels, named as the columns of results.csv; a colour a run, with a legend where there are
 * several; the epoch of the best fitness is marked. Losses of 0 were not measured and are gaps; what is not
 * finite is one too, and counted in the legend. The caller destroys the sheet. MEMORY. */
yd_status yd_draw_results(const yd_results_plot_run *runs, int count, yd_sheet **sheet, yd_error *error);
/* The same into a PNG or JPEG, by the suffix. IO, MEMORY. */
yd_status yd_plot_results(const char *path, const yd_results_plot_run *runs, int count, yd_error *error);

/* Reads FOLDER/results.csv, or results.txt where there is none, and writes FOLDER/results.png. IO, FORMAT,
 * MEMORY; DATA where there are no rows. */
yd_status yd_plot_run_results(const char *folder, yd_error *error);
/* The tables of a run's folder. Errors likewise. */
yd_status yd_read_run_results(const char *folder, yd_results *results, yd_error *error);
