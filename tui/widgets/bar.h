/* A progress bar. */
#pragma once
#include "tui/canvas.h"

/* share in 0..1; as fine as the glyphs allow, and full only when share is 1. */
void yd_bar_draw(const yd_canvas *canvas, int x, int y, int width, double share);
