/* What train.log of a run holds of the time before its events that can still be read. */
#pragma once
#include "tui/state.h"

/* Puts the last lines of RUN/train.log before those that the view has; nothing where there is no such file.
 * Reads at most the last quarter of a mebibyte. To be called once, after the first events. */
void yd_train_log_read(yd_run_view *view, const char *run_folder);
