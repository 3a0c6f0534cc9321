/* The user's own folders: for sockets of engines and for the list of runs. Nobody else can enter them. */
#pragma once
#include "base/error.h"
#include <stddef.h>

/* STATE: $XDG_STATE_HOME/yolodeck, or ~/.local/state/yolodeck. It stays when the user logs out, which
 * $XDG_RUNTIME_DIR does not. TEMPORARY: /tmp/yolodeck-UID, for where the home folder is missing, full, too
 * deep for a socket's path, or on a file system without sockets. */
typedef enum yd_user_place { YD_PLACE_STATE, YD_PLACE_TEMPORARY } yd_user_place;

/* Makes the folder where it is missing, and checks that it is the user's and closed to others. */
yd_status yd_user_folder(yd_user_place place, char *folder, size_t capacity, yd_error *error);
/* The first of them that can be had. */
yd_status yd_user_folder_any(char *folder, size_t capacity, yd_error *error);
