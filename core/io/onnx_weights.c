/* Weights of convolutions with the norm behind them folded in: w * gamma / sqrt(variance + eps), and beta -
 * mean * gamma / sqrt(variance + eps) as bias; in double, rounded once. */
#include "io/onnx_internal.h"
#include "ops/conv.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Several nodes may share entries: output channels of those that stand before this one, in them. */
static int channels_before(const yd_onnx_lowering *l, int index, int entry, size_t field)
{
    int channels = 0;
    for (int i = 0; i < index; i++) {
        const yd_node *node = &l->model->graph.nodes[i];
        if (*(const int *)((const char *)node + field) == entry) channels += node->out_channels;
    }
    return channels;
}

static bool shared(const yd_onnx_lowering *l, int entry)
{
    return l->model->params[entry].shared;
}

void yd_onnx_weight_names(const yd_onnx_lowering *l, int index, char weight[YD_ONNX_ENTRY],
                          char bias[YD_ONNX_ENTRY])
{
    const yd_node *node = &l->model->graph.nodes[index];
    const char *name = l->model->params[node->weight].name, *last = strrchr(name, '.');
    int stem = last ? (int)(last - name) : 0;
    if (shared(l, node->weight)) { /* a part of the entry */
        snprintf(weight, YD_ONNX_ENTRY, "%s.%d", name, index);
        snprintf(bias, YD_ONNX_ENTRY, "%.*s.in_proj_bias.%d", stem, name, index);
        return;
    }
    snprintf(weight, YD_ONNX_ENTRY, "%s", name);
    snprintf(bias, YD_ONNX_ENTRY, "%.*s.bias", stem, name);
}

/* The node's part of an entry of one number a channel. */
static void read_vector(const yd_onnx_lowering *l, int index, int entry, size_t field, double *values)
{
    const yd_node *node = &l->model->graph.nodes[index];
    int first = shared(l, entry) ? channels_before(l, index, entry, field) : 0;
    yd_param_read(l->model, l->what->set, entry, l->buffer);
    memcpy(values, l->buffer + first, (size_t)node->out_channels * sizeof *values);
}

/* What the norm makes of each channel: x * scale + shift. Without a norm: 1, and the bias. moments: [2 *
 * channels] of scratch. */
static void read_norm(const yd_onnx_lowering *l, int index, double *scale, double *shift, double *moments)
{
    const yd_node *node = &l->model->graph.nodes[index];
    double *mean = moments, *variance = moments + node->out_channels;
    for (int c = 0; c < node->out_channels; c++) scale[c] = 1;
    if (node->beta >= 0) read_vector(l, index, node->beta, offsetof(yd_node, beta), shift);
    if (!node->norm) return;
    read_vector(l, index, node->gamma, offsetof(yd_node, gamma), scale);
    read_vector(l, index, node->mean, offsetof(yd_node, mean), mean);
    read_vector(l, index, node->variance, offsetof(yd_node, variance), variance);
    for (int c = 0; c < node->out_channels; c++) {
        scale[c] /= sqrt(variance[c] + YD_NORM_EPS);
        shift[c] -= mean[c] * scale[c];
    }
}

yd_status yd_onnx_put_weights(const yd_onnx_lowering *l, int index, yd_error *error)
{
    const yd_node *node = &l->model->graph.nodes[index];
    size_t channels = (size_t)node->out_channels;
    char weight[YD_ONNX_ENTRY], bias[YD_ONNX_ENTRY];
    double *scale = yd_arena_alloc(l->arena, 4 * channels, sizeof *scale), *shift = scale + channels;
    float *rounded = yd_arena_alloc(l->arena, channels, sizeof *rounded);
    if (!scale || !rounded) return yd_fail(error, YD_ERR_MEMORY, "no memory to export a model");
    read_norm(l, index, scale, shift, shift + channels);
    l->scales[index] = scale;
    yd_onnx_weight_names(l, index, weight, bias);
    int64_t dims[4] = {node->out_channels, node->in_channels / node->groups, node->kernel_h, node->kernel_w};
    if (node->transposed) dims[0] = node->in_channels, dims[1] = node->out_channels / node->groups;
    yd_onnx_put_later(l->onnx, weight, dims, 4, index);
    if (node->beta < 0) return YD_OK;
    for (size_t c = 0; c < channels; c++) rounded[c] = (float)shift[c];
    yd_onnx_put_reals(l->onnx, bias, (int64_t[]){node->out_channels}, 1, rounded);
    return YD_OK;
}

yd_status yd_onnx_put_norm(const yd_onnx_lowering *l, int index, yd_error *error)
{
    const size_t channels = (size_t)l->model->graph.nodes[index].out_channels;
    double *numbers = yd_arena_alloc(l->arena, 4 * channels, sizeof *numbers);
    float *rounded = yd_arena_alloc(l->arena, channels, sizeof *rounded);
    if (!numbers || !rounded) return yd_fail(error, YD_ERR_MEMORY, "no memory to export a model");
    read_norm(l, index, numbers, numbers + channels, numbers + 2 * channels);
    for (int part = 0; part < 2; part++) {
        char name[YD_ONNX_NAME];
        for (size_t c = 0; c < channels; c++) rounded[c] = (float)numbers[(size_t)part * channels + c];
        yd_onnx_name(l, index, part ? "shift" : "scale", name);
        yd_onnx_put_reals(l->onnx, name, (int64_t[]){(int64_t)channels, 1, 1}, 3, rounded);
    }
    return YD_OK;
}

void yd_onnx_fold_weight(const yd_onnx_lowering *l, int index, float *values)
{
    const yd_node *node = &l->model->graph.nodes[index];
    size_t taps = yd_conv_weight_count(node) / (size_t)node->out_channels;
    int before =
        shared(l, node->weight) ? channels_before(l, index, node->weight, offsetof(yd_node, weight)) : 0;
    yd_param_read(l->model, l->what->set, node->weight, l->buffer);
    const double *own = l->buffer + (size_t)before * taps;
    if (node->transposed) { /* stored as ONNX has it */
        for (size_t i = 0; i < yd_conv_weight_count(node); i++) values[i] = (float)own[i];
        return;
    }
    for (int out = 0; out < node->out_channels; out++)
        for (int in = 0; in < node->in_channels / node->groups; in++)
            for (int y = 0; y < node->kernel_h; y++)
                for (int x = 0; x < node->kernel_w; x++)
                    *values++ =
                        (float)(own[yd_conv_weight_index(node, out, in, y, x)] * l->scales[index][out]);
}
