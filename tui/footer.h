/* The last line: the command line while one is typed, what was said last, or the keys. */
#pragma once
#include "tui/app.h"

/* canvas: the whole screen; the row: the footer's (the command line may list what Tab found in the row
 * above). Notes in the app what can be clicked. cursor: set while a line is typed. */
void yd_footer_draw(yd_app *app, const yd_canvas *canvas, int row, yd_cursor *cursor);
