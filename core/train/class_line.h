/* The line that a validation leaves in RUN/classes.jsonl. */
#pragma once
#include "series/class_report.h"
#include "train/run.h"

/* Classes up to which the confusion matrix is kept: it grows with their square, 34 MB here. */
enum { YD_CONFUSION_CLASSES = 2048 };

/* Hands the line to the writer thread. head: where the run stood; result: what was found there. */
void yd_class_line_write(yd_run *run, yd_class_head head, const yd_metrics_result *result);
/* Cuts the lines of what is validated again when the run goes on at epoch and step (-1: all of them). IO,
 * MEMORY. */
yd_status yd_class_line_trim(const yd_run *run, int epoch, int64_t step, yd_error *error);
