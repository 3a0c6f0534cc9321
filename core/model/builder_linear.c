/* Linear layers and attention. What PyTorch calls tokens are the pixels of an image, so a Linear is a 1x1
 * convolution. (model_and_loss.md, 4.6) */
#include "model/builder.h"
#include "ops/conv.h"
#include <stddef.h>

static yd_node linear_node(const yd_builder *b, int input, int out)
{
    const yd_conv_spec spec = yd_conv_square(out, 1, 1);
    return yd_conv_node(b, input, &spec);
}

static void matrix(yd_builder *b, yd_module *module, const char *name, const yd_owners *of, int columns,
                   yd_initial initial)
{
    yd_param param = {.dims = {of->channels, columns},
                      .rank = 2,
                      .region = YD_REGION_WEIGHT,
                      .initial = initial,
                      .plain = (size_t)of->channels * (size_t)columns,
                      .layout.role = YD_ROLE_CONV_WEIGHT};
    yd_build_param(b, module, name, of, param, offsetof(yd_node, weight));
}

/* bias: what a fresh one holds; NULL for none. */
static int build_linear(yd_builder *b, yd_module *module, yd_node node, const yd_initial *bias)
{
    if (node.inputs[0] == YD_NO_VALUE || b->status != YD_OK) return YD_NO_VALUE;
    int index = (int)b->nodes.count, output = yd_build_node(b, &node);
    yd_owners self = {&index, 1, node.out_channels};
    module->class_name = "torch.nn.modules.linear.Linear";
    module->node = index;
    yd_build_attr_int(b, module, "in_features", node.in_channels);
    yd_build_attr_int(b, module, "out_features", node.out_channels);
    matrix(b, module, "weight", &self, node.in_channels, YD_INITIAL_UNIFORM);
    if (bias)
        yd_build_vector(b, module, "bias", &self, YD_REGION_BIAS, *bias, offsetof(yd_node, beta));
    else
        yd_build_none(b, module, "bias");
    return output;
}

int yd_build_linear(yd_builder *b, yd_module *module, int input, int out, bool bias)
{
    const yd_initial uniform = YD_INITIAL_UNIFORM;
    return build_linear(b, module, linear_node(b, input, out), bias ? &uniform : NULL);
}

/* Query, key and value are projected by one matrix, whose rows they share. Its entries are named neither
 * weight nor bias, so that the bias decays too. */
static bool project(yd_builder *b, yd_module *module, const int inputs[3], int channels, int outputs[3])
{
    int nodes[3];
    for (int i = 0; i < 3; i++) {
        yd_node node = linear_node(b, inputs[i], channels);
        node.uncounted = true;
        nodes[i] = (int)b->nodes.count;
        outputs[i] = yd_build_node(b, &node);
        if (outputs[i] == YD_NO_VALUE) return false;
    }
    yd_owners all = {nodes, 3, 3 * channels};
    matrix(b, module, "in_proj_weight", &all, channels, YD_INITIAL_XAVIER);
    yd_build_none(b, module, "q_proj_weight");
    yd_build_none(b, module, "k_proj_weight");
    yd_build_none(b, module, "v_proj_weight");
    yd_build_vector(b, module, "in_proj_bias", &all, YD_REGION_WEIGHT, YD_INITIAL_ZERO,
                    offsetof(yd_node, beta));
    return true;
}

static void attention_attrs(yd_builder *b, yd_module *module, int channels, int heads)
{
    static const char *const sizes[] = {"embed_dim", "kdim", "vdim"};
    for (int i = 0; i < 3; i++) yd_build_attr_int(b, module, sizes[i], channels);
    yd_build_attr_bool(b, module, "_qkv_same_embed_dim", true);
    yd_build_attr_int(b, module, "num_heads", heads);
    yd_build_attr(b, module, (yd_module_attr){.name = "dropout", .kind = YD_ATTR_FLOAT});
    yd_build_attr_bool(b, module, "batch_first", false);
    yd_build_attr_int(b, module, "head_dim", channels / heads);
    yd_build_attr(b, module, (yd_module_attr){.name = "bias_k", .kind = YD_ATTR_NONE});
    yd_build_attr(b, module, (yd_module_attr){.name = "bias_v", .kind = YD_ATTR_NONE});
    yd_build_attr_bool(b, module, "add_zero_attn", false);
}

int yd_build_attention(yd_builder *b, yd_module *module, const int inputs[3], int heads)
{
    int channels = yd_build_channels(b, inputs[0]);
    yd_node node = yd_node_bare((yd_node){.kind = YD_OP_ATTENTION, .input_count = 3, .heads = heads});
    if (b->status != YD_OK || !project(b, module, inputs, channels, node.inputs)) return YD_NO_VALUE;
    int mixed = yd_build_node(b, &node);
    attention_attrs(b, module, channels, heads);
    yd_node last = linear_node(b, mixed, channels);
    last.uncounted = true;
    const yd_initial zero = YD_INITIAL_ZERO;
    return build_linear(b, yd_build_child(b, module, "out_proj", NULL), last, &zero);
}
