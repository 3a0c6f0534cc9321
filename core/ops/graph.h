/* A model as a list of operations over values. The graph knows no batch size and no memory: plan.h adds
 * those. */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "tensor/tensor.h"
#include <stdbool.h>

typedef enum yd_op_kind {
#define YD_OP(enumerator, name) YD_OP_##enumerator,
#include "ops/ops.def"
#undef YD_OP
    YD_OP_COUNT
} yd_op_kind;
const char *yd_op_name(yd_op_kind kind);

typedef enum yd_activation {
    YD_ACT_NONE,
    YD_ACT_SILU,
    YD_ACT_LEAKY_RELU,
    YD_ACT_HARDSWISH,
    YD_ACT_RELU
} yd_activation;

enum { YD_NODE_MAX_INPUTS = 8 };

typedef struct yd_pads {
    int left, right, top, bottom;
} yd_pads;

/* To height x width, or, where those are 0, to floor(factor * size). align_corners: of bilinear. */
typedef struct yd_resize {
    bool bilinear, align_corners;
    int height, width;
    double factor;
} yd_resize;

/* One operation. Values are numbered; value 0 is the image. Parameters are indices into the model's table, -1
 * for none. */
typedef struct yd_node {
    yd_op_kind kind;
    int inputs[YD_NODE_MAX_INPUTS], input_count, output;
    int layer; /* row of the model's YAML */
    /* CONV and HEAD; NORM: out_channels; MAX_POOL: kernel_h, stride_h, pad_h, which hold for both axes */
    int in_channels, out_channels, kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w, groups;
    bool norm;  /* batch norm follows (eps 1e-3, momentum 0.03) */
    bool focus; /* a 6x6 stride-2 convolution whose weight is stored as Focus stores it: [out, 4*in, 3, 3] */
    /* The weight is stored as ConvTranspose2d stores it: [in, out / groups, kernel_h, kernel_w], the last tap
     * first. */
    bool transposed;
    yd_activation activation;
    float slope;                              /* of LEAKY_RELU */
    int anchors_per_cell, outputs_per_anchor; /* HEAD: na, no */
    int factor;       /* SPACE_TO_DEPTH, DEPTH_TO_SPACE; PAD: one more than the zeros between elements */
    yd_pads pads;     /* PAD */
    yd_resize resize; /* UPSAMPLE */
    int heads;        /* ATTENTION */
    bool uncounted;   /* a convolution that thop does not see (model_and_loss.md, 8) */
    int weight, gamma, beta, mean, variance, tracked; /* HEAD: weight, and beta is the bias */
    /* Physical output channels that stand before this node's own in the parameters that it shares with other
     * nodes: those of a norm over a concatenation belong to all that write into it. */
    int part;
} yd_node;

typedef struct yd_value {
    int channels;  /* logical */
    int reduction; /* stride relative to the image: 1, 2, 4, … */
    int producer;  /* node, -1 for the image */
} yd_value;

typedef struct yd_graph {
    yd_node *nodes;
    int node_count;
    yd_value *values;
    int value_count;
    int heads[8]; /* HEAD nodes in level order (P3 first) */
    int head_count;
} yd_graph;

/* Shape of a node's output from its inputs' shapes (the file of each op has its rule). Status UNSUPPORTED
 * names the op and the shapes where they do not fit. */
yd_status yd_op_infer(const yd_node *node, const yd_shape *inputs, yd_shape *output, yd_error *error);
/* Multiply-adds counted as thop of 2021 counts them (model_and_loss.md, section 8), times two. */
double yd_op_flops(const yd_node *node, yd_shape input, yd_shape output);
