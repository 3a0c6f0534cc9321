/* A screen is one constant record of functions, listed in screens.def. A new one is its file and a row there.
 * Every function but draw may be NULL. All run on the UI thread and must not wait for anything; what takes
 * longer than a frame belongs on a thread of its own, which ends with yd_services_wake. */
#pragma once
#include "tui/canvas.h"
#include "tui/compare.h"
#include "tui/keymap.h"
#include "tui/services.h"
#include "tui/state.h"

typedef struct yd_screen_context {
    const yd_run_view *view;
    void *memory; /* the screen's own, zeroed at the start, of the size that it asked for */
    yd_services *services;
    yd_compare *compare;  /* the runs laid over this one */
    const char *run_name; /* escaped */
    int64_t now_ns, wall_ns;
    yd_cursor *cursor; /* in draw: set it to where the focus is, on the canvas given; NULL elsewhere */
} yd_screen_context;

typedef struct yd_screen {
    int tab_key; /* that brings it up */
    const char *name;
    yd_binding_place place; /* its own bindings in keymap.def */
    int max_fps;
    size_t memory;
    /* Into a canvas of at least YD_LAYOUT_WIDTH across and some rows. */
    void (*draw)(const yd_screen_context *context, const yd_canvas *canvas);
    /* Acts on one of its own actions. */
    void (*act)(const yd_screen_context *context, yd_action action);
    /* A key before the key map has seen it, while the screen is shown and nothing stands over it: for text
     * entry. Returns whether it was taken. Ctrl-C is never offered. */
    bool (*key)(const yd_screen_context *context, int key);
    /* Text that was pasted, without control characters; whether it was taken (a field has the focus). */
    bool (*paste)(const yd_screen_context *context, const char *text);
    /* A verb of the command line that verbs.def gives to this screen. False: error says why not. */
    bool (*command)(const yd_screen_context *context, const char *verb, const char *argument, char *error,
                    size_t capacity);
    /* A command that this console sent has been answered; called for every screen, shown or not. */
    void (*answered)(const yd_screen_context *context, const yd_steer_result *result);
    /* A program that services->launcher has started is over. Whether this screen had started it; where none
     * had, the app says how it went. Called for every screen. */
    bool (*launched)(const yd_screen_context *context, const yd_launch_result *result);
    /* A button or the wheel within the screen; x and y are of its canvas. Returns whether it meant anything.
     * After a press, what follows until the release comes here too, even from outside the canvas. */
    bool (*mouse)(const yd_screen_context *context, const yd_mouse *mouse);
    /* While the screen is shown: time has passed (called at least max_fps times a second, and after
     * yd_services_wake). Returns whether something looks different. */
    bool (*tick)(const yd_screen_context *context);
    /* It comes to be shown, it is no longer shown. */
    void (*opened)(const yd_screen_context *context);
    void (*closed)(const yd_screen_context *context);
    /* The console ends, or changes to another run: frees what its memory points to, joins its threads. */
    void (*end)(const yd_screen_context *context);
    bool only_evolution; /* there is nothing to show of other runs: it has no tab then */
    bool keeps; /* its memory outlives a change of run: it is about all runs, or about how things are looked
                   at */
} yd_screen;

#define YD_SCREEN(name) extern const yd_screen yd_screen_##name;
#include "tui/screens/screens.def"
#undef YD_SCREEN
enum {
#define YD_SCREEN(name) YD_SCREEN_INDEX_##name,
#include "tui/screens/screens.def"
#undef YD_SCREEN
    YD_SCREENS
};
extern const yd_screen *const yd_screens[YD_SCREENS];
