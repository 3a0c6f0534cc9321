/* What is said of a run first: where it stands, and how far it has come. */
#pragma once
#include "tui/state.h"
#include "tui/theme.h"

/* "12/100"; "12" where it is not known of how many, "-/-" where nothing is. All return out. */
const char *yd_heading_epoch(char *out, size_t capacity, const yd_run_view *view);
/* "TRAIN", "STALLED 20 s". */
const char *yd_heading_state(char *out, size_t capacity, const yd_run_view *view);
yd_style yd_heading_style(const yd_run_view *view);
/* Seconds that the run goes on; NAN: not known, or it has ended. */
double yd_heading_eta(const yd_run_view *view);
