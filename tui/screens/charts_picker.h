/* The list from which a panel's scalars are chosen: all that the shown runs have, narrowed down by typing. */
#pragma once
#include "tui/screens/charts_state.h"

/* adding: what is chosen is laid over what the panel shows, or taken away. */
void yd_charts_picker_open(charts_memory *own, bool adding);
/* Every key is the list's while it is open. */
void yd_charts_picker_key(const yd_screen_context *context, int key);
void yd_charts_picker_draw(const yd_screen_context *context, const chart_runs *runs, const yd_canvas *canvas);
