#include "io/graph_def.h"
#include "base/protobuf.h"
#include "model/module_tree.h"
#include "model/summary.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GRAPH_NODE = 1, GRAPH_VERSIONS = 4, VERSION_PRODUCER = 1, PRODUCER = 22 };
enum { NODE_NAME = 1, NODE_OP = 2, NODE_INPUT = 3, NODE_ATTR = 5, ATTR_KEY = 1, ATTR_VALUE = 2 };
enum {
    VALUE_LIST = 1,
    VALUE_TEXT = 2,
    VALUE_INTEGER = 3,
    LIST_SHAPE = 7,
    SHAPE_DIMENSION = 2,
    DIMENSION_SIZE = 1
};
enum { NAME = 160 };

static void put_text(yd_text *message, uint32_t field, const char *text)
{
    yd_wire_put_bytes(message, field, text, strlen(text));
}

static void put_part(yd_text *message, uint32_t field, yd_text *part)
{
    yd_wire_put_bytes(message, field, part->data ? part->data : "", part->length);
    message->failed |= part->failed;
    yd_text_free(part);
}

static void put_attr(yd_text *node, const char *key, yd_text *value)
{
    yd_text attr = {0};
    put_text(&attr, ATTR_KEY, key);
    put_part(&attr, ATTR_VALUE, value);
    put_part(node, NODE_ATTR, &attr);
}

static void put_integer(yd_text *node, const char *key, int number)
{
    yd_text value = {0};
    yd_wire_put_varint(&value, VALUE_INTEGER, (uint64_t)number);
    put_attr(node, key, &value);
}

static void put_shape(yd_text *node, yd_shape shape)
{
    const int sizes[] = {shape.n, shape.c, shape.h, shape.w};
    yd_text value = {0}, list = {0}, all = {0}, one = {0};
    for (int i = 0; i < 4; i++) {
        yd_wire_put_varint(&one, DIMENSION_SIZE, (uint64_t)sizes[i]);
        put_part(&all, SHAPE_DIMENSION, &one);
    }
    put_part(&list, LIST_SHAPE, &all);
    put_part(&value, VALUE_LIST, &list);
    put_attr(node, "_output_shapes", &value);
}

/* "models.common.C3" → "C3" */
static const char *short_type(const char *type)
{
    const char *dot = strrchr(type, '.');
    return dot ? dot + 1 : type;
}

/* Slashes make levels that open and close. */
static void name_value(const yd_model *model, int value, char out[NAME])
{
    int producer = model->graph.values[value].producer;
    if (producer < 0) {
        yd_copy_text(out, NAME, "images");
        return;
    }
    const yd_node *node = &model->graph.nodes[producer];
    const yd_layer *layer = &yd_model_modules(model)->layers[node->layer];
    snprintf(out, NAME, "Model/%d_%.60s/%s_%d", node->layer, short_type(layer->type), yd_op_name(node->kind),
             producer);
}

static void put_node(const yd_model *model, int index, const yd_shape *shapes, yd_text *out)
{
    const yd_node *node = &model->graph.nodes[index];
    char name[NAME];
    yd_text message = {0};
    name_value(model, node->output, name);
    put_text(&message, NODE_NAME, name);
    put_text(&message, NODE_OP, yd_op_name(node->kind));
    for (int i = 0; i < node->input_count; i++) {
        name_value(model, node->inputs[i], name);
        put_text(&message, NODE_INPUT, name);
    }
    if (node->kind == YD_OP_CONV) {
        put_integer(&message, "kernel_h", node->kernel_h);
        put_integer(&message, "kernel_w", node->kernel_w);
        put_integer(&message, "stride", node->stride_h);
        put_integer(&message, "groups", node->groups);
    }
    put_shape(&message, shapes[node->output]);
    put_part(out, GRAPH_NODE, &message);
}

yd_status yd_graph_def_put(const yd_model *model, int size, yd_text *out, yd_error *error)
{
    yd_text message = {0};
    yd_shape *shapes = calloc((size_t)model->graph.value_count, sizeof *shapes);
    if (!shapes) return yd_fail(error, YD_ERR_MEMORY, "no memory for the model's graph");
    yd_status status = yd_model_infer(model, size, shapes, error);
    if (status == YD_OK) {
        put_text(&message, NODE_NAME, "images");
        put_text(&message, NODE_OP, "Placeholder");
        put_shape(&message, shapes[0]);
        put_part(out, GRAPH_NODE, &message);
        for (int n = 0; n < model->graph.node_count; n++) put_node(model, n, shapes, out);
        yd_wire_put_varint(&message, VERSION_PRODUCER, PRODUCER);
        put_part(out, GRAPH_VERSIONS, &message);
        if (out->failed) status = yd_fail(error, YD_ERR_MEMORY, "no memory for the model's graph");
    }
    free(shapes);
    return status;
}
