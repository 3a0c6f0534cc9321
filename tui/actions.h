/* What each action of the key map does. */
#pragma once
#include "tui/app.h"

/* Does it, or hands it to the screen that is shown. Returns yd_request bits. */
int yd_actions_do(yd_app *app, yd_action action);
