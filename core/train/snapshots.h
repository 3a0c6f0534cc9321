/* Pictures of what the run sees: of training batches, and of what validation was shown and found. Each is
 * written three times over: as YOLOv5 writes it, boxes drawn in (RUN/train_batch0.jpg), and in RUN/pictures
 * without them, with a list of them beside (image/boxes.h), for whoever wants to look at either. The training
 * thread copies; the studio draws and writes. */
#pragma once
#include "train/run.h"

typedef struct yd_snapshots yd_snapshots;

/* MEMORY. */
yd_status yd_snapshots_open(yd_run *run, yd_error *error);
void yd_snapshots_close(yd_run *run); /* after the studio */

/* A training batch, as name (a JPEG). Where the studio is behind with too many, it is left out. */
void yd_snapshots_batch(yd_run *run, const yd_batch *batch, const char *name);
/* A batch of a validation that is under way: the first three are kept until yd_snapshots_validated. */
void yd_snapshots_validation(yd_run *run, const yd_validate_view *view);
/* The validation is over. newest: val_batchN_labels.jpg and val_batchN_pred.jpg, N to 2, show it, as YOLOv5's
 * show its last one (never where noplots is set); epoch: val_eE_b0_labels.jpg and its like keep it for this
 * epoch. Neither: it is forgotten. */
void yd_snapshots_validated(yd_run *run, bool newest, bool epoch);

/* Of a validation without a run: val_batchN_labels.jpg and val_batchN_pred.jpg of the batch just done, N to
 * 2, written into folder at once; nothing of later ones. names: [nc]. IO, MEMORY. */
yd_status yd_snapshots_write_validation(const char *folder, const yd_validate_view *view,
                                        const char *const *names, int nc, yd_error *error);
