/* What W&B has to know of a run: whether it is told at all, its id, its configuration. */
#pragma once
#include "sink/sink.h"
#include "train/run.h"

/* Settles options.wandb, options.entity and wandb_id, which a resumed run may have brought along. Told of a
 * run is W&B where --wandb is given (or was, when a resumed run began), WANDB_MODE in the environment is
 * offline (or online, which here is the same), or another option that is W&B's alone is given; never with
 * --no-wandb or WANDB_MODE=disabled. */
void yd_wandb_decide(yd_run *run);
/* Makes the sink for a run that W&B is told of: RUN/wandb, or $WANDB_DIR/wandb. IO, MEMORY. */
yd_status yd_wandb_open(const yd_run *run, yd_sink *sink, yd_error *error);
/* Whether W&B wants pictures with boxes of the epoch's validation. */
bool yd_wandb_wants_boxes(const yd_run *run, int epoch);
