#include "io/pickled_yaml.h"
#include "io/numpy_value.h"
#include <math.h>
#include <string.h>

typedef struct builder {
    yd_arena *arena;
    int nodes;
} builder;

static const yd_yaml_node *build(builder *b, const yd_pickle_node *from, int depth);

static bool build_children(builder *b, const yd_pickle_node *from, yd_yaml_node *to, int depth)
{
    bool mapping = to->kind == YD_YAML_MAPPING;
    size_t step = mapping ? 2 : 1;
    if (from->count / step > YD_YAML_MAX_NODES) return false;
    to->count = (int)(from->count / step);
    to->items = yd_arena_alloc(b->arena, (size_t)to->count + 1, sizeof *to->items);
    if (mapping) to->keys = yd_arena_alloc(b->arena, (size_t)to->count + 1, sizeof *to->keys);
    if (!to->items || (mapping && !to->keys)) return false;
    for (int i = 0; i < to->count; i++) {
        size_t at = (size_t)i * step;
        if (mapping && !(to->keys[i] = build(b, from->items[at], depth + 1))) return false;
        if (!(to->items[i] = build(b, from->items[at + step - 1], depth + 1))) return false;
    }
    return true;
}

static bool build_value(builder *b, const yd_pickle_node *from, yd_yaml_node *to, int depth)
{
    double number;
    switch (from->kind) {
    case YD_PICKLE_NONE:
        to->kind = YD_YAML_NULL;
        return true;
    case YD_PICKLE_TEXT:
        to->kind = YD_YAML_TEXT, to->text = yd_arena_strdup(b->arena, from->text);
        return to->text && strlen(from->text) == from->count;
    case YD_PICKLE_BOOL:
    case YD_PICKLE_INT:
        to->kind = from->kind == YD_PICKLE_INT ? YD_YAML_INT : YD_YAML_BOOL;
        to->integer = from->integer, to->number = (double)from->integer;
        to->text = yd_arena_printf(b->arena, "%lld", (long long)from->integer);
        return to->text != NULL;
    case YD_PICKLE_LIST:
    case YD_PICKLE_TUPLE:
        to->kind = YD_YAML_SEQUENCE;
        return build_children(b, from, to, depth);
    case YD_PICKLE_DICT:
        to->kind = YD_YAML_MAPPING;
        return build_children(b, from, to, depth);
    default:
        if (!yd_pickle_number(from, &number)) return false;
        to->kind = YD_YAML_FLOAT, to->number = number;
        to->text = yd_arena_printf(b->arena, "%.17g", number);
        return to->text != NULL;
    }
}

static const yd_yaml_node *build(builder *b, const yd_pickle_node *from, int depth)
{
    yd_yaml_node *to = yd_arena_alloc(b->arena, 1, sizeof *to);
    if (!to || depth > YD_YAML_MAX_DEPTH || ++b->nodes > YD_YAML_MAX_NODES) return NULL;
    to->text = "";
    return build_value(b, from, to, depth) ? to : NULL;
}

const yd_yaml_node *yd_pickled_yaml_tree(const yd_pickle_node *node, yd_arena *arena)
{
    builder b = {.arena = arena};
    return build(&b, node, 0);
}

void yd_pickle_put_yaml(yd_pickle_writer *writer, const yd_yaml_node *node)
{
    switch (node->kind) {
    case YD_YAML_NULL:
        yd_pickle_put_none(writer);
        return;
    case YD_YAML_BOOL:
        yd_pickle_put_bool(writer, node->integer != 0);
        return;
    case YD_YAML_INT:
        yd_pickle_put_int(writer, node->integer);
        return;
    case YD_YAML_FLOAT:
        yd_pickle_put_float(writer, node->number);
        return;
    case YD_YAML_TEXT:
        yd_pickle_put_text(writer, node->text);
        return;
    case YD_YAML_SEQUENCE:
    case YD_YAML_MAPPING:
        break;
    }
    bool mapping = node->kind == YD_YAML_MAPPING;
    yd_pickle_put_empty(writer, mapping ? YD_PICKLE_DICT : YD_PICKLE_LIST);
    yd_pickle_put_begin(writer);
    for (int i = 0; i < node->count; i++) {
        if (mapping) yd_pickle_put_yaml(writer, node->keys[i]);
        yd_pickle_put_yaml(writer, node->items[i]);
    }
    if (mapping)
        yd_pickle_put_end_dict(writer);
    else
        yd_pickle_put_end_list(writer);
}

static void put_ints(yd_pickle_writer *writer, const int *values, int count)
{
    yd_pickle_put_empty(writer, YD_PICKLE_LIST);
    yd_pickle_put_begin(writer);
    for (int i = 0; i < count; i++) yd_pickle_put_int(writer, values[i]);
    yd_pickle_put_end_list(writer);
}

static void put_argument(yd_pickle_writer *writer, const yd_arg *arg)
{
    switch (arg->kind) {
    case YD_ARG_NONE: /* text: YOLOv5 evaluates it when it builds the model */
        yd_pickle_put_text(writer, "None");
        return;
    case YD_ARG_NC:
        yd_pickle_put_text(writer, "nc");
        return;
    case YD_ARG_ANCHORS:
        yd_pickle_put_text(writer, "anchors");
        return;
    case YD_ARG_INT:
        yd_pickle_put_int(writer, (int64_t)arg->number);
        return;
    case YD_ARG_BOOL:
        yd_pickle_put_bool(writer, arg->number != 0);
        return;
    case YD_ARG_FLOAT:
        yd_pickle_put_float(writer, arg->number);
        return;
    case YD_ARG_TEXT:
        yd_pickle_put_text(writer, arg->text);
        return;
    case YD_ARG_LIST:
        put_ints(writer, arg->list, arg->list_count);
        return;
    }
}

static void put_rows(yd_pickle_writer *writer, const char *key, const yd_model_row *rows, int count)
{
    yd_pickle_put_text(writer, key);
    yd_pickle_put_empty(writer, YD_PICKLE_LIST);
    yd_pickle_put_begin(writer);
    for (int i = 0; i < count; i++) {
        yd_pickle_put_empty(writer, YD_PICKLE_LIST);
        yd_pickle_put_begin(writer);
        if (rows[i].from_count == 1)
            yd_pickle_put_int(writer, rows[i].from[0]);
        else
            put_ints(writer, rows[i].from, rows[i].from_count);
        yd_pickle_put_int(writer, rows[i].number);
        yd_pickle_put_text(writer, rows[i].module);
        yd_pickle_put_empty(writer, YD_PICKLE_LIST);
        yd_pickle_put_begin(writer);
        for (int a = 0; a < rows[i].arg_count; a++) put_argument(writer, &rows[i].args[a]);
        yd_pickle_put_end_list(writer);
        yd_pickle_put_end_list(writer);
    }
    yd_pickle_put_end_list(writer);
}

/* Whole numbers as ints, as PyYAML reads them; the gains are floats in every YAML there is. */
static void put_anchors(yd_pickle_writer *writer, const yd_model_yaml *yaml)
{
    yd_pickle_put_text(writer, "anchors");
    if (yaml->level_count == 0) {
        yd_pickle_put_int(writer, yaml->anchor_count);
        return;
    }
    yd_pickle_put_empty(writer, YD_PICKLE_LIST);
    yd_pickle_put_begin(writer);
    for (int level = 0; level < yaml->level_count; level++) {
        yd_pickle_put_empty(writer, YD_PICKLE_LIST);
        yd_pickle_put_begin(writer);
        for (int i = 0; i < 2 * yaml->anchor_count; i++) {
            double size = yaml->anchors[level][i];
            if (size == floor(size))
                yd_pickle_put_int(writer, (int64_t)size);
            else
                yd_pickle_put_float(writer, size);
        }
        yd_pickle_put_end_list(writer);
    }
    yd_pickle_put_end_list(writer);
}

void yd_pickle_put_model_yaml(yd_pickle_writer *writer, const yd_model_yaml *yaml)
{
    yd_pickle_put_empty(writer, YD_PICKLE_DICT);
    yd_pickle_put_begin(writer);
    yd_pickle_put_text(writer, "nc");
    yd_pickle_put_int(writer, yaml->nc);
    yd_pickle_put_text(writer, "depth_multiple");
    yd_pickle_put_float(writer, yaml->depth_multiple);
    yd_pickle_put_text(writer, "width_multiple");
    yd_pickle_put_float(writer, yaml->width_multiple);
    if (yaml->activation) {
        yd_pickle_put_text(writer, "activation");
        yd_pickle_put_text(writer, yaml->activation);
    }
    put_anchors(writer, yaml);
    put_rows(writer, "backbone", yaml->rows, yaml->backbone_count);
    put_rows(writer, "head", yaml->rows + yaml->backbone_count, yaml->row_count - yaml->backbone_count);
    yd_pickle_put_text(writer, "ch");
    yd_pickle_put_int(writer, yaml->channels);
    yd_pickle_put_end_dict(writer);
}
