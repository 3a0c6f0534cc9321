#include "backend/cpu/convolution.h"
#include "backend/cpu/flat.h"
#include "ops/conv.h"
#include <math.h>
#include <string.h>

/* oneDNN takes what it only reads through the same pointers as what it writes. */
static float *mutable(const void *data)
{
    return (float *)(uintptr_t)data;
}

static yd_status create_pass(yd_convolution *c, yd_conv_desc *desc, yd_conv_pass pass, yd_dnnl_conv **made,
                             yd_error *error)
{
    size_t scratch = 0;
    desc->pass = pass;
    desc->weights = pass == YD_CONV_DATA ? yd_weight_for_data(&c->master) : c->master;
    YD_TRY(yd_dnnl_conv_create(c->device->dnnl, desc, made, &scratch, error));
    if (pass == YD_CONV_WEIGHTS) /* room to compute a gradient that is then added */
        scratch += yd_cpu_align(yd_weight_elements(&c->master) * sizeof(float));
    if (scratch > c->scratch) c->scratch = scratch;
    return YD_OK;
}

yd_status yd_convolution_prepare(yd_convolution *c, yd_device *device, const yd_op_desc *desc, bool bias,
                                 yd_activation activation, yd_error *error)
{
    const yd_node *node = desc->node;
    const yd_shape *in = &desc->inputs[0], *out = &desc->output;
    *c = (yd_convolution){.device = device,
                          .param = {.role = YD_ROLE_CONV_WEIGHT,
                                    .node = node,
                                    .input = desc->input_maps[0],
                                    .output = desc->output_map,
                                    .plain = yd_conv_weight_count(node)}};
    c->master = yd_weight_master(node, &desc->input_maps[0], &desc->output_map, device->vector->block);
    c->masked = node->groups > 1 && c->master.form != YD_FORM_DEPTHWISE;
    if (c->master.out % YD_CHANNEL_BLOCK || !yd_cpu_elements(*in, desc->input_maps[0].physical) ||
        !yd_cpu_elements(*out, c->master.out))
        return yd_fail(error, YD_ERR_UNSUPPORTED,
                       "layer %d's %s: %d physical channels of [%d, %d, %d, %d] cannot be laid out",
                       node->layer, yd_op_name(node->kind), c->master.out, out->n, out->c, out->h, out->w);
    if (desc->need_input_gradient && c->master.form == YD_FORM_IMAGE)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "layer %d's %s: no gradient of the image", node->layer,
                       yd_op_name(node->kind));
    yd_conv_desc pass = {.node = node,
                         .batch = in->n,
                         .height = in->h,
                         .width = in->w,
                         .out_height = out->h,
                         .out_width = out->w,
                         .bias = bias,
                         .activation = activation,
                         .slope = node->slope};
    const bool train = desc->mode == YD_MODE_TRAIN;
    yd_status status = create_pass(c, &pass, YD_CONV_FORWARD, &c->forward, error);
    if (status == YD_OK && train && desc->need_input_gradient)
        status = create_pass(c, &pass, YD_CONV_DATA, &c->data, error);
    if (status == YD_OK && train && !desc->frozen)
        status = create_pass(c, &pass, YD_CONV_WEIGHTS, &c->weights, error);
    if (status != YD_OK) yd_convolution_release(c);
    return status;
}

void yd_convolution_release(yd_convolution *c)
{
    yd_dnnl_conv_destroy(c->forward);
    yd_dnnl_conv_destroy(c->data);
    yd_dnnl_conv_destroy(c->weights);
    *c = (yd_convolution){0};
}

void yd_convolution_forward(const yd_convolution *c, const void *input, const void *weight, const void *bias,
                            float *output, void *scratch)
{
    yd_dnnl_conv_run(c->forward, mutable(input), mutable(weight), mutable(bias), output, scratch);
}

void yd_convolution_weights(const yd_convolution *c, const void *input, const float *output_gradient,
                            void *gradient, bool accumulate, void *scratch)
{
    if (!c->weights || !gradient) return;
    const size_t elements = yd_weight_elements(&c->master);
    float *target = accumulate ? scratch : gradient;
    char *rest = (char *)scratch + yd_cpu_align(elements * sizeof(float));
    yd_dnnl_conv_run(c->weights, mutable(input), target, NULL, mutable(output_gradient), rest);
    if (c->masked) yd_weight_mask(&c->param, c->master.block, target);
    if (accumulate) yd_flat_add(c->device, elements, gradient, target);
}

void yd_convolution_data(const yd_convolution *c, void *input_gradient, const yd_node_params *params,
                         const float *output_gradient, void *scratch)
{
    if (!c->data || !input_gradient) return;
    const void *weight = params->working ? params->working : params->weight;
    yd_dnnl_conv_run(c->data, input_gradient, mutable(weight), NULL, mutable(output_gradient), scratch);
}

static size_t folded_bytes(const yd_weight_layout *master)
{
    return yd_cpu_align(yd_weight_elements(master) * sizeof(float));
}

size_t yd_convolution_working_bytes(yd_device *device, const yd_param_layout *weight, yd_mode mode)
{
    if (weight->role != YD_ROLE_CONV_WEIGHT) return 0;
    const yd_weight_layout master =
        yd_weight_master(weight->node, &weight->input, &weight->output, device->vector->block);
    if (mode == YD_MODE_TRAIN)
        return yd_weight_for_data(&master).form == master.form ? 0
                                                               : yd_weight_elements(&master) * sizeof(float);
    return weight->node->norm ? folded_bytes(&master) + (size_t)master.out * sizeof(float) : 0;
}

const float *yd_convolution_folded_bias(const yd_convolution *c, const void *working)
{
    return (const float *)(const void *)((const char *)working + folded_bytes(&c->master));
}

typedef struct refresh {
    const yd_node_params *params;
    yd_weight_layout master, data;
    float *weight, *bias;
} refresh;

static void transpose_share(void *context, int index, int count)
{
    const refresh *r = context;
    size_t begin, end;
    yd_team_share((size_t)(r->master.out / r->master.block), index, count, &begin, &end);
    yd_weight_transpose(&r->master, &r->data, (int)begin, (int)end, r->params->weight, r->weight);
}

/* Weight times gamma / deviation, bias beta - mean * gamma / deviation, for the output channels of a share.
 * In every form of a master the output channel is the innermost index and its block the outermost. */
static void fold_share(void *context, int index, int count)
{
    const refresh *r = context;
    const size_t block = (size_t)r->master.block,
                 each = yd_weight_elements(&r->master) / ((size_t)r->master.out / block);
    const float *weight = r->params->weight, *gamma = r->params->gamma, *beta = r->params->beta;
    const float *mean = r->params->mean, *variance = r->params->variance;
    float scale[YD_MAX_BLOCK] = {0};
    size_t begin, end;
    yd_team_share((size_t)r->master.out / block, index, count, &begin, &end);
    for (size_t b = begin; b < end; b++) {
        for (size_t lane = 0; lane < block; lane++) {
            const size_t c = b * block + lane;
            const double factor = (double)gamma[c] / sqrt((double)variance[c] + YD_NORM_EPS);
            scale[lane] = (float)factor;
            r->bias[c] = (float)((double)beta[c] - (double)mean[c] * factor);
        }
        for (size_t i = 0; i < each; i++) r->weight[b * each + i] = weight[b * each + i] * scale[i % block];
    }
}

void yd_convolution_refresh(yd_device *device, const yd_param_layout *weight, yd_mode mode,
                            const yd_node_params *params, void *working)
{
    if (!yd_convolution_working_bytes(device, weight, mode)) return;
    refresh r = {.params = params,
                 .master =
                     yd_weight_master(weight->node, &weight->input, &weight->output, device->vector->block),
                 .weight = working};
    yd_team_enter(device->team);
    if (mode == YD_MODE_TRAIN) {
        r.data = yd_weight_for_data(&r.master);
        yd_team_run(device->team, transpose_share, &r);
    } else {
        r.bias = (float *)(void *)((char *)working + folded_bytes(&r.master));
        yd_team_run(device->team, fold_share, &r);
    }
}
