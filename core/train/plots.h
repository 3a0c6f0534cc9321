/* Plots of a run, under YOLOv5's names, drawn by the studio; none where noplots is set. */
#pragma once
#include "train/run.h"

/* With the first batch of a session: LR.png; of a run that is not resumed, labels.jpg and
 * labels_correlogram.jpg too. */
void yd_plots_begin(yd_run *run);
/* Of a validation, which is copied: F1_curve.png, P_curve.png, R_curve.png, PR_curve.png,
 * confusion_matrix.png. */
void yd_plots_validation(yd_run *run, const yd_metrics_result *result);
/* When the run ends and all rows are written: results.png. */
void yd_plots_end(yd_run *run);
