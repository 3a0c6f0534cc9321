/* --branch: a new run from a checkpoint of another one, with its options and hyperparameters but those that
 * are given.
 *
 * From a checkpoint that a run can be resumed from, the branch goes on where it stands: epoch, batch,
 * weights, momenta, average, and what had been changed live; only the best epoch, the patience and the
 * results begin anew. From one without such a state (stripped, or YOLOv5's own) it starts as with --weights,
 * at epoch 0. */
#pragma once
#include "train/run.h"

/* The checkpoint that --branch means, into options.weights, and the parent's options. USAGE, CONFIG. */
yd_status yd_branch_find(yd_run *run, yd_error *error);
/* Decides whether the checkpoint's state is taken: it has one, and as many classes. */
void yd_branch_judge(yd_run *run, const yd_weights *weights);
/* The rest of yd_progress_get. CONFIG where no epoch is left. */
yd_status yd_branch_progress(yd_run *run, const yd_resume_state *state, yd_error *error);
