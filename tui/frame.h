/* The whole picture: header, tabs, the screen, the last line and what stands over them; only the essential
 * where there is no room for more. */
#pragma once
#include "tui/app.h"

typedef struct yd_cursor {
    int x, y; /* x < 0: hidden */
} yd_cursor;

/* Draws everything; the canvas is the whole screen. Returns where the cursor stands. */
yd_cursor yd_frame_draw(yd_app *app, const yd_canvas *canvas);
