/* A model under construction: operations, values and modules are added, in the order of execution; the first
 * failure sticks, and everything added after it is ignored. So a lowering reads straight through: a function
 * that takes the value YD_NO_VALUE returns it, and the caller of the last one looks at status once. */
#pragma once
#include "base/vector.h"
#include "model/module_tree.h"

enum { YD_NO_VALUE = -1 };

/* An entry of the state dict before the order of the table is known. */
typedef struct yd_pending_param {
    yd_param param;                /* all but name, place and layout maps */
    int nodes[YD_NODE_MAX_INPUTS]; /* of the graph: none, or those that share it, in the order of their parts
                                    */
    int node_count;
    size_t node_field; /* offset in yd_node of the index to be filled in */
} yd_pending_param;

typedef struct yd_builder {
    yd_model *model;
    yd_module_tree *tree;
    yd_arena *arena; /* the model's */
    yd_vector nodes, values, probes,
        params;               /* yd_node, yd_value, yd_shape at the probe's size, yd_pending_param */
    const yd_model_row *row;  /* the row that is being lowered */
    int layer;                /* its index */
    int understood;           /* how many of its arguments the lowering has looked at */
    yd_activation activation; /* of every Conv */
    float slope;
    yd_module spare; /* stands in for modules that could not be made */
    yd_status status;
    yd_error *error;
} yd_builder;

/* Records a failure, prefixed by the place "FILE:LINE: MODULE: ", unless one is recorded already. Returns
 * YD_NO_VALUE. */
int yd_build_fail(yd_builder *builder, yd_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Modules. Names and classes are literals or live in the arena; none of these returns NULL. */
/* The child of that name; made (last, so far) if there is none. class_name may be NULL: to be given later. */
yd_module *yd_build_child(yd_builder *builder, yd_module *parent, const char *name, const char *class_name);
/* Empty children of the names (separated by spaces), so that they are registered in this order whenever they
 * are lowered. */
void yd_build_reserve(yd_builder *builder, yd_module *parent, const char *names);
yd_module *yd_build_numbered_child(yd_builder *builder, yd_module *parent, int number,
                                   const char *class_name);
void yd_build_attr(yd_builder *builder, yd_module *module, yd_module_attr attr);
void yd_build_attr_int(yd_builder *builder, yd_module *module, const char *name, int value);
void yd_build_attr_bool(yd_builder *builder, yd_module *module, const char *name, bool value);
/* The nodes that an entry of the state dict belongs to, and how many channels all of them put out. Of
 * several, each has a part, in their order. */
typedef struct yd_owners {
    const int *nodes;
    int count, channels;
} yd_owners;
/* An entry of the state dict: a buffer where it is a statistic or a counter, else a parameter. node_field: of
 * yd_node, the index that the entry will be known by. */
void yd_build_param(yd_builder *builder, yd_module *module, const char *name, const yd_owners *of,
                    yd_param param, size_t node_field);
/* A value for each channel. */
void yd_build_vector(yd_builder *builder, yd_module *module, const char *name, const yd_owners *of,
                     yd_region region, yd_initial initial, size_t node_field);
/* A parameter that is None. */
void yd_build_none(yd_builder *builder, yd_module *module, const char *name);

/* Values. */
int yd_build_channels(const yd_builder *builder, int value);
/* The node with no parameters: their indices are filled in when the table of the model is made. */
yd_node yd_node_bare(yd_node node);
/* Adds the operation, whose output is a new value; its shape is checked at the probe's size. */
int yd_build_node(yd_builder *builder, const yd_node *node);
int yd_build_add(yd_builder *builder, int a, int b);
int yd_build_concat(yd_builder *builder, const int *values, int count);

/* YOLOv5's Conv: convolution without bias, norm, activation. (model_and_loss.md, 4.1) */
typedef struct yd_conv_spec {
    int out, kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w, groups;
    bool identity; /* no activation */
    bool own;      /* not the model's, but this one: */
    yd_activation activation;
    float slope;
    bool focus; /* Focus's convolution of the four half images: kernel, stride and padding are those of the
                   equal one */
} yd_conv_spec;
/* Square kernel, padding kernel / 2, one group, activated. */
yd_conv_spec yd_conv_square(int out, int kernel, int stride);
/* The node of that convolution, with neither norm nor activation yet. */
yd_node yd_conv_node(const yd_builder *builder, int input, const yd_conv_spec *spec);
/* Fills module, an object of class models.common.Conv. */
int yd_build_conv(yd_builder *builder, yd_module *module, int input, const yd_conv_spec *spec);
/* The same as a child of that name. */
int yd_build_conv_child(yd_builder *builder, yd_module *parent, const char *name, int input,
                        yd_conv_spec spec);
/* Convolutions without bias, each filling a Conv2d, then one norm and activation over the concatenation of
 * what they put out: fills bn, a BatchNorm2d, and act. In the graph each convolution has its part of the
 * norm. */
typedef struct yd_conv_part {
    yd_module *module;
    int input;
    yd_conv_spec spec;
} yd_conv_part;
int yd_build_normed_concat(yd_builder *builder, yd_module *bn, yd_module *act, const yd_conv_part *parts,
                           int count);
/* Linear of every pixel: a 1x1 convolution; fills module. (4.6) */
int yd_build_linear(yd_builder *builder, yd_module *module, int input, int out, bool bias);
/* Attention of query, key and value with its projections; fills module, a MultiheadAttention. (4.6) */
int yd_build_attention(yd_builder *builder, yd_module *module, const int inputs[3], int heads);
/* Detect's 1x1 convolution with bias; fills module, a Conv2d. (4.13) */
int yd_build_head(yd_builder *builder, yd_module *module, int input, int anchors_per_cell,
                  int outputs_per_anchor);
typedef struct yd_pool_spec {
    int kernel, stride, pad;
} yd_pool_spec;
yd_pool_spec yd_pool_square(int kernel); /* stride 1, padding kernel / 2 */
/* Fills module, a MaxPool2d. */
int yd_build_max_pool(yd_builder *builder, yd_module *module, int input, yd_pool_spec spec);
/* For a MaxPool2d that runs again without being another module. */
int yd_build_max_pool_node(yd_builder *builder, int input, yd_pool_spec spec);
/* Batch norm of a value that is no convolution's; fills module, a BatchNorm2d. */
int yd_build_norm(yd_builder *builder, yd_module *module, int input);
/* Transposed convolution with bias or without: a convolution of the input spread out, with its weight turned
 * round. Fills module, a ConvTranspose2d. */
typedef struct yd_transposed_spec {
    int out, kernel, stride, pad, output_pad, groups;
    bool bias;
} yd_transposed_spec;
int yd_build_transposed(yd_builder *builder, yd_module *module, int input, const yd_transposed_spec *spec);

/* The image's size at which shapes are checked and strides found, as YOLOv5 does. (5) */
enum { YD_PROBE_SIZE = 256 };
bool yd_builder_start(yd_builder *builder, yd_model *model, yd_module_tree *tree, yd_error *error);
void yd_builder_free(yd_builder *builder);
