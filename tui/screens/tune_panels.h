/* The parts of Tune beside its list: the planned learning rate as it is and as it would be, and what was
 * changed so far. */
#pragma once
#include "series/ledger.h"
#include "tui/canvas.h"
#include "tui/state.h"

/* The plan of the weights' rate over all epochs: what was used, what is planned now (faint), and what would
 * be planned with `then`, a copy of the block with the value changed. */
void yd_tune_draw_plan(const yd_run_view *view, const yd_status_block *then, const yd_canvas *canvas);
/* A line a change, newest first. */
void yd_tune_draw_history(const yd_ledger *ledger, int batches, const yd_canvas *canvas);
