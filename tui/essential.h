/* What is shown where screens have no room: the run in as many rows as there are, down to one line. */
#pragma once
#include "tui/app.h"

/* canvas: the whole screen. cursor: set while a line is typed. */
void yd_essential_draw(yd_app *app, const yd_canvas *canvas, yd_cursor *cursor);
