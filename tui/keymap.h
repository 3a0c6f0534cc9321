/* What keys do: one table (keymap.def), from which the help and the last line are made too. */
#pragma once
#include "tui/term/input.h"
#include <stddef.h>

typedef enum yd_action {
    YD_ACTION_NONE,
    YD_ACTION_PAUSE,
    YD_ACTION_DETACH,
    YD_ACTION_SAVE,
    YD_ACTION_VALIDATE,
    YD_ACTION_STOP_MENU,
    YD_ACTION_HELP,
    YD_ACTION_PERIOD_UP,
    YD_ACTION_PERIOD_DOWN,
    YD_ACTION_INTERRUPT,
    YD_ACTION_NEXT_SCREEN,
    YD_ACTION_PREVIOUS_SCREEN,
    YD_ACTION_REDRAW,
    YD_ACTION_SUSPEND,
    YD_ACTION_UP,
    YD_ACTION_DOWN,
    YD_ACTION_PAGE_UP,
    YD_ACTION_PAGE_DOWN,
    YD_ACTION_FIRST,
    YD_ACTION_LAST,
    YD_ACTION_LEVEL
} yd_action;

/* ANY, or the screen that a binding belongs to. */
typedef enum yd_binding_place { YD_BINDING_ANY, YD_BINDING_DASH, YD_BINDING_LOG } yd_binding_place;

typedef struct yd_binding {
    int key; /* yd_key or a character */
    yd_action action;
    yd_binding_place place;
    const char *footer, *help; /* NULL: none */
} yd_binding;

const yd_binding *yd_keymap(int *count);
/* YD_ACTION_NONE where the key has no meaning on this screen. */
yd_action yd_keymap_action(int key, yd_binding_place place);
/* "q", "? F1": all keys of an action. Returns out. */
const char *yd_keymap_keys(yd_action action, char *out, size_t capacity);
