/* A model as TensorBoard's graph page shows it: a TensorFlow GraphDef, by the numbers of its protobuf fields.
 */
#pragma once
#include "base/text.h"
#include "model/model.h"

/* Appends the message: a node for each operation, named after the row of the model's YAML that it belongs to,
 * so that rows open and close; with the shapes of a picture of size x size. What yd_op_infer returns, MEMORY.
 */
yd_status yd_graph_def_put(const yd_model *model, int size, yd_text *out, yd_error *error);
