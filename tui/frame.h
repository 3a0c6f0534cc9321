/* The whole picture: header, tabs, the screen, the last line and what stands over them; only the essential
 * where there is no room for more. */
#pragma once
#include "tui/app.h"

/* Draws everything; the canvas is the whole screen. Returns where the cursor stands. */
yd_cursor yd_frame_draw(yd_app *app, const yd_canvas *canvas);
