/* A generation of behaviour as data: configs/presets/v7.yaml and seed.yaml hold every difference. */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "config/yaml.h"
#include <stdbool.h>

/* Means, where nothing else is said. */
typedef enum yd_anchor_order { YD_ANCHOR_ORDER_MEANS, YD_ANCHOR_ORDER_ENDS } yd_anchor_order;
typedef enum yd_group_order { YD_GROUPS_NORM_WEIGHT_BIAS, YD_GROUPS_BIAS_WEIGHT_NORM } yd_group_order;
/* The values of yd_loss_config.eps_form. */
typedef enum yd_loss_eps { YD_LOSS_EPS_HEIGHTS, YD_LOSS_EPS_UNION_AND_RATIO, YD_LOSS_EPS_UNION } yd_loss_eps;
typedef enum yd_matching { YD_MATCH_PER_CLASS, YD_MATCH_ONCE, YD_MATCH_PER_THRESHOLD } yd_matching;
typedef enum yd_ap_tail { YD_AP_TAIL_LAST_RECALL, YD_AP_TAIL_ONE } yd_ap_tail;
typedef enum yd_run_numbering { YD_RUNS_AFTER_LARGEST, YD_RUNS_FIRST_FREE } yd_run_numbering;
typedef enum yd_wording { YD_WORDING_SEED, YD_WORDING_V7 } yd_wording;

typedef struct yd_preset {
    const char *name, *file; /* name: the file's, without folder and suffix */
    yd_yaml yaml;
    const yd_yaml_node *options; /* defaults by the fields of options.def; config/options.h reads them */
#define YD_PRESET_BOOL(key, meaning)                  bool key;
#define YD_PRESET_INT(key, low, high, meaning)        int key;
#define YD_PRESET_REAL(key, interval, meaning)        double key;
#define YD_PRESET_TEXT(key, meaning)                  const char *key;
#define YD_PRESET_CHOICE(key, type, choices, meaning) type key;
#include "config/preset.def"
#undef YD_PRESET_BOOL
#undef YD_PRESET_INT
#undef YD_PRESET_REAL
#undef YD_PRESET_TEXT
#undef YD_PRESET_CHOICE
} yd_preset;

/* name: "v7", "seed", or the path of a file of the same form. Lives in the arena. CONFIG: not there, a key
 * missing, unknown or out of its range (file:line). */
yd_status yd_preset_load(const char *name, yd_arena *arena, yd_preset *preset, yd_error *error);
