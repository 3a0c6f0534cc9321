#include "train/loggers.h"
#include "base/log.h"
#include "sink/tensorboard.h"
#include "train/progress.h"

yd_follower *yd_loggers_start(const yd_run *run)
{
    yd_sink sink;
    yd_follower *follower = NULL;
    yd_error error;
    const yd_tensorboard_start start = {.step = yd_progress_step(run),
                                        .epoch = run->progress.epoch,
                                        .batches = run->batches,
                                        .row = run->progress.row,
                                        .order = run->preset.group_order == YD_GROUPS_BIAS_WEIGHT_NORM
                                                     ? YD_RESULTS_BIAS_FIRST
                                                     : YD_RESULTS_NORM_FIRST};
    yd_status status = yd_tensorboard_sink(run->folder, &start, &sink, &error);
    if (status == YD_OK) status = yd_follower_start(run->ring, &sink, 1, &follower, &error);
    if (status != YD_OK) yd_log(YD_LOG_WARNING, "no TensorBoard file is written: %s", error.message);
    return follower;
}
