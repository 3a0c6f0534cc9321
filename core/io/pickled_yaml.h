/* YAML trees and pickles: what Python read from a YAML file stands in a checkpoint as dicts, lists and
 * numbers. */
#pragma once
#include "config/model_yaml.h"
#include "config/yaml.h"
#include "io/pickle_writer.h"

/* A tree as if it had been read from YAML, all of it in the arena. NULL where the pickle holds what YAML
 * cannot say, is beyond YAML's limits, or memory is out. */
const yd_yaml_node *yd_pickled_yaml_tree(const yd_pickle_node *node, yd_arena *arena);

/* The other way. */
void yd_pickle_put_yaml(yd_pickle_writer *writer, const yd_yaml_node *node);

/* A model's YAML as YOLOv5 keeps it in the attribute "yaml". */
void yd_pickle_put_model_yaml(yd_pickle_writer *writer, const yd_model_yaml *yaml);
