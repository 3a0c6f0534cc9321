/* What keys do: one table (keymap.def), from which the help and the last line are made too. */
#pragma once
#include "tui/term/input.h"
#include <stddef.h>

typedef enum yd_action {
    YD_ACTION_NONE,
#define YD_ACTION(enumerator, name, steers) YD_ACTION_##enumerator,
#include "tui/actions.def"
#undef YD_ACTION
    YD_ACTION_COUNT
} yd_action;

/* ANY, or the screen that a binding belongs to. */
typedef enum yd_binding_place {
#define YD_PLACE(enumerator, title) YD_BINDING_##enumerator,
#include "tui/places.def"
#undef YD_PLACE
    YD_BINDING_PLACES
} yd_binding_place;

typedef struct yd_binding {
    int key; /* yd_key or a character */
    yd_action action;
    yd_binding_place place;
    const char *footer, *help; /* NULL: none */
} yd_binding;

enum { YD_KEYMAP_LIMIT = 320 };

typedef struct yd_keymap {
    yd_binding bindings[YD_KEYMAP_LIMIT];
    int count;
} yd_keymap;

/* The table as it is shipped. */
void yd_keymap_default(yd_keymap *keymap);
/* YD_ACTION_NONE where the key has no meaning on this screen. A screen's own meaning goes before the one that
 * the key has everywhere. */
yd_action yd_keymap_action(const yd_keymap *keymap, int key, yd_binding_place place);
/* The key of a binding of every screen means something else on this one. */
bool yd_keymap_hides(const yd_keymap *keymap, const yd_binding *binding, yd_binding_place place);
/* "q", "? F1": all keys of an action in a place (ANY: those of every screen). Returns out. */
const char *yd_keymap_keys(const yd_keymap *keymap, yd_action action, yd_binding_place place, char *out,
                           size_t capacity);
/* Those of them alone that mean it on a screen. */
const char *yd_keymap_keys_on(const yd_keymap *keymap, yd_action action, yd_binding_place place,
                              yd_binding_place screen, char *out, size_t capacity);
/* "page-up"; the title of a place. */
const char *yd_action_name(yd_action action);
/* It asks something of a run that lives. */
bool yd_action_steers(yd_action action);
const char *yd_binding_place_title(yd_binding_place place);
