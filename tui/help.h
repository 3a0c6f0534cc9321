/* The help: what every key does, made from the key map, and every verb of the command line, made from its
 * table. The overlay, `yolodeck help keys` and the man page are made from the same rows. */
#pragma once
#include "tui/canvas.h"
#include "tui/keymap.h"
#include "tui/widgets/entry.h"
#include <stdbool.h>

/* One row: group is the title that it stands under; keys or words, and what they do. */
typedef void yd_help_receiver(void *context, const char *group, const char *keys, const char *text);
/* All rows, those of the place `first` before the others, each group together. */
void yd_help_each(const yd_keymap *keymap, yd_binding_place first, yd_help_receiver *receiver, void *context);

/* What a key map can bind: place, the action's name, its keys and what it does. */
void yd_help_each_action(const yd_keymap *keymap, yd_help_receiver *receiver, void *context);

/* The overlay. Zero-initialise. */
typedef struct yd_help {
    int top; /* the first row that is shown */
    int page;
    bool searching;
    yd_entry filter; /* only rows that hold this are shown */
} yd_help;

/* Opens anew, on rows that hold a text. */
void yd_help_start(yd_help *help, const char *filter);
/* Whether the key was taken. Actions of the place OVERLAY move it; *close: it is to be closed. */
bool yd_help_key(yd_help *help, const yd_keymap *keymap, int key, bool *close);
/* cursor: where it stands while a text is typed; left alone otherwise. Returns where the rows stand. */
yd_rect yd_help_draw(yd_help *help, const yd_keymap *keymap, yd_binding_place first, const yd_canvas *canvas,
                     yd_cursor *cursor);
