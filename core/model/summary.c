#include "model/summary.h"
#include <stdio.h>
#include <stdlib.h>

yd_status yd_model_infer(const yd_model *model, int size, yd_shape *shapes, yd_error *error)
{
    const yd_graph *graph = &model->graph;
    shapes[0] = (yd_shape){1, graph->values[0].channels, size, size};
    for (int n = 0; n < graph->node_count; n++) {
        yd_shape inputs[YD_NODE_MAX_INPUTS];
        const yd_node *node = &graph->nodes[n];
        for (int i = 0; i < node->input_count; i++) inputs[i] = shapes[node->inputs[i]];
        YD_TRY(yd_op_infer(node, inputs, &shapes[node->output], error));
    }
    return YD_OK;
}

/* Measured on an image of one stride and scaled, as YOLOv5 does: sizes that are no multiple of it have a
 * count too. */
static yd_status count_flops(const yd_model *model, int size, double *gflops, yd_error *error)
{
    const yd_graph *graph = &model->graph;
    int probe = model->max_stride;
    yd_shape *shapes = calloc((size_t)graph->value_count, sizeof *shapes);
    if (!shapes) return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    yd_status status = yd_model_infer(model, probe, shapes, error);
    double sum = 0;
    for (int n = 0; status == YD_OK && n < graph->node_count; n++) {
        const yd_node *node = &graph->nodes[n];
        sum += yd_op_flops(node, shapes[node->inputs[0]], shapes[node->output]);
    }
    free(shapes);
    *gflops = sum / 1e9 * ((double)size / probe) * ((double)size / probe);
    return status;
}

yd_status yd_model_summarize(const yd_model *model, int size, yd_model_summary *summary, yd_error *error)
{
    *summary = (yd_model_summary){.layers = yd_model_modules(model)->module_count};
    for (int i = 0; i < model->param_count; i++) {
        const yd_param *param = &model->params[i];
        if (param->counter || param->region == YD_REGION_STATISTIC) continue;
        summary->parameters += param->plain;
        if (!param->frozen || param->left_out) summary->gradients += param->plain;
    }
    return count_flops(model, size, &summary->gflops, error);
}

static void from_text(const yd_model_row *row, char *out, size_t capacity)
{
    size_t used = 0;
    if (row->from_count != 1) used += (size_t)snprintf(out, capacity, "[");
    for (int i = 0; i < row->from_count && used < capacity; i++)
        used += (size_t)snprintf(out + used, capacity - used, "%s%d", i ? ", " : "", row->from[i]);
    if (row->from_count != 1 && used < capacity) snprintf(out + used, capacity - used, "]");
}

void yd_model_print_layers(const yd_model *model, yd_text *out)
{
    const yd_module_tree *tree = yd_model_modules(model);
    yd_text_addf(out, "%3s%18s%3s%10s  %-40s%-30s\n", "", "from", "n", "params", "module", "arguments");
    for (int i = 0; i < tree->layer_count; i++) {
        const yd_layer *layer = &tree->layers[i];
        char from[96];
        from_text(layer->row, from, sizeof from);
        yd_text_addf(out, "%3d%18s%3d%10zu  %-40s%-30s\n", i, from, layer->repeats, layer->parameters,
                     layer->type, layer->arguments);
    }
    yd_model_summary summary;
    yd_error error;
    if (yd_model_summarize(model, 640, &summary, &error) != YD_OK) return;
    yd_text_addf(out, "%d layers, %zu parameters, %zu gradients, %.1f GFLOPs\n", summary.layers,
                 summary.parameters, summary.gradients, summary.gflops);
}
