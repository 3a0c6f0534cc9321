/* Cells made into the bytes that bring a terminal from the last picture to the next. The only file that knows
 * curses, which draws into memory here: what it would have written is handed to the caller. One surface at a
 * time (curses has one screen). */
#pragma once
#include "base/error.h"
#include "tui/canvas.h"
#include "tui/theme.h"

typedef struct yd_surface yd_surface;

typedef struct yd_bytes {
    const char *data; /* the surface's, until its next call */
    size_t length;
} yd_bytes;

/* type: the name of a terminal for terminfo. colour: whether to use colours where there are any. UNSUPPORTED
 * where the type is not known or cannot address its cursor. */
yd_status yd_surface_create(const char *type, bool colour, yd_surface **surface, yd_error *error);
void yd_surface_destroy(yd_surface *surface);
/* How styles look from the next picture on, which draws every cell. */
void yd_surface_set_theme(yd_surface *surface, const yd_theme *theme);
/* Colours that it draws with, as yd_theme_number has them; 0: none. */
int yd_surface_colours(const yd_surface *surface);
/* What enters the picture's screen and what leaves it again. */
yd_bytes yd_surface_enter(yd_surface *surface);
yd_bytes yd_surface_leave(yd_surface *surface);
/* What would leave it from any picture, for a crash handler. To be called before anything else: what the
 * rehearsal enters is dropped. */
yd_bytes yd_surface_rehearse(yd_surface *surface);
void yd_surface_resize(yd_surface *surface, int width, int height);
/* The next picture draws every cell. */
void yd_surface_forget(yd_surface *surface);
/* No bytes where nothing has changed. The cursor is shown at (cursor_x, cursor_y), or hidden where cursor_x <
 * 0. */
yd_bytes yd_surface_draw(yd_surface *surface, const yd_canvas *canvas, int cursor_x, int cursor_y);
