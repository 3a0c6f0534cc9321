/* The learning rates of the three groups over the whole run: what was used as a line, what is planned as
 * dots. */
#pragma once
#include "tui/canvas.h"
#include "tui/state.h"

/* Where the plan is not known yet, the values of now alone. */
void yd_lr_panel_draw(const yd_run_view *view, const yd_canvas *canvas);
