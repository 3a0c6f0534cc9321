/* The menu of how to end a run, each way with what it costs. */
#pragma once
#include "tui/canvas.h"
#include "tui/state.h"

enum { YD_STOP_CHOICES = 3 };

/* The argument of the stop command, and how the choice is called. */
const char *yd_stop_menu_argument(int choice);
const char *yd_stop_menu_name(int choice);
/* Returns where the choices stand on the canvas, one a row; the cursor stands on the chosen one where it is
 * seen. */
yd_rect yd_stop_menu_draw(const yd_run_view *view, int chosen, const yd_canvas *canvas, yd_cursor *cursor);
