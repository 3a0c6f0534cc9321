/* The table of parameters: YOLOv5's names and order, and the place of each in its region. */
#pragma once
#include "model/builder.h"

/* Fills model->params, its counts and regions, from the tree and what the builder gathered; nodes and entries
 * of the tree get their indices. model->graph and model->maps are set. */
yd_status yd_model_place_params(yd_model *model, yd_module_tree *tree, yd_builder *builder, yd_error *error);

/* How a node's own weight lies: of a shared one, its part. */
yd_param_layout yd_model_weight_layout(const yd_model *model, const yd_node *node);
/* Pointers of one node into a set. */
yd_node_params yd_model_node_params(const yd_model *model, const yd_param_set *set, yd_mode mode,
                                    const yd_node *node);
yd_node_grads yd_model_node_grads(const yd_model *model, const yd_param_set *grads, const yd_node *node,
                                  bool accumulate);
/* Place of an entry in the set; NULL for index -1, or where the set lacks the region. */
void *yd_model_param_place(const yd_model *model, const yd_param_set *set, int index);
