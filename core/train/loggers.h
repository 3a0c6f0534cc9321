/* What a run tells beside its results: train.log, TensorBoard, W&B. */
#pragma once
#include "sink/follower.h"
#include "train/run.h"

/* For the run as set-up has made it; until yd_follower_stop, before the ring goes. NULL, with a warning,
 * where that fails: the run needs none. */
yd_follower *yd_loggers_start(const yd_run *run);
