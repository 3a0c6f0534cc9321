/* A screen is one constant record of functions; screens.c lists them. A new one is its file and a row there.
 */
#pragma once
#include "tui/canvas.h"
#include "tui/keymap.h"
#include "tui/state.h"

typedef struct yd_screen_context {
    const yd_run_view *view;
    void *memory; /* the screen's own, zeroed at the start, of the size that it asked for */
    int64_t now_ns, wall_ns;
} yd_screen_context;

typedef struct yd_screen {
    int key; /* that brings it up */
    const char *name;
    yd_binding_place place; /* its own bindings in keymap.def */
    int max_fps;
    size_t memory;
    /* Into a canvas of at least YD_LAYOUT_WIDTH across and some rows. */
    void (*draw)(const yd_screen_context *context, const yd_canvas *canvas);
    /* Acts on one of its own actions; NULL where it has none. */
    void (*act)(const yd_screen_context *context, yd_action action);
} yd_screen;

extern const yd_screen yd_screen_dash;
extern const yd_screen yd_screen_log;
enum { YD_SCREENS = 2 };
extern const yd_screen *const yd_screens[YD_SCREENS];
