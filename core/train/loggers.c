#include "train/loggers.h"
#include "base/log.h"
#include "io/graph_def.h"
#include "sink/journal.h"
#include "sink/tensorboard.h"
#include "train/progress.h"
#include "train/wandb_run.h"

static yd_status open_tensorboard(const yd_run *run, yd_sink *sink, yd_error *error)
{
    yd_text graph = {0};
    const bool begins = !run->resumed && !run->options.noplots;
    if (begins && yd_graph_def_put(run->model, run->image_size, &graph, error) != YD_OK)
        yd_log(YD_LOG_WARNING, "TensorBoard has no graph: %s", error->message);
    const yd_tensorboard_start start = {.class_counts = begins ? run->train_set->class_counts : NULL,
                                        .classes = run->nc,
                                        .graph = graph.length ? &graph : NULL,
                                        .step = yd_progress_step(run),
                                        .epoch = run->progress.epoch,
                                        .batches = run->batches,
                                        .row = run->progress.row,
                                        .order = run->preset.group_order == YD_GROUPS_BIAS_WEIGHT_NORM
                                                     ? YD_RESULTS_BIAS_FIRST
                                                     : YD_RESULTS_NORM_FIRST};
    yd_status status = yd_tensorboard_sink(run->folder, &start, sink, error);
    yd_text_free(&graph);
    return status;
}

yd_follower *yd_loggers_start(const yd_run *run)
{
    yd_sink sinks[3];
    int count = 0;
    yd_follower *follower = NULL;
    yd_error error;
    if (yd_journal_sink(run->folder, &sinks[count], &error) == YD_OK)
        count++;
    else
        yd_log(YD_LOG_WARNING, "train.log lacks what happens to the run: %s", error.message);
    if (open_tensorboard(run, &sinks[count], &error) == YD_OK)
        count++;
    else
        yd_log(YD_LOG_WARNING, "no TensorBoard file is written: %s", error.message);
    if (run->options.wandb && yd_wandb_open(run, &sinks[count], &error) == YD_OK)
        count++;
    else if (run->options.wandb)
        yd_log(YD_LOG_WARNING, "nothing is kept for W&B: %s", error.message);
    if (count && yd_follower_start(run->ring, sinks, count, &follower, &error) != YD_OK)
        yd_log(YD_LOG_WARNING, "nothing is logged: %s", error.message);
    return follower;
}
