/* Which part of a picture is seen, and in which cells. Pure. */
#pragma once
#include "tui/canvas.h"
#include <stdbool.h>

/* Zero: the whole picture, as large as there is room. */
typedef struct yd_view {
    double zoom; /* pixels of the terminal for each of the picture; 0: fits */
    double x, y; /* of the picture's middle, what is seen in the middle of the room: -0.5 to 0.5 */
} yd_view;

/* Where a picture is drawn: in cells, and pixels a cell. */
typedef struct yd_room {
    int columns, rows;
    int cell_width, cell_height;
} yd_room;

typedef struct yd_shot {
    yd_rect cells;              /* of the room, in its middle */
    double x, y, width, height; /* the part of the picture, in its pixels */
    double scale;               /* pixels of the terminal for each of the picture */
} yd_shot;

/* width, height: the picture's, at least 1. The view's middle is brought to where the picture still fills the
 * room. */
yd_shot yd_view_shot(const yd_view *view, int width, int height, const yd_room *room);

/* Nearer (steps > 0) or further away, never further than what fits nor nearer than 32 pixels for each. */
void yd_view_zoom(yd_view *view, int steps, int width, int height, const yd_room *room);
/* By so many tenths of what is seen. */
void yd_view_pan(yd_view *view, int right, int down, int width, int height, const yd_room *room);
