#include "train/plots.h"
#include "base/log.h"
#include "image/font_advice.h"
#include "plot/label_plots.h"
#include "plot/lr_plot.h"
#include "plot/results_plot.h"
#include "plot/validation_plots.h"
#include "train/studio.h"
#include <stdlib.h>

/* What any of these tasks needs; run's folder, names and data set stay as they are until the studio is
 * closed.
 */
typedef struct plot_task {
    yd_task task; /* first */
    const yd_run *run;
    yd_schedule schedule;
    yd_metrics_result *result;
} plot_task;

static void release(yd_task *task)
{
    plot_task *own = (plot_task *)task;
    free(own->result);
    free(own);
}

static plot_task *make(const yd_run *run, yd_status (*work)(yd_task *task, yd_error *error))
{
    plot_task *own = calloc(1, sizeof *own);
    if (own) {
        own->run = run;
        own->task = (yd_task){
            .work = work, .release = release, .epoch = run->progress.epoch, .batch = run->progress.batch};
    } else {
        yd_log(YD_LOG_WARNING, "out of memory for plots");
    }
    return own;
}

static void announce(yd_task *task, const char *name)
{
    yd_copy_text(task->names[task->name_count++], sizeof task->names[0], name);
}

/* On this thread too: looking for fonts takes its time. */
static void check_fonts(const yd_run *run)
{
    char advice[512];
    if (yd_font_advice(run->names, run->nc, advice, sizeof advice)) yd_log(YD_LOG_WARNING, "%s", advice);
}

static yd_status draw_lr(yd_task *task, yd_error *error)
{
    const plot_task *own = (plot_task *)task;
    check_fonts(own->run);
    YD_TRY(yd_plot_lr(own->run->folder, &own->schedule, error));
    announce(task, "LR.png");
    return YD_OK;
}

static yd_status draw_labels(yd_task *task, yd_error *error)
{
    const plot_task *own = (plot_task *)task;
    const yd_run *run = own->run;
    const yd_label_set labels = {run->train_set->labels, run->train_set->count, run->nc, run->names};
    YD_TRY(yd_plot_labels(run->folder, &labels, error));
    announce(task, "labels.jpg");
    YD_TRY(yd_plot_label_correlogram(run->folder, &labels, error));
    announce(task, "labels_correlogram.jpg");
    return YD_OK;
}

static yd_status draw_validation(yd_task *task, yd_error *error)
{
    const plot_task *own = (plot_task *)task;
    for (int i = 0; i < YD_VALIDATION_PLOTS; i++) {
        bool drawn;
        YD_TRY(yd_plot_validation(own->run->folder, i, own->result, own->run->names, &drawn, error));
        if (drawn) announce(task, yd_validation_plots[i]);
    }
    return YD_OK;
}

static yd_status draw_results(yd_task *task, yd_error *error)
{
    const plot_task *own = (plot_task *)task;
    YD_TRY(yd_plot_run_results(own->run->folder, error));
    announce(task, "results.png");
    return YD_OK;
}

void yd_plots_begin(yd_run *run)
{
    if (run->options.noplots || run->plots_begun) return;
    run->plots_begun = true;
    plot_task *lr = make(run, draw_lr);
    if (lr) {
        lr->schedule = run->schedule;
        yd_studio_submit(run, &lr->task);
    }
    plot_task *labels = run->resumed ? NULL : make(run, draw_labels);
    if (labels) yd_studio_submit(run, &labels->task);
}

void yd_plots_validation(yd_run *run, const yd_metrics_result *result)
{
    yd_error error;
    if (run->options.noplots) return;
    plot_task *own = make(run, draw_validation);
    if (!own) return;
    if (yd_metrics_copy_result(result, &own->result, &error) == YD_OK) {
        yd_studio_submit(run, &own->task);
    } else {
        yd_log(YD_LOG_WARNING, "%s", error.message);
        release(&own->task);
    }
}

void yd_plots_end(yd_run *run)
{
    plot_task *own = run->options.noplots ? NULL : make(run, draw_results);
    if (own) yd_studio_submit(run, &own->task);
}
