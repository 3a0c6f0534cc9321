#include "tui/gallery.h"

enum { WIDTH = 24, GAP = 2, CAPTION = 1, LEAST_WIDTH = 8 };

static int at_least_one(int value)
{
    return value > 0 ? value : 1;
}

/* So many side by side. Pictures are wider than high, most of the time. A little lower rather than a row
 * fewer. */
static yd_gallery with_columns(int width, int height, int columns, int cell_width, int cell_height)
{
    yd_gallery gallery = {.columns = at_least_one(columns)};
    gallery.step_x = at_least_one(width / gallery.columns);
    gallery.width = at_least_one(gallery.step_x - GAP < LEAST_WIDTH ? gallery.step_x : gallery.step_x - GAP);
    int ideal = at_least_one(gallery.width * cell_width * 3 / (4 * cell_height)), gap = ideal > 3;
    int step = ideal + CAPTION + gap;
    gallery.rows = at_least_one((height + gap + step / 3) / step);
    int room = (height + gap) / gallery.rows - CAPTION - gap;
    gallery.height = at_least_one(ideal < room ? ideal : room);
    gallery.step_y = gallery.height + CAPTION + gap;
    return gallery;
}

yd_gallery yd_gallery_layout(int width, int height, int count, int cell_width, int cell_height)
{
    int most = at_least_one((width + GAP) / (WIDTH + GAP));
    for (int columns = 1; columns < most; columns++) {
        yd_gallery gallery = with_columns(width, height, columns, cell_width, cell_height);
        if (gallery.columns * gallery.rows >= count) return gallery;
    }
    return with_columns(width, height, most, cell_width, cell_height);
}

int yd_gallery_scroll(const yd_gallery *gallery, int top, int chosen)
{
    int row = chosen / gallery->columns;
    if (row < top) top = row;
    if (row >= top + gallery->rows) top = row - gallery->rows + 1;
    return top > 0 ? top : 0;
}

yd_rect yd_gallery_place(const yd_gallery *gallery, int index)
{
    return (yd_rect){index % gallery->columns * gallery->step_x, index / gallery->columns * gallery->step_y,
                     gallery->width, gallery->height};
}

int yd_gallery_hit(const yd_gallery *gallery, int x, int y)
{
    int column = x / gallery->step_x, row = y / gallery->step_y;
    if (x < 0 || y < 0 || column >= gallery->columns || row >= gallery->rows) return -1;
    return row * gallery->columns + column;
}
