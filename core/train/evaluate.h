/* Validation as a run does it, and the end of a run. */
#pragma once
#include "train/run.h"

typedef enum yd_evaluate_why {
    YD_EVALUATE_EPOCH, /* the epoch's own: its results go into the progress */
    YD_EVALUATE_ASKED, /* asked for live: shown, and nothing else changes */
    YD_EVALUATE_BEST,  /* of best.pt, when training is done */
    YD_EVALUATE_LAST   /* of last.pt, likewise */
} yd_evaluate_why;

/* Validates the average. STOPPED where the user asked to stop at once meanwhile (not for BEST). result lives
 * until the next one. */
yd_status yd_evaluate(yd_run *run, yd_evaluate_why why, yd_validate_result *result, yd_error *error);

/* When the last epoch is done: strips last.pt and best.pt, validates best.pt where the preset says so, and
 * logs its table. */
yd_status yd_finish(yd_run *run, yd_error *error);

/* What the preset says about matching and AP, for val too. */
yd_metrics_config yd_evaluate_metrics(const yd_preset *preset, int nc, bool single_class);
yd_nms_config yd_evaluate_nms(const yd_preset *preset, double confidence, double iou, int most,
                              bool single_class);
/* The losses of a batch of validation: context is the yd_loss. */
yd_validate_loss yd_evaluate_loss;
