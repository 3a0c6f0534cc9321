/* Where configuration files are found: what a user names is a path, or the name of a file that YoloDeck
 * ships. */
#pragma once
#include "base/error.h"
#include "config/preset.h"
#include <stdbool.h>
#include <stddef.h>

typedef enum yd_config_kind {
    YD_CONFIG_MODEL,
    YD_CONFIG_HYP,
    YD_CONFIG_DATA,
    YD_CONFIG_PRESET,
    YD_CONFIG_THEME
} yd_config_kind;

/* The folder of the shipped files: $YOLODECK_CONFIGS, else share/yolodeck/configs beside the folder of the
 * executable, else configs/ of the source tree. CONFIG, naming what was tried, where none exists. */
yd_status yd_config_folder(char *out, size_t capacity, yd_error *error);

/* An empty name stays empty; an existing file is returned unchanged; any other name of a model, data set or
 * hyperparameter file is searched below ./data, ./models and ./utils, and then below the shipped folder of
 * its kind (models: first in preset's generation; preset may be NULL), there by its last component alone
 * where it stands in a folder of YOLOv5's (models/, data/, data/hyps/). CONFIG: nothing found, or several
 * (all named). UNSUPPORTED: a URL; io/fetch.h downloads those. (training.md, 2.3) */
yd_status yd_config_find(yd_config_kind kind, const yd_preset *preset, const char *name, char *out,
                         size_t capacity, yd_error *error);

/* A file or folder of the user's own configuration: $XDG_CONFIG_HOME/yolodeck/name, else
 * ~/.config/yolodeck/name, whether it exists or not. False where neither is known. */
bool yd_config_user_path(const char *name, char *out, size_t capacity);
