/* The checkpoints of a run: what is written when, under which names, and how a run finds back to where it
 * stood. A save is carried out by the writer thread (saver.h): last.pt with all that an exact resume needs,
 * then its second names, then the row of the epoch; the hash of the state is logged. One is under way at a
 * time. */
#pragma once
#include "train/run.h"

typedef enum yd_save_kind {
    YD_SAVE_STOP,  /* last.pt alone */
    YD_SAVE_ASKED, /* and manual-eN-bN.pt; requests.save_asker is answered when it is there */
    YD_SAVE_EPOCH /* and best.pt where it is the best, epochN.pt by the save period, the row in the results */
} yd_save_kind;

/* For the run as set-up has made it. MEMORY. */
yd_status yd_save_open(yd_run *run, yd_error *error);
void yd_save_close(yd_run *run); /* when the save under way is done */

/* Begins to save the state as it is now, where no gradient is under way; waits for an earlier save. MEMORY.
 */
yd_status yd_save_start(yd_run *run, yd_save_kind kind, bool best, yd_error *error);
/* To be called before an optimizer step: returns when the save under way has read the state. */
void yd_save_hold(yd_run *run);
/* What came of a save that is done, if one is (wait: of the one under way, when it is done): whoever asked is
 * answered. One that failed costs an error line, and the run goes on without it, for the user to mend: the
 * disk is full, say. */
void yd_save_settle(yd_run *run, bool wait);
/* Waits for the save that was started last; its result is the caller's to report. IO, MEMORY. */
yd_status yd_save_finish(yd_run *run, yd_error *error);
/* Appends whole lines to a file by the writer thread, before any save that is started later: yd_saver_append.
 */
void yd_save_append(yd_run *run, const char *path, yd_text *text);
/* The row of the last epoch, where it has no checkpoint. */
void yd_save_row(const yd_run *run);

/* What name means to an option ("--resume", "--branch"): a checkpoint, a run folder, its last part below
 * project, or "" for the newest last.pt below the current folder. checkpoint and folder (of the run: where
 * opt.yaml lies) hold 4096 bytes. CONFIG where there is nothing to resume. */
yd_status yd_resume_locate(const char *option, const char *name, const char *project, char *checkpoint,
                           char *folder, yd_error *error);
/* Reads values, average, momenta and progress back from options.weights. */
yd_status yd_resume_restore(yd_run *run, yd_error *error);
/* Puts the run folder in the state that belongs to the checkpoint at path: later rows cut, the row and
 * best.pt of its epoch there. went_back: the run was further on than this. */
yd_status yd_resume_settle(yd_run *run, const char *path, bool went_back, yd_error *error);
