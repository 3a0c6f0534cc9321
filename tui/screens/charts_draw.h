/* The picture of the Charts screen. */
#pragma once
#include "tui/screens/charts_state.h"

void yd_charts_draw(const yd_screen_context *context, const yd_canvas *canvas);
