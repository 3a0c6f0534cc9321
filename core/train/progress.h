/* Where a run stands, in numbers, into a checkpoint and back. */
#pragma once
#include "train/run.h"

/* Batches from the beginning of the run to the next one. */
int64_t yd_progress_step(const yd_run *run);

/* Memory that runs out is remembered by state. */
void yd_progress_put(const yd_run *run, yd_resume_state *state);
/* Fills run->progress, the balance of the loss and what was changed live: others as yd_tweaks_get has it.
 * path is for messages. FORMAT where state is damaged, DATA where the data set is no longer the one it was;
 * warns where the run cannot go on bitwise the same. */
yd_status yd_progress_get(yd_run *run, const yd_resume_state *state, const char *path, bool others,
                          yd_error *error);
/* How many steps Adam has taken, of a file of Adam's; nothing with SGD. FORMAT. */
yd_status yd_progress_get_steps(yd_run *run, const yd_resume_state *state, yd_error *error);
