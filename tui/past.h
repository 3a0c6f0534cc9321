/* The view of a run that nobody publishes, out of the files that it left: what it was, how far it came.
 * YOLOv5's own runs too, as far as they wrote such files. */
#pragma once
#include "tui/state.h"

/* Fills in state and status block; curves and log lines are read by others. Never fails: what is not
 * there stays unknown. */
void yd_past_load(yd_run_view *view, const char *run_folder);
