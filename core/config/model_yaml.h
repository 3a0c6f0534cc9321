/* A model's YAML: rows as written, before any gain is applied. (model_and_loss.md, section 1) */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "config/preset.h"
#include "config/yaml.h"
#include <stdbool.h>

enum { YD_MAX_LEVELS = 8, YD_MAX_ANCHORS = 5, YD_ROW_MAX_FROM = 8, YD_ROW_MAX_ARGS = 8 };

typedef enum yd_arg_kind {
    YD_ARG_NONE,
    YD_ARG_INT,
    YD_ARG_FLOAT,
    YD_ARG_BOOL,
    YD_ARG_TEXT,
    YD_ARG_LIST,
    YD_ARG_NC,
    YD_ARG_ANCHORS
} yd_arg_kind;
typedef struct yd_arg {
    yd_arg_kind kind;
    double number;    /* INT, FLOAT, BOOL */
    const char *text; /* TEXT, as written */
    int list[8], list_count;
} yd_arg;

typedef struct yd_model_row {
    int from[YD_ROW_MAX_FROM], from_count;
    int number;
    const char *module;
    yd_arg args[YD_ROW_MAX_ARGS];
    int arg_count;
    int line; /* in the YAML file; 0 where it came from a checkpoint */
} yd_model_row;

typedef struct yd_model_yaml {
    const char *file;
    int nc, channels; /* channels: "ch", 3 where absent */
    double depth_multiple, width_multiple;
    int level_count, anchor_count; /* level_count 0: "anchors" was a number, anchor_count of them a level */
    double anchors[YD_MAX_LEVELS][YD_MAX_ANCHORS * 2];
    yd_anchor_order anchor_order; /* the preset's, not the file's: set by who builds a model to train */
    const char *activation;       /* NULL where absent */
    yd_model_row *rows;
    int row_count, backbone_count;
} yd_model_yaml;

/* Reads and checks the file; strings and rows live in the arena. */
yd_status yd_model_yaml_load(const char *path, yd_arena *arena, yd_model_yaml *yaml, yd_error *error);
/* The same of a tree that is there already; its strings must outlive yaml. */
yd_status yd_model_yaml_read(const yd_yaml *tree, yd_arena *arena, yd_model_yaml *yaml, yd_error *error);
