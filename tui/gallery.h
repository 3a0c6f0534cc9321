/* Where small pictures stand beside and below each other: a pure function of the room, their number, and of a
 * cell's shape. */
#pragma once
#include "tui/canvas.h"

typedef struct yd_gallery {
    int columns, rows; /* of pictures; at least one each */
    int width, height; /* cells of a picture, at least one each; its caption stands below */
    int step_x, step_y;
} yd_gallery;

/* For count pictures: as large as they may be where all of them are seen, but no smaller than those of a long
 * list, which is scrolled. */
yd_gallery yd_gallery_layout(int width, int height, int count, int cell_width, int cell_height);
/* The row to begin with, so that the chosen picture is seen: as it is, where it is. */
int yd_gallery_scroll(const yd_gallery *gallery, int top, int chosen);
/* The place of the index-th picture after those above, its caption's row not counted. */
yd_rect yd_gallery_place(const yd_gallery *gallery, int index);
/* Which picture's place (caption included) a cell belongs to; -1: none's. */
int yd_gallery_hit(const yd_gallery *gallery, int x, int y);
