/* Before a run begins: whether the model's anchors fit the labels of its data set, and new ones where they do
 * not. (data_and_metrics.md, 20) */
#pragma once
#include "train/run.h"

/* Looks at the anchors of run->model against run->train_set, says how they fit, and replaces them in the
 * model and in run->values where others fit better. Nothing happens with --noautoanchor. */
yd_status yd_autoanchor_fit(yd_run *run, yd_error *error);
