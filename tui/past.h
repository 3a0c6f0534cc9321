/* The view of a run that nobody publishes, out of the files that it left: what it was, how far it came, what
 * it logged. YOLOv5's own runs too, as far as they wrote such files. */
#pragma once
#include "tui/state.h"

/* Fills in state, status block and log lines; the curves are the store's affair. Never fails: what is not
 * there stays unknown. */
void yd_past_load(yd_run_view *view, const char *run_folder);
