/* The edges of a panel, and boxes that stand over a screen. */
#pragma once
#include "tui/layout.h"

/* Draws a panel's edges and title; returns what they leave. */
yd_canvas yd_panel_draw(const yd_canvas *canvas, const yd_panel_place *place, const char *title);
/* A box of so many cells within, in the middle of the canvas and cut to it; returns what its edges leave,
 * blank. */
yd_canvas yd_box_draw(const yd_canvas *canvas, int width, int height, const char *title);
