#include "tui/picture/view.h"
#include <math.h>

static const double nearest = 32, step = 1.4142135623730951;

static double fitting_scale(int width, int height, const yd_room *room)
{
    return fmin((double)room->columns * room->cell_width / width,
                (double)room->rows * room->cell_height / height);
}

/* One axis: how much of `size` pixels is seen in `room` of them, and from where on. */
static double part(double size, double room, double scale, double middle, double *begin)
{
    double seen = fmin(size, room / scale);
    *begin = fmin(fmax(size * (0.5 + middle) - seen / 2, 0), size - seen);
    return seen;
}

static int cells_of(double pixels, int cell, int most)
{
    double count = floor(pixels / cell + 0.5);
    return count < 1 ? 1 : count > most ? most : (int)count;
}

yd_shot yd_view_shot(const yd_view *view, int width, int height, const yd_room *room)
{
    yd_shot shot = {.scale = view->zoom > 0 ? view->zoom : fitting_scale(width, height, room)};
    shot.width = part(width, (double)room->columns * room->cell_width, shot.scale, view->x, &shot.x);
    shot.height = part(height, (double)room->rows * room->cell_height, shot.scale, view->y, &shot.y);
    shot.cells.width = cells_of(shot.width * shot.scale, room->cell_width, room->columns);
    shot.cells.height = cells_of(shot.height * shot.scale, room->cell_height, room->rows);
    shot.cells.x = (room->columns - shot.cells.width) / 2;
    shot.cells.y = (room->rows - shot.cells.height) / 2;
    return shot;
}

/* The middle as it is really shown. */
static void settle(yd_view *view, int width, int height, const yd_room *room)
{
    yd_shot shot = yd_view_shot(view, width, height, room);
    view->x = (shot.x + shot.width / 2) / width - 0.5;
    view->y = (shot.y + shot.height / 2) / height - 0.5;
}

void yd_view_zoom(yd_view *view, int steps, int width, int height, const yd_room *room)
{
    double fits = fitting_scale(width, height, room), now = view->zoom > 0 ? view->zoom : fits;
    double zoom = fmin(now * pow(step, steps), fmax(nearest, fits));
    if (zoom <= fits * 1.001)
        *view = (yd_view){0};
    else
        view->zoom = zoom;
    settle(view, width, height, room);
}

void yd_view_pan(yd_view *view, int right, int down, int width, int height, const yd_room *room)
{
    yd_shot shot = yd_view_shot(view, width, height, room);
    view->x += shot.width / width * right / 10;
    view->y += shot.height / height * down / 10;
    settle(view, width, height, room);
}
