/* YAML as JSON. */
#pragma once
#include "base/json.h"
#include "config/yaml.h"

/* Adds the node, with all below it; keys that are no text become text. key: NULL inside an array. */
void yd_yaml_json(const yd_yaml_node *node, const char *key, yd_json *json);
