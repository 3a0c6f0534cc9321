/* A user's key map: YAML, "action: [key, key]". What it names loses its shipped keys and has those; the rest
 * stays. */
#pragma once
#include "base/error.h"
#include "tui/keymap.h"

/* Changes the shipped map as a file wants it. On failure the keymap is the shipped one, and error names file,
 * line, key and what is wanted. */
yd_status yd_keymap_load(const char *path, yd_keymap *keymap, yd_error *error);
/* keys.yaml in the user's folder, where there is one; the shipped map otherwise. */
yd_status yd_keymap_load_users(yd_keymap *keymap, yd_error *error);
