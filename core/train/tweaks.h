/* Values that change while the run lives (event/tweaks.def): decided by commands at batch boundaries, kept in
 * the ledger (series/ledger.h) with the first batch that each affects, and in force from that batch on, here
 * and in every run that is resumed or branched. What a batch is computed with is a function of the ledger and
 * of where the run stands, so that a run that was cut and resumed, with more or fewer batches loaded ahead,
 * repeats it. */
#pragma once
#include "train/run.h"

/* What options and hyperparameters say. After data and model are known; the ledger is empty. */
void yd_tweaks_start(yd_run *run);
void yd_tweaks_free(yd_run *run);

/* SET: «NAME VALUE» is checked, decided, written down and answered. */
void yd_tweaks_command(yd_run *run, yd_command *command);
/* Brings into force what holds where the run stands now, and shows it. Before a batch, and whenever the end
 * of an epoch decides something. */
void yd_tweaks_settle(yd_run *run);
/* The schedule of the batch that comes next: it stays what it was for that batch until the next one begins,
 * for the row of an epoch tells it. */
void yd_tweaks_schedule(yd_run *run);

/* What the loader has to know before its first batch: its options' augment is that of the hyperparameters.
 * MEMORY. */
yd_status yd_tweaks_loader(const yd_run *run, yd_loader_options *options, yd_error *error);

/* Into a checkpoint, and back: where others is true also what the run's own ledger file holds of the time
 * after the checkpoint (--resume of last.pt); else that has not happened. FORMAT where state is damaged, IO,
 * MEMORY. */
void yd_tweaks_put(const yd_run *run, yd_resume_state *state);
yd_status yd_tweaks_get(yd_run *run, const yd_resume_state *state, bool others, yd_error *error);
/* A branch: what was decided for its parent up to the checkpoint holds on, but for values that are given: of
 * those the options and hyperparameters count. FORMAT, MEMORY. */
yd_status yd_tweaks_inherit(yd_run *run, const yd_resume_state *state, const bool given[YD_TWEAK_COUNT],
                            yd_error *error);
/* Says in the run's ledger that the run went back to an older checkpoint. */
void yd_tweaks_went_back(yd_run *run);
/* What is given by hand beside --resume is a change like any other: remembered before opt.yaml is read, taken
 * once the folder is the run's. */
void yd_tweaks_ask_options(yd_run *run);
void yd_tweaks_take_options(yd_run *run);
