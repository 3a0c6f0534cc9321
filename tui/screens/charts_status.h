/* What the Charts screen says in its last rows: where the cursor stands and the values there, what is shown,
 * which runs. */
#pragma once
#include "base/text.h"
#include "tui/screens/charts_state.h"

/* The values of a run in the column of cells where x lies; where there are none, the value before it: then
 * count is 0. */
yd_series_column yd_charts_value_at(const chart_run *run, const chart_curve *curve, const yd_plot *plot,
                                    double x);
void yd_charts_status_draw(const yd_screen_context *context, const chart_runs *runs, const yd_canvas *canvas);
/* The values at the cursor in full, for the clipboard: a line a curve. False where there is no cursor. */
bool yd_charts_status_text(const yd_screen_context *context, const chart_runs *runs, yd_text *text);
