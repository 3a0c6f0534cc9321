/* The checkpoints of a run: what is written when, under which names, and how a run finds back to where it
 * stood. */
#pragma once
#include "train/run.h"

/* last.pt, with all that an exact resume needs. Logs the hash of the state. */
yd_status yd_save_last(yd_run *run, yd_error *error);
/* The second name of what yd_save_last has just written: manual-eN-bN.pt, into name. */
yd_status yd_save_manual_name(yd_run *run, char *name, size_t capacity, yd_error *error);
/* After epoch: last.pt, then its second names best.pt (where it is the best) and epochN.pt (by the save
 * period). */
yd_status yd_save_epoch(yd_run *run, int epoch, bool best, yd_error *error);

/* What --resume means: a checkpoint, a run folder, its last part below project, or "" for the newest last.pt
 * below the current folder. checkpoint and folder (of the run: where opt.yaml lies) hold 4096 bytes. CONFIG
 * where there is nothing to resume. */
yd_status yd_resume_locate(const char *resume, const char *project, char *checkpoint, char *folder,
                           yd_error *error);
/* Reads values, average, momenta and progress back from options.weights. */
yd_status yd_resume_restore(yd_run *run, yd_error *error);
/* Puts the run folder in the state that belongs to the checkpoint: later rows cut, the row and best.pt of its
 * epoch there. */
yd_status yd_resume_settle(yd_run *run, yd_error *error);
