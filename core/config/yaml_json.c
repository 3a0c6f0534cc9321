#include "config/yaml_json.h"

static void add_children(const yd_yaml_node *node, const char *key, yd_json *json)
{
    bool mapping = node->kind == YD_YAML_MAPPING;
    yd_json_open(json, key, mapping ? '{' : '[');
    for (int i = 0; i < node->count; i++) {
        const char *name = mapping ? node->keys[i]->text : NULL;
        yd_yaml_json(node->items[i], mapping && !name ? "" : name, json);
    }
    yd_json_close(json, mapping ? '}' : ']');
}

void yd_yaml_json(const yd_yaml_node *node, const char *key, yd_json *json)
{
    switch (node->kind) {
    case YD_YAML_NULL:
        yd_json_raw(json, key, "null");
        return;
    case YD_YAML_BOOL:
        yd_json_bool(json, key, node->integer != 0);
        return;
    case YD_YAML_INT:
        yd_json_integer(json, key, node->integer);
        return;
    case YD_YAML_FLOAT:
        yd_json_exact(json, key, node->number);
        return;
    case YD_YAML_TEXT:
        yd_json_string(json, key, node->text);
        return;
    case YD_YAML_SEQUENCE:
    case YD_YAML_MAPPING: /* no deeper than YD_YAML_MAX_DEPTH, which JSON's writer allows for */
        add_children(node, key, json);
        return;
    }
}
