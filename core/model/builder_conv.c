#include "model/builder.h"
#include "ops/conv.h"
#include <stddef.h>

yd_conv_spec yd_conv_square(int out, int kernel, int stride)
{
    return (yd_conv_spec){.out = out,
                          .kernel_h = kernel,
                          .kernel_w = kernel,
                          .stride_h = stride,
                          .stride_w = stride,
                          .pad_h = kernel / 2,
                          .pad_w = kernel / 2,
                          .groups = 1};
}

yd_node yd_conv_node(const yd_builder *b, int input, const yd_conv_spec *spec)
{
    return yd_node_bare((yd_node){.kind = YD_OP_CONV,
                                  .inputs = {input},
                                  .input_count = 1,
                                  .in_channels = yd_build_channels(b, input),
                                  .out_channels = spec->out,
                                  .kernel_h = spec->kernel_h,
                                  .kernel_w = spec->kernel_w,
                                  .stride_h = spec->stride_h,
                                  .stride_w = spec->stride_w,
                                  .pad_h = spec->pad_h,
                                  .pad_w = spec->pad_w,
                                  .groups = spec->groups,
                                  .focus = spec->focus});
}

static yd_module_attr tuple(const char *name, int first, int second)
{
    return (yd_module_attr){.name = name, .kind = YD_ATTR_INT_TUPLE, .list = {first, second}, .count = 2};
}

/* The attributes of torch.nn.Conv2d. Sizes are those of the stored weight, which for Focus differ from the
 * node's. */
static void conv2d_attrs(yd_builder *b, yd_module *module, const yd_node *node)
{
    int half = node->focus ? 2 : 1, pad_h = node->pad_h / half, pad_w = node->pad_w / half;
    yd_build_attr_int(b, module, "in_channels", node->in_channels * half * half);
    yd_build_attr_int(b, module, "out_channels", node->out_channels);
    yd_build_attr(b, module, tuple("kernel_size", node->kernel_h / half, node->kernel_w / half));
    yd_build_attr(b, module, tuple("stride", node->stride_h / half, node->stride_w / half));
    yd_build_attr(b, module, tuple("padding", pad_h, pad_w));
    yd_build_attr(b, module, tuple("dilation", 1, 1));
    yd_build_attr_bool(b, module, "transposed", false);
    yd_build_attr(b, module, tuple("output_padding", 0, 0));
    yd_build_attr_int(b, module, "groups", node->groups);
    yd_build_attr(b, module, (yd_module_attr){.name = "padding_mode", .kind = YD_ATTR_TEXT, .text = "zeros"});
    yd_build_attr(b, module,
                  (yd_module_attr){.name = "_reversed_padding_repeated_twice",
                                   .kind = YD_ATTR_INT_TUPLE,
                                   .list = {pad_w, pad_w, pad_h, pad_h},
                                   .count = 4});
}

static void weight_entry(yd_builder *b, yd_module *module, const yd_node *node, int index)
{
    int half = node->focus ? 2 : 1;
    yd_param param = {.dims = {node->out_channels, node->in_channels / node->groups * half * half,
                               node->kernel_h / half, node->kernel_w / half},
                      .rank = 4,
                      .region = YD_REGION_WEIGHT,
                      .plain = yd_conv_weight_count(node),
                      .layout.role = YD_ROLE_CONV_WEIGHT};
    yd_build_param(b, module, "weight", &(yd_owners){&index, 1, node->out_channels}, param,
                   offsetof(yd_node, weight));
}

static void batch_norm(yd_builder *b, yd_module *module, const yd_owners *of)
{
    if (of->count == 1) module->node = of->nodes[0];
    yd_build_attr_int(b, module, "num_features", of->channels);
    yd_build_attr(b, module, (yd_module_attr){.name = "eps", .kind = YD_ATTR_FLOAT, .number = YD_NORM_EPS});
    yd_build_attr(b, module,
                  (yd_module_attr){.name = "momentum", .kind = YD_ATTR_FLOAT, .number = YD_NORM_MOMENTUM});
    yd_build_attr_bool(b, module, "affine", true);
    yd_build_attr_bool(b, module, "track_running_stats", true);
    yd_build_vector(b, module, "weight", of, YD_REGION_NORM, YD_INITIAL_ONE, offsetof(yd_node, gamma));
    yd_build_vector(b, module, "bias", of, YD_REGION_BIAS, YD_INITIAL_ZERO, offsetof(yd_node, beta));
    yd_build_vector(b, module, "running_mean", of, YD_REGION_STATISTIC, YD_INITIAL_ZERO,
                    offsetof(yd_node, mean));
    yd_build_vector(b, module, "running_var", of, YD_REGION_STATISTIC, YD_INITIAL_VARIANCE,
                    offsetof(yd_node, variance));
    yd_param tracked = {.counter = true, .initial = YD_INITIAL_ONE, .plain = 1}; /* the stride pass's batch */
    yd_build_param(b, module, "num_batches_tracked", of, tracked, offsetof(yd_node, tracked));
}

static const char batch_norm_class[] = "torch.nn.modules.batchnorm.BatchNorm2d";

static void activation_module(yd_builder *b, yd_module *module, yd_activation activation, float slope)
{
    switch (activation) {
    case YD_ACT_NONE:
        module->class_name = "torch.nn.modules.linear.Identity";
        return;
    case YD_ACT_SILU:
        module->class_name = "torch.nn.modules.activation.SiLU";
        break;
    case YD_ACT_HARDSWISH:
        module->class_name = "torch.nn.modules.activation.Hardswish";
        break;
    case YD_ACT_RELU:
        module->class_name = "torch.nn.modules.activation.ReLU";
        break;
    case YD_ACT_LEAKY_RELU:
        module->class_name = "torch.nn.modules.activation.LeakyReLU";
        yd_build_attr(
            b, module,
            (yd_module_attr){.name = "negative_slope", .kind = YD_ATTR_FLOAT, .number = (double)slope});
        break;
    }
    yd_build_attr_bool(b, module, "inplace", true);
}

/* Limits that no sane model meets, and that keep every product of sizes far from overflow. */
enum { MAX_CHANNELS = 1 << 20, MAX_KERNEL = 64 };
static const size_t max_weights = (size_t)1 << 31;

static bool check_conv(yd_builder *b, const yd_node *node)
{
    if (node->out_channels < 1 || node->out_channels > MAX_CHANNELS)
        yd_build_fail(b, YD_ERR_CONFIG, "%d output channels: 1 to %d are wanted", node->out_channels,
                      MAX_CHANNELS);
    else if (node->kernel_h < 1 || node->kernel_w < 1 || node->kernel_h > MAX_KERNEL ||
             node->kernel_w > MAX_KERNEL)
        yd_build_fail(b, YD_ERR_CONFIG, "the kernel is %dx%d: 1 to %d is wanted", node->kernel_h,
                      node->kernel_w, MAX_KERNEL);
    else if (node->groups < 1 || node->in_channels % node->groups || node->out_channels % node->groups)
        yd_build_fail(b, YD_ERR_CONFIG, "%d groups do not divide %d input and %d output channels",
                      node->groups, node->in_channels, node->out_channels);
    else if (yd_conv_weight_count(node) > max_weights)
        yd_build_fail(b, YD_ERR_CONFIG, "a convolution of %d to %d channels is too large", node->in_channels,
                      node->out_channels);
    return b->status == YD_OK;
}

/* The node of a convolution whose norm and activation follow; fills conv, a Conv2d. */
static int convolve(yd_builder *b, yd_module *conv, int input, const yd_conv_spec *spec,
                    yd_activation activation, float slope)
{
    yd_node node = yd_conv_node(b, input, spec);
    node.norm = true;
    node.activation = activation;
    node.slope = slope;
    if (input == YD_NO_VALUE || b->status != YD_OK || !check_conv(b, &node)) return YD_NO_VALUE;
    conv->node = (int)b->nodes.count;
    int output = yd_build_node(b, &node);
    conv2d_attrs(b, conv, &node);
    weight_entry(b, conv, &node, conv->node);
    yd_build_none(b, conv, "bias");
    return output;
}

int yd_build_conv(yd_builder *b, yd_module *module, int input, const yd_conv_spec *spec)
{
    yd_module *conv = yd_build_child(b, module, "conv", "torch.nn.modules.conv.Conv2d");
    yd_activation activation = spec->identity ? YD_ACT_NONE : spec->own ? spec->activation : b->activation;
    float slope = spec->own ? spec->slope : b->slope;
    int output = convolve(b, conv, input, spec, activation, slope);
    if (output == YD_NO_VALUE) return YD_NO_VALUE;
    batch_norm(b, yd_build_child(b, module, "bn", batch_norm_class), &(yd_owners){&conv->node, 1, spec->out});
    activation_module(b, yd_build_child(b, module, "act", NULL), activation, slope);
    return output;
}

int yd_build_normed_concat(yd_builder *b, yd_module *bn, yd_module *act, const yd_conv_part *parts, int count)
{
    /* What these blocks are activated by does not follow the model's: leaky ReLU in v5.0, SiLU later. */
    yd_activation activation = b->model->focus_generation ? YD_ACT_LEAKY_RELU : YD_ACT_SILU;
    float slope = b->model->focus_generation ? 0.1f : 0;
    int outputs[YD_NODE_MAX_INPUTS], nodes[YD_NODE_MAX_INPUTS], channels = 0;
    YD_ASSERT(count <= YD_NODE_MAX_INPUTS);
    for (int i = 0; i < count; i++) {
        parts[i].module->class_name = "torch.nn.modules.conv.Conv2d";
        outputs[i] = convolve(b, parts[i].module, parts[i].input, &parts[i].spec, activation, slope);
        if (outputs[i] == YD_NO_VALUE) return YD_NO_VALUE;
        nodes[i] = parts[i].module->node;
        channels += parts[i].spec.out;
    }
    bn->class_name = batch_norm_class;
    batch_norm(b, bn, &(yd_owners){nodes, count, channels});
    activation_module(b, act, activation, slope);
    return yd_build_concat(b, outputs, count);
}

int yd_build_conv_child(yd_builder *b, yd_module *parent, const char *name, int input, yd_conv_spec spec)
{
    return yd_build_conv(b, yd_build_child(b, parent, name, "models.common.Conv"), input, &spec);
}

int yd_build_head(yd_builder *b, yd_module *module, int input, int anchors_per_cell, int outputs_per_anchor)
{
    const yd_conv_spec spec = yd_conv_square(anchors_per_cell * outputs_per_anchor, 1, 1);
    yd_node node = yd_conv_node(b, input, &spec);
    node.kind = YD_OP_HEAD;
    node.anchors_per_cell = anchors_per_cell;
    node.outputs_per_anchor = outputs_per_anchor;
    if (input == YD_NO_VALUE || b->status != YD_OK || !check_conv(b, &node)) return YD_NO_VALUE;
    int index = (int)b->nodes.count, output = yd_build_node(b, &node);
    module->node = index;
    conv2d_attrs(b, module, &node);
    weight_entry(b, module, &node, index);
    yd_build_vector(b, module, "bias", &(yd_owners){&index, 1, spec.out}, YD_REGION_BIAS,
                    YD_INITIAL_HEAD_BIAS, offsetof(yd_node, beta));
    return output;
}

int yd_build_max_pool(yd_builder *b, yd_module *module, int input, yd_pool_spec spec)
{
    yd_build_attr_int(b, module, "kernel_size", spec.kernel);
    yd_build_attr_int(b, module, "stride", spec.stride);
    yd_build_attr_int(b, module, "padding", spec.pad);
    yd_build_attr_int(b, module, "dilation", 1);
    yd_build_attr_bool(b, module, "return_indices", false);
    yd_build_attr_bool(b, module, "ceil_mode", false);
    return yd_build_max_pool_node(b, input, spec);
}

int yd_build_norm(yd_builder *b, yd_module *module, int input)
{
    yd_node node = yd_node_bare((yd_node){.kind = YD_OP_NORM,
                                          .inputs = {input},
                                          .input_count = 1,
                                          .out_channels = yd_build_channels(b, input),
                                          .norm = true});
    int index = (int)b->nodes.count, output = yd_build_node(b, &node);
    if (output != YD_NO_VALUE) batch_norm(b, module, &(yd_owners){&index, 1, node.out_channels});
    return output;
}

/* The attributes of torch.nn.ConvTranspose2d. */
static void transposed_attrs(yd_builder *b, yd_module *module, int in, const yd_transposed_spec *spec)
{
    yd_build_attr_int(b, module, "in_channels", in);
    yd_build_attr_int(b, module, "out_channels", spec->out);
    yd_build_attr(b, module, tuple("kernel_size", spec->kernel, spec->kernel));
    yd_build_attr(b, module, tuple("stride", spec->stride, spec->stride));
    yd_build_attr(b, module, tuple("padding", spec->pad, spec->pad));
    yd_build_attr(b, module, tuple("dilation", 1, 1));
    yd_build_attr_bool(b, module, "transposed", true);
    yd_build_attr(b, module, tuple("output_padding", spec->output_pad, spec->output_pad));
    yd_build_attr_int(b, module, "groups", spec->groups);
    yd_build_attr(b, module, (yd_module_attr){.name = "padding_mode", .kind = YD_ATTR_TEXT, .text = "zeros"});
    yd_build_attr(b, module,
                  (yd_module_attr){.name = "_reversed_padding_repeated_twice",
                                   .kind = YD_ATTR_INT_TUPLE,
                                   .list = {spec->pad, spec->pad, spec->pad, spec->pad},
                                   .count = 4});
}

/* The input with stride - 1 zeros between its elements, and output_pad behind them. */
static int spread(yd_builder *b, int input, const yd_transposed_spec *spec)
{
    if (spec->stride == 1 && spec->output_pad == 0) return input;
    yd_node node = yd_node_bare((yd_node){.kind = YD_OP_PAD,
                                          .inputs = {input},
                                          .input_count = 1,
                                          .factor = spec->stride,
                                          .pads = {.right = spec->output_pad, .bottom = spec->output_pad}});
    return yd_build_node(b, &node);
}

int yd_build_transposed(yd_builder *b, yd_module *module, int input, const yd_transposed_spec *spec)
{
    yd_conv_spec conv = yd_conv_square(spec->out, spec->kernel, 1);
    conv.pad_h = conv.pad_w = spec->kernel - 1 - spec->pad;
    conv.groups = spec->groups;
    int wide = spread(b, input, spec), in = yd_build_channels(b, input);
    yd_node node = yd_conv_node(b, wide, &conv);
    node.transposed = true;
    if (wide == YD_NO_VALUE || b->status != YD_OK || !check_conv(b, &node)) return YD_NO_VALUE;
    int index = (int)b->nodes.count, output = yd_build_node(b, &node);
    module->node = index;
    transposed_attrs(b, module, in, spec);
    yd_param weight = {.dims = {in, spec->out / spec->groups, spec->kernel, spec->kernel},
                       .rank = 4,
                       .region = YD_REGION_WEIGHT,
                       .plain = yd_conv_weight_count(&node),
                       .layout.role = YD_ROLE_CONV_WEIGHT};
    yd_owners self = {&index, 1, spec->out};
    yd_build_param(b, module, "weight", &self, weight, offsetof(yd_node, weight));
    if (spec->bias)
        yd_build_vector(b, module, "bias", &self, YD_REGION_BIAS, YD_INITIAL_UNIFORM,
                        offsetof(yd_node, beta));
    else
        yd_build_none(b, module, "bias");
    return output;
}
