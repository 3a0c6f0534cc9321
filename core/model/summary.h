/* What YOLOv5 prints of a model: counts of the whole, and a row a layer. */
#pragma once
#include "base/text.h"
#include "model/module_tree.h"

typedef struct yd_model_summary {
    int layers;                   /* module objects, containers and the model itself too */
    size_t parameters, gradients; /* gradients: parameters that are not frozen */
    double gflops;                /* at the given size, counted as YOLOv5 counts (model_and_loss.md, 8) */
} yd_model_summary;

/* size: of the square image, in pixels; UNSUPPORTED where it does not fit the model. */
yd_status yd_model_summarize(const yd_model *model, int size, yd_model_summary *summary, yd_error *error);

/* YOLOv5's table of layers (index, from, number, parameters, module, arguments) and its line of totals, at
 * 640 pixels. */
void yd_model_print_layers(const yd_model *model, yd_text *out);

/* Shapes of all values [graph.value_count] for one image of size x size. As yd_op_infer. */
yd_status yd_model_infer(const yd_model *model, int size, yd_shape *shapes, yd_error *error);
