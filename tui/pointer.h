/* What a click, a drag or the wheel means where it falls: a tab, a key of the last line, a row of a menu, or
 * the screen's own affair. */
#pragma once
#include "tui/app.h"

/* Returns yd_request bits. */
int yd_pointer_take(yd_app *app, const yd_mouse *mouse);
