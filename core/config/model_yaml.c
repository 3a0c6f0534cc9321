#include "config/model_yaml.h"
#include "config/yaml.h"
#include <stdio.h>
#include <string.h>

enum { MAX_ROWS = 1000, MAX_NUMBER = 100000 };

/* What is being read, for the words of messages. */
typedef struct reader {
    yd_yaml file;
    yd_arena *arena;
    yd_model_yaml *yaml;
    yd_error *error;
} reader;

static const char *row_name(char out[32], const reader *r, int row, bool backbone)
{
    snprintf(out, 32, "%s row %d", backbone ? "backbone" : "head",
             backbone ? row : row - r->yaml->backbone_count);
    return out;
}

/* -1 is the layer before (the image, for the first), other negatives count from there, the rest are numbers
 * of layers. */
static yd_status read_one_from(reader *r, const yd_yaml_node *node, int row, const char *what, int *from)
{
    char wanted[96];
    int64_t value = node->integer;
    bool earlier = value >= 0 ? value < row : value == -1 || value >= -(int64_t)row;
    if (node->kind == YD_YAML_INT && earlier) {
        *from = (int)value;
        return YD_OK;
    }
    if (row == 0)
        snprintf(wanted, sizeof wanted, "-1: no layer stands before the first");
    else
        snprintf(wanted, sizeof wanted, "a layer before this one: %d to %d", -(row > 1 ? row : 1), row - 1);
    return yd_yaml_wrong(&r->file, node, what, wanted, r->error);
}

static yd_status read_from(reader *r, const yd_yaml_node *node, int row, const char *name, yd_model_row *out)
{
    char what[64];
    snprintf(what, sizeof what, "\"from\" of %s", name);
    if (node->kind != YD_YAML_SEQUENCE) {
        out->from_count = 1;
        return read_one_from(r, node, row, what, &out->from[0]);
    }
    if (node->count < 1 || node->count > YD_ROW_MAX_FROM) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "a list of 1 to %d layers", YD_ROW_MAX_FROM);
        return yd_yaml_wrong(&r->file, node, what, wanted, r->error);
    }
    out->from_count = node->count;
    for (int i = 0; i < node->count; i++) YD_TRY(read_one_from(r, node->items[i], row, what, &out->from[i]));
    return YD_OK;
}

static yd_status read_list_arg(reader *r, const yd_yaml_node *node, const char *what, yd_arg *arg)
{
    int capacity = (int)(sizeof arg->list / sizeof *arg->list);
    if (node->count > capacity) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "a list of at most %d numbers", capacity);
        return yd_yaml_wrong(&r->file, node, what, wanted, r->error);
    }
    arg->kind = YD_ARG_LIST;
    arg->list_count = node->count;
    for (int i = 0; i < node->count; i++) {
        int64_t value;
        YD_TRY(yd_yaml_integer(&r->file, node->items[i], what, -MAX_NUMBER, MAX_NUMBER, &value, r->error));
        arg->list[i] = (int)value;
    }
    return YD_OK;
}

/* YOLOv5 evaluates every string of args where it can: names, and what looks like a number or a truth value in
 * Python. */
static void evaluate_text(const char *text, yd_arg *arg)
{
    double number;
    int64_t integer;
    arg->text = text;
    if (strcmp(text, "None") == 0)
        arg->kind = YD_ARG_NONE;
    else if (strcmp(text, "nc") == 0)
        arg->kind = YD_ARG_NC;
    else if (strcmp(text, "anchors") == 0)
        arg->kind = YD_ARG_ANCHORS;
    else if (strcmp(text, "True") == 0 || strcmp(text, "False") == 0)
        arg->kind = YD_ARG_BOOL, arg->number = *text == 'T';
    else if (yd_parse_int(text, &integer))
        arg->kind = YD_ARG_INT, arg->number = (double)integer;
    else if (yd_parse_double(text, &number))
        arg->kind = YD_ARG_FLOAT, arg->number = number;
    else
        arg->kind = YD_ARG_TEXT;
}

static yd_status read_arg(reader *r, const yd_yaml_node *node, const char *what, yd_arg *arg)
{
    switch (node->kind) {
    case YD_YAML_NULL:
        arg->kind = YD_ARG_NONE;
        return YD_OK;
    case YD_YAML_BOOL:
        arg->kind = YD_ARG_BOOL;
        arg->number = node->number;
        return YD_OK;
    case YD_YAML_INT:
        arg->kind = YD_ARG_INT;
        arg->number = node->number;
        return YD_OK;
    case YD_YAML_FLOAT:
        if (!yd_interval_holds("(-inf, inf)", node->number)) break;
        arg->kind = YD_ARG_FLOAT;
        arg->number = node->number;
        return YD_OK;
    case YD_YAML_TEXT:
        evaluate_text(node->text, arg);
        return YD_OK;
    case YD_YAML_SEQUENCE:
        return read_list_arg(r, node, what, arg);
    case YD_YAML_MAPPING:
        break;
    }
    return yd_yaml_wrong(&r->file, node, what, "numbers, words or lists of whole numbers", r->error);
}

static yd_status read_args(reader *r, const yd_yaml_node *node, const char *name, yd_model_row *out)
{
    char what[64], wanted[64];
    snprintf(what, sizeof what, "\"args\" of %s", name);
    snprintf(wanted, sizeof wanted, "a list of at most %d", YD_ROW_MAX_ARGS);
    if (node->kind != YD_YAML_SEQUENCE || node->count > YD_ROW_MAX_ARGS)
        return yd_yaml_wrong(&r->file, node, what, wanted, r->error);
    out->arg_count = node->count;
    for (int i = 0; i < node->count; i++) YD_TRY(read_arg(r, node->items[i], what, &out->args[i]));
    return YD_OK;
}

static yd_status read_row(reader *r, const yd_yaml_node *node, int row, bool backbone)
{
    yd_model_row *out = &r->yaml->rows[row];
    char name[32], what[64];
    int64_t number;
    row_name(name, r, row, backbone);
    if (node->kind != YD_YAML_SEQUENCE || node->count != 4)
        return yd_yaml_wrong(&r->file, node, name, "a list of four: [from, number, module, args]", r->error);
    out->line = node->line;
    YD_TRY(read_from(r, node->items[0], row, name, out));
    snprintf(what, sizeof what, "\"number\" of %s", name);
    YD_TRY(yd_yaml_integer(&r->file, node->items[1], what, 1, 1000, &number, r->error));
    out->number = (int)number;
    snprintf(what, sizeof what, "\"module\" of %s", name);
    YD_TRY(yd_yaml_text(&r->file, node->items[2], what, &out->module, r->error));
    if (!*out->module) return yd_yaml_wrong(&r->file, node->items[2], what, "the name of a module", r->error);
    return read_args(r, node->items[3], name, out);
}

static yd_status find_rows(reader *r, const char *key, int most, const yd_yaml_node **rows)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "a list of 1 to %d rows", most);
    *rows = yd_yaml_find(r->file.root, key);
    if (!*rows || (*rows)->kind != YD_YAML_SEQUENCE || (*rows)->count < 1 || (*rows)->count > most)
        return yd_yaml_wrong(&r->file, *rows, key, wanted, r->error);
    return YD_OK;
}

static yd_status read_rows(reader *r)
{
    const yd_yaml_node *backbone, *head;
    YD_TRY(find_rows(r, "backbone", MAX_ROWS, &backbone));
    YD_TRY(find_rows(r, "head", MAX_ROWS, &head));
    yd_model_yaml *yaml = r->yaml;
    yaml->backbone_count = backbone->count;
    yaml->row_count = backbone->count + head->count;
    yaml->rows = yd_arena_alloc(r->arena, (size_t)yaml->row_count, sizeof *yaml->rows);
    if (!yaml->rows) return yd_fail(r->error, YD_ERR_MEMORY, "%s: out of memory", yaml->file);
    for (int i = 0; i < yaml->row_count; i++) {
        bool first = i < backbone->count;
        YD_TRY(read_row(r, first ? backbone->items[i] : head->items[i - backbone->count], i, first));
    }
    return YD_OK;
}

/* One level: pairs of width and height. All levels have as many as the first. */
static yd_status read_anchor_row(reader *r, const yd_yaml_node *row, int level)
{
    yd_model_yaml *yaml = r->yaml;
    char what[48], wanted[80];
    snprintf(what, sizeof what, "anchors of level %d", level);
    snprintf(wanted, sizeof wanted, "a list of 1 to %d pairs of width and height", YD_MAX_ANCHORS);
    bool good = row->kind == YD_YAML_SEQUENCE && row->count >= 2 && row->count % 2 == 0 &&
                row->count <= 2 * YD_MAX_ANCHORS;
    if (good && level > 0 && row->count != 2 * yaml->anchor_count) {
        snprintf(wanted, sizeof wanted, "%d pairs, as in level 0", yaml->anchor_count);
        good = false;
    }
    if (!good) return yd_yaml_wrong(&r->file, row, what, wanted, r->error);
    yaml->anchor_count = row->count / 2;
    for (int i = 0; i < row->count; i++)
        YD_TRY(
            yd_yaml_number(&r->file, row->items[i], what, "(0, 100000]", &yaml->anchors[level][i], r->error));
    return YD_OK;
}

static yd_status read_anchors(reader *r)
{
    const yd_yaml_node *node = yd_yaml_find(r->file.root, "anchors");
    char wanted[96];
    if (node && node->kind == YD_YAML_SEQUENCE && node->count >= 1 && node->count <= YD_MAX_LEVELS) {
        r->yaml->level_count = node->count;
        for (int level = 0; level < node->count; level++)
            YD_TRY(read_anchor_row(r, node->items[level], level));
        return YD_OK;
    }
    if (node && node->kind == YD_YAML_INT && node->integer >= 1 && node->integer <= YD_MAX_ANCHORS) {
        r->yaml->anchor_count = (int)node->integer;
        return YD_OK;
    }
    snprintf(wanted, sizeof wanted, "a list of 1 to %d levels, or how many anchors (1 to %d) each level has",
             YD_MAX_LEVELS, YD_MAX_ANCHORS);
    return yd_yaml_wrong(&r->file, node, "anchors", wanted, r->error);
}

/* nc, ch, the gains and the activation. */
static yd_status read_scalars(reader *r)
{
    yd_model_yaml *yaml = r->yaml;
    const yd_yaml_node *root = r->file.root, *node;
    int64_t value;
    YD_TRY(yd_yaml_integer(&r->file, yd_yaml_find(root, "nc"), "nc", 1, MAX_NUMBER, &value, r->error));
    yaml->nc = (int)value;
    yaml->channels = 3;
    if ((node = yd_yaml_find(root, "ch"))) {
        YD_TRY(yd_yaml_integer(&r->file, node, "ch", 1, 1024, &value, r->error));
        yaml->channels = (int)value;
    }
    YD_TRY(yd_yaml_number(&r->file, yd_yaml_find(root, "depth_multiple"), "depth_multiple", "(0, 100]",
                          &yaml->depth_multiple, r->error));
    YD_TRY(yd_yaml_number(&r->file, yd_yaml_find(root, "width_multiple"), "width_multiple", "(0, 100]",
                          &yaml->width_multiple, r->error));
    if ((node = yd_yaml_find(root, "activation")) && node->kind != YD_YAML_NULL)
        YD_TRY(yd_yaml_text(&r->file, node, "activation", &yaml->activation, r->error));
    return YD_OK;
}

yd_status yd_model_yaml_read(const yd_yaml *tree, yd_arena *arena, yd_model_yaml *yaml, yd_error *error)
{
    reader r = {.file = *tree, .arena = arena, .yaml = yaml, .error = error};
    *yaml = (yd_model_yaml){.file = tree->file};
    if (r.file.root->kind != YD_YAML_MAPPING)
        return yd_yaml_wrong(&r.file, r.file.root, "a model", "a mapping with nc, anchors, backbone and head",
                             error);
    YD_TRY(read_scalars(&r));
    YD_TRY(read_anchors(&r));
    return read_rows(&r);
}

yd_status yd_model_yaml_load(const char *path, yd_arena *arena, yd_model_yaml *yaml, yd_error *error)
{
    yd_yaml tree;
    *yaml = (yd_model_yaml){0};
    YD_TRY(yd_yaml_load(path, arena, &tree, error));
    return yd_model_yaml_read(&tree, arena, yaml, error);
}
