/* Operations of a graph as nodes of ONNX. */
#include "io/onnx_internal.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char image_name[] = "images", output_name[] = "output0";

void yd_onnx_name(const yd_onnx_lowering *l, int node, const char *suffix, char out[YD_ONNX_NAME])
{
    snprintf(out, YD_ONNX_NAME, "model.%d/%d%s%s", l->model->graph.nodes[node].layer, node,
             *suffix ? "/" : "", suffix);
}

void yd_onnx_take(const yd_onnx_lowering *l, int node, const char *suffix)
{
    char name[YD_ONNX_NAME];
    yd_onnx_name(l, node, suffix, name);
    yd_onnx_input(l->onnx, name);
}

void yd_onnx_give(const yd_onnx_lowering *l, int node, const char *suffix)
{
    char name[YD_ONNX_NAME];
    yd_onnx_name(l, node, suffix, name);
    yd_onnx_output(l->onnx, name);
    yd_onnx_end(l->onnx, name);
}

void yd_onnx_apply(const yd_onnx_lowering *l, int node, const char *type, const char *a, const char *b,
                   const char *to)
{
    yd_onnx_begin(l->onnx, type);
    yd_onnx_take(l, node, a);
    if (b) yd_onnx_take(l, node, b);
    yd_onnx_give(l, node, to);
}

void yd_onnx_real(const yd_onnx_lowering *l, int node, const char *suffix, float value)
{
    char name[YD_ONNX_NAME];
    yd_onnx_name(l, node, suffix, name);
    yd_onnx_put_reals(l->onnx, name, (int64_t[]){1}, 1, &value);
}

void yd_onnx_integers(const yd_onnx_lowering *l, int node, const char *suffix, const int64_t *values,
                      int count)
{
    char name[YD_ONNX_NAME];
    yd_onnx_name(l, node, suffix, name);
    yd_onnx_put_integers(l->onnx, name, values, count);
}

/* A value of the graph, by the node that puts it out. */
static void take_value(const yd_onnx_lowering *l, int value)
{
    int producer = l->model->graph.values[value].producer;
    if (producer < 0)
        yd_onnx_input(l->onnx, image_name);
    else
        yd_onnx_take(l, producer, "");
}

/* An operation on the inputs of a node. */
static void begin_on(const yd_onnx_lowering *l, const char *type, const yd_node *node)
{
    yd_onnx_begin(l->onnx, type);
    for (int i = 0; i < node->input_count; i++) take_value(l, node->inputs[i]);
}

/* Activations: of the value "conv", as the node's output. */

static void hardswish(const yd_onnx_lowering *l, int index)
{
    if (l->what->opset >= 14) {
        yd_onnx_apply(l, index, "HardSwish", "conv", NULL, "");
        return;
    }
    yd_onnx_begin(l->onnx, "HardSigmoid");
    yd_onnx_take(l, index, "conv");
    yd_onnx_float(l->onnx, "alpha", 1.0f / 6);
    yd_onnx_float(l->onnx, "beta", 0.5f);
    yd_onnx_give(l, index, "gate");
    yd_onnx_apply(l, index, "Mul", "conv", "gate", "");
}

static void activate(const yd_onnx_lowering *l, int index)
{
    const yd_node *node = &l->model->graph.nodes[index];
    switch (node->activation) {
    case YD_ACT_NONE:
        return;
    case YD_ACT_SILU:
        yd_onnx_apply(l, index, "Sigmoid", "conv", NULL, "gate");
        yd_onnx_apply(l, index, "Mul", "conv", "gate", "");
        return;
    case YD_ACT_LEAKY_RELU:
        yd_onnx_begin(l->onnx, "LeakyRelu");
        yd_onnx_take(l, index, "conv");
        yd_onnx_float(l->onnx, "alpha", node->slope);
        yd_onnx_give(l, index, "");
        return;
    case YD_ACT_HARDSWISH:
        hardswish(l, index);
        return;
    case YD_ACT_RELU:
        yd_onnx_apply(l, index, "Relu", "conv", NULL, "");
        return;
    }
}

/* Operations. */

static void convolve(const yd_onnx_lowering *l, int index, const char *suffix)
{
    const yd_node *node = &l->model->graph.nodes[index];
    char weight[YD_ONNX_ENTRY], bias[YD_ONNX_ENTRY];
    yd_onnx_weight_names(l, index, weight, bias);
    begin_on(l, "Conv", node);
    yd_onnx_input(l->onnx, weight);
    if (node->beta >= 0) yd_onnx_input(l->onnx, bias);
    yd_onnx_ints(l->onnx, "kernel_shape", (int64_t[]){node->kernel_h, node->kernel_w}, 2);
    yd_onnx_ints(l->onnx, "strides", (int64_t[]){node->stride_h, node->stride_w}, 2);
    yd_onnx_ints(l->onnx, "pads", (int64_t[]){node->pad_h, node->pad_w, node->pad_h, node->pad_w}, 4);
    yd_onnx_int(l->onnx, "group", node->groups);
    yd_onnx_give(l, index, suffix);
}

/* What a transposed convolution reads is the input spread out, which ONNX has as a part of the operation. */
static const yd_node *spread_of(const yd_onnx_lowering *l, const yd_node *node)
{
    int producer = l->model->graph.values[node->inputs[0]].producer;
    const yd_node *before = producer >= 0 ? &l->model->graph.nodes[producer] : NULL;
    return before && before->kind == YD_OP_PAD && before->factor > 1 ? before : NULL;
}

static yd_status lower_transposed(const yd_onnx_lowering *l, int index, yd_error *error)
{
    const yd_node *node = &l->model->graph.nodes[index], *spread = spread_of(l, node);
    int64_t stride = spread ? spread->factor : 1, more = spread ? spread->pads.right : 0,
            pad = node->kernel_h - 1 - node->pad_h;
    char weight[YD_ONNX_ENTRY], bias[YD_ONNX_ENTRY];
    YD_TRY(yd_onnx_put_weights(l, index, error));
    yd_onnx_weight_names(l, index, weight, bias);
    begin_on(l, "ConvTranspose", spread ? spread : node);
    yd_onnx_input(l->onnx, weight);
    if (node->beta >= 0) yd_onnx_input(l->onnx, bias);
    yd_onnx_ints(l->onnx, "kernel_shape", (int64_t[]){node->kernel_h, node->kernel_w}, 2);
    yd_onnx_ints(l->onnx, "strides", (int64_t[]){stride, stride}, 2);
    yd_onnx_ints(l->onnx, "pads", (int64_t[]){pad, pad, pad, pad}, 4);
    yd_onnx_ints(l->onnx, "output_padding", (int64_t[]){more, more}, 2);
    yd_onnx_int(l->onnx, "group", node->groups);
    yd_onnx_give(l, index, "");
    return YD_OK;
}

static yd_status lower_conv(const yd_onnx_lowering *l, int index, yd_error *error)
{
    const yd_node *node = &l->model->graph.nodes[index];
    if (node->transposed) return lower_transposed(l, index, error);
    YD_TRY(yd_onnx_put_weights(l, index, error));
    convolve(l, index, node->activation == YD_ACT_NONE ? "" : "conv");
    activate(l, index);
    return YD_OK;
}

static yd_status lower_head(const yd_onnx_lowering *l, int index, yd_error *error)
{
    YD_TRY(yd_onnx_put_weights(l, index, error));
    convolve(l, index, "");
    return YD_OK;
}

static yd_status lower_norm(const yd_onnx_lowering *l, int index, yd_error *error)
{
    YD_TRY(yd_onnx_put_norm(l, index, error));
    begin_on(l, "Mul", &l->model->graph.nodes[index]);
    yd_onnx_take(l, index, "scale");
    yd_onnx_give(l, index, "scaled");
    yd_onnx_apply(l, index, "Add", "scaled", "shift", "");
    return YD_OK;
}

static yd_status lower_add(const yd_onnx_lowering *l, int index, yd_error *error)
{
    (void)error;
    const yd_node *node = &l->model->graph.nodes[index];
    begin_on(l, node->input_count == 2 ? "Add" : "Sum", node);
    yd_onnx_give(l, index, "");
    return YD_OK;
}

static yd_status lower_concat(const yd_onnx_lowering *l, int index, yd_error *error)
{
    (void)error;
    begin_on(l, "Concat", &l->model->graph.nodes[index]);
    yd_onnx_int(l->onnx, "axis", 1);
    yd_onnx_give(l, index, "");
    return YD_OK;
}

static yd_status lower_max_pool(const yd_onnx_lowering *l, int index, yd_error *error)
{
    (void)error;
    const yd_node *node = &l->model->graph.nodes[index];
    int64_t kernel = node->kernel_h, stride = node->stride_h, pad = node->pad_h;
    begin_on(l, "MaxPool", node);
    yd_onnx_ints(l->onnx, "kernel_shape", (int64_t[]){kernel, kernel}, 2);
    yd_onnx_ints(l->onnx, "strides", (int64_t[]){stride, stride}, 2);
    yd_onnx_ints(l->onnx, "pads", (int64_t[]){pad, pad, pad, pad}, 4);
    yd_onnx_give(l, index, "");
    return YD_OK;
}

static yd_status lower_pad(const yd_onnx_lowering *l, int index, yd_error *error)
{
    (void)error;
    const yd_node *node = &l->model->graph.nodes[index];
    const yd_pads *p = &node->pads;
    if (node->factor > 1) return YD_OK; /* a part of the transposed convolution that reads it */
    yd_onnx_integers(l, index, "pads", (int64_t[]){0, 0, p->top, p->left, 0, 0, p->bottom, p->right}, 8);
    begin_on(l, "Pad", node);
    yd_onnx_take(l, index, "pads");
    yd_onnx_give(l, index, "");
    return YD_OK;
}

/* Float32 in a model of halves too. count: of numbers, 0 for an empty one. */
static void put_plain(const yd_onnx_lowering *l, int index, const char *suffix, const float *values,
                      int64_t count)
{
    char name[YD_ONNX_NAME];
    yd_onnx_type real = l->onnx->real;
    yd_onnx_name(l, index, suffix, name);
    l->onnx->real = YD_ONNX_FLOAT;
    yd_onnx_put_reals(l->onnx, name, &count, 1, values);
    l->onnx->real = real;
}

/* Factors, or, where the size is fixed, that of the whole output. */
static yd_status put_resize(const yd_onnx_lowering *l, int index, yd_error *error)
{
    const yd_node *node = &l->model->graph.nodes[index];
    const float factor = (float)node->resize.factor, factors[4] = {1, 1, factor, factor};
    const yd_shape *out = &l->shapes[node->output];
    if (node->resize.height == 0) {
        put_plain(l, index, "scales", factors, 4);
        return YD_OK;
    }
    if (l->what->dynamic)
        return yd_fail(
            error, YD_ERR_UNSUPPORTED,
            "layer %d's upsample is to %d x %d whatever the image: only a fixed size can be exported",
            node->layer, out->h, out->w);
    yd_onnx_integers(l, index, "sizes", (int64_t[]){out->n, out->c, out->h, out->w}, 4);
    return YD_OK;
}

static const char *coordinates_of(const yd_resize *resize)
{
    if (!resize->bilinear) return "asymmetric";
    return resize->align_corners ? "align_corners" : "half_pixel";
}

static yd_status lower_upsample(const yd_onnx_lowering *l, int index, yd_error *error)
{
    const yd_resize *resize = &l->model->graph.nodes[index].resize;
    bool needs_region = l->what->opset < 13; /* of interest: later it, and scales, may be left out */
    YD_TRY(put_resize(l, index, error));
    if (needs_region) put_plain(l, index, "region", (float[]){0}, 0);
    begin_on(l, "Resize", &l->model->graph.nodes[index]);
    if (needs_region)
        yd_onnx_take(l, index, "region");
    else
        yd_onnx_input(l->onnx, "");
    if (resize->height == 0) {
        yd_onnx_take(l, index, "scales");
    } else {
        if (needs_region)
            yd_onnx_take(l, index, "region");
        else
            yd_onnx_input(l->onnx, "");
        yd_onnx_take(l, index, "sizes");
    }
    yd_onnx_string(l->onnx, "mode", resize->bilinear ? "linear" : "nearest");
    yd_onnx_string(l->onnx, "coordinate_transformation_mode", coordinates_of(resize));
    if (!resize->bilinear) yd_onnx_string(l->onnx, "nearest_mode", "floor");
    yd_onnx_give(l, index, "");
    return YD_OK;
}

static yd_status move_pixels(const yd_onnx_lowering *l, int index, const char *type)
{
    const yd_node *node = &l->model->graph.nodes[index];
    begin_on(l, type, node);
    yd_onnx_int(l->onnx, "blocksize", node->factor);
    yd_onnx_give(l, index, "");
    return YD_OK;
}

static yd_status lower_space_to_depth(const yd_onnx_lowering *l, int index, yd_error *error)
{
    (void)error;
    return move_pixels(l, index, "SpaceToDepth");
}

static yd_status lower_depth_to_space(const yd_onnx_lowering *l, int index, yd_error *error)
{
    (void)error;
    return move_pixels(l, index, "DepthToSpace"); /* its mode DCR, the default, is ours */
}

static void transpose(const yd_onnx_lowering *l, int index, const char *from, const char *to)
{
    yd_onnx_begin(l->onnx, "Transpose");
    yd_onnx_take(l, index, from);
    yd_onnx_ints(l->onnx, "perm", (int64_t[]){0, 1, 3, 2}, 4);
    yd_onnx_give(l, index, to);
}

/* Query, key and value as [B, heads, width, pixels]: softmax((Q / sqrt(width))^T K) V^T, transposed again. */
static yd_status lower_attention(const yd_onnx_lowering *l, int index, yd_error *error)
{
    (void)error;
    static const char *const parts[] = {"query", "key", "value"};
    const yd_node *node = &l->model->graph.nodes[index];
    int width = l->shapes[node->inputs[0]].c / node->heads;
    yd_onnx_integers(l, index, "by_head", (int64_t[]){0, node->heads, width, -1}, 4);
    for (int i = 0; i < 3; i++) {
        yd_onnx_begin(l->onnx, "Reshape");
        take_value(l, node->inputs[i]);
        yd_onnx_take(l, index, "by_head");
        yd_onnx_give(l, index, parts[i]);
    }
    yd_onnx_real(l, index, "scale", 1 / sqrtf((float)width));
    yd_onnx_apply(l, index, "Mul", "query", "scale", "query_scaled");
    transpose(l, index, "query_scaled", "query_rows");
    yd_onnx_apply(l, index, "MatMul", "query_rows", "key", "scores");
    yd_onnx_begin(l->onnx, "Softmax");
    yd_onnx_take(l, index, "scores");
    yd_onnx_int(l->onnx, "axis",
                3); /* the last: opset 12 softens all axes from this one on, later ones this alone */
    yd_onnx_give(l, index, "shares");
    transpose(l, index, "value", "value_rows");
    yd_onnx_apply(l, index, "MatMul", "shares", "value_rows", "mixed_rows");
    transpose(l, index, "mixed_rows", "mixed");
    yd_onnx_begin(l->onnx, "Shape");
    take_value(l, node->inputs[0]);
    yd_onnx_give(l, index, "size");
    yd_onnx_apply(l, index, "Reshape", "mixed", "size", "");
    return YD_OK;
}

typedef yd_status lower_op(const yd_onnx_lowering *l, int index, yd_error *error);
static lower_op *const lowerings[YD_OP_COUNT] = {
#define YD_OP(enumerator, name) [YD_OP_##enumerator] = lower_##name,
#include "ops/ops.def"
#undef YD_OP
};

/* The whole. */

static void mark(const yd_onnx_lowering *l, int index)
{
    const yd_graph *graph = &l->model->graph;
    l->wanted[index] = true;
    for (; index >= 0; index--) { /* nodes stand in the order of execution */
        const yd_node *node = &graph->nodes[index];
        for (int i = 0; l->wanted[index] && i < node->input_count; i++) {
            int producer = graph->values[node->inputs[i]].producer;
            if (producer >= 0) l->wanted[producer] = true;
        }
    }
}

static yd_status infer_shapes(const yd_onnx_lowering *l, yd_error *error)
{
    const yd_graph *graph = &l->model->graph;
    l->shapes[0] = (yd_shape){l->what->batch, 3, l->what->height, l->what->width};
    for (int i = 0; i < graph->node_count; i++) {
        const yd_node *node = &graph->nodes[i];
        yd_shape inputs[YD_NODE_MAX_INPUTS];
        for (int k = 0; k < node->input_count; k++) inputs[k] = l->shapes[node->inputs[k]];
        YD_TRY(yd_op_infer(node, inputs, &l->shapes[node->output], error));
    }
    return YD_OK;
}

/* The boxes of all levels, one after the other. */
static yd_status lower_output(const yd_onnx_lowering *l, yd_error *error)
{
    const yd_graph *graph = &l->model->graph;
    for (int i = 0; i < graph->head_count; i++) YD_TRY(yd_onnx_lower_boxes(l, i, error));
    yd_onnx_begin(l->onnx, "Concat");
    for (int i = 0; i < graph->head_count; i++) yd_onnx_take(l, graph->heads[i], "boxes");
    yd_onnx_int(l->onnx, "axis", 1);
    yd_onnx_output(l->onnx, output_name);
    yd_onnx_end(l->onnx, output_name);
    return YD_OK;
}

static int count_rows(const yd_onnx_lowering *l)
{
    int rows = 0;
    for (int i = 0; i < l->model->graph.head_count; i++) {
        const yd_shape *shape = &l->shapes[l->model->graph.nodes[l->model->graph.heads[i]].output];
        rows += l->model->na * shape->h * shape->w;
    }
    return rows;
}

static void put_values(const yd_onnx_lowering *l, int rows)
{
    const yd_onnx_export *what = l->what;
    yd_onnx_value images = {.name = image_name,
                            .rank = 4,
                            .dims = {what->batch, 3, what->height, what->width},
                            .free_names = {"batch", "", "height", "width"}};
    yd_onnx_value output = {.name = output_name,
                            .rank = 3,
                            .dims = {what->batch, rows, l->model->nc + 5},
                            .free_names = {"batch", "anchors"},
                            .output = true};
    if (what->dynamic) images.dims[0] = images.dims[2] = images.dims[3] = output.dims[0] = output.dims[1] = 0;
    yd_onnx_put_value(l->onnx, &images);
    yd_onnx_put_value(l->onnx, &output);
}

/* A string as Python writes it. */
static void add_python_string(yd_text *out, const char *string)
{
    bool single = strchr(string, '\'') && !strchr(string, '"');
    char quote = single ? '"' : '\'';
    yd_text_add_bytes(out, &quote, 1);
    for (; *string; string++) {
        unsigned char c = (unsigned char)*string;
        if (c == '\\' || c == (unsigned char)quote)
            yd_text_addf(out, "\\%c", c);
        else if (c < ' ' || c == 127)
            yd_text_addf(out, "\\x%02x", c);
        else
            yd_text_add_bytes(out, string, 1);
    }
    yd_text_add_bytes(out, &quote, 1);
}

/* The largest stride of the heads, and a dictionary of names, as Python writes them. */
static yd_status put_properties(const yd_onnx_lowering *l, yd_error *error)
{
    yd_text text = {0};
    double largest = 0;
    for (int i = 0; i < l->model->nl; i++) largest = fmax(largest, (double)l->model->stride[i]);
    yd_text_addf(&text, "%d", (int)largest);
    if (text.data) yd_onnx_put_property(l->onnx, "stride", text.data);
    yd_text_clear(&text);
    yd_text_add(&text, "{");
    for (int i = 0; i < l->model->nc; i++) {
        yd_text_addf(&text, "%s%d: ", i ? ", " : "", i);
        add_python_string(&text, l->what->names[i]);
    }
    yd_text_add(&text, "}");
    if (text.data) yd_onnx_put_property(l->onnx, "names", text.data);
    bool failed = text.failed;
    yd_text_free(&text);
    return failed ? yd_fail(error, YD_ERR_MEMORY, "no memory to export a model") : YD_OK;
}

static void fill(void *context, int number, float *values)
{
    yd_onnx_fold_weight(context, number, values);
}

static yd_status lower(const yd_onnx_lowering *l, int *rows, yd_error *error)
{
    const yd_graph *graph = &l->model->graph;
    YD_TRY(infer_shapes(l, error));
    for (int i = 0; i < graph->head_count; i++) mark(l, graph->heads[i]);
    for (int i = 0; i < graph->node_count; i++)
        if (l->wanted[i]) YD_TRY(lowerings[graph->nodes[i].kind](l, i, error));
    YD_TRY(lower_output(l, error));
    int all = count_rows(l);
    if (rows) *rows = all;
    put_values(l, all);
    return put_properties(l, error);
}

static bool make_room(yd_onnx_lowering *l)
{
    const yd_model *model = l->model;
    size_t most = 1, nodes = (size_t)model->graph.node_count;
    for (int i = 0; i < model->param_count; i++)
        if (model->params[i].plain > most) most = model->params[i].plain;
    l->arena = yd_arena_create(0);
    if (!l->arena) return false;
    l->shapes = yd_arena_alloc(l->arena, (size_t)model->graph.value_count, sizeof *l->shapes);
    l->wanted = yd_arena_alloc(l->arena, nodes, sizeof *l->wanted);
    l->scales = yd_arena_alloc(l->arena, nodes, sizeof *l->scales);
    l->buffer = yd_arena_alloc(l->arena, most, sizeof *l->buffer);
    return l->shapes && l->wanted && l->scales && l->buffer;
}

yd_status yd_onnx_export_model(const char *path, const yd_onnx_export *what, int *rows, yd_error *error)
{
    yd_onnx onnx = {.opset = what->opset, .real = what->half ? YD_ONNX_HALF : YD_ONNX_FLOAT};
    yd_onnx_lowering l = {.what = what, .model = what->model, .onnx = &onnx};
    yd_status status = make_room(&l) ? lower(&l, rows, error)
                                     : yd_fail(error, YD_ERR_MEMORY, "%s: no memory to write it", path);
    if (status == YD_OK) status = yd_onnx_write(&onnx, path, fill, &l, error);
    yd_arena_destroy(l.arena);
    yd_onnx_free(&onnx);
    return status;
}
