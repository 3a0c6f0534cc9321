#include "backend/cpu/convolution.h"
#include "backend/cpu/flat.h"
#include "backend/cpu/round.h"
#include "backend/cpu/winograd.h"
#include "ops/conv.h"
#include <math.h>
#include <string.h>

/* oneDNN takes what it only reads through the same pointers as what it writes. */
static void *mutable(const void *data)
{
    return (void *)(uintptr_t)data;
}

static size_t copy_bytes(const yd_weight_layout *layout, yd_dtype type)
{
    return yd_cpu_align(yd_weight_elements(layout) * yd_dtype_size(type));
}

static yd_weight_copies place_copies(const yd_device *device, const yd_param_layout *weight, yd_mode mode)
{
    const yd_dtype type = device->activations;
    const yd_weight_layout master =
        yd_weight_master(weight->node, &weight->input, &weight->output, device->vector->block);
    const yd_weight_layout forward = yd_weight_for_forward(&master, type),
                           data = yd_weight_for_data(&master, type);
    yd_weight_copies c = {.master = master, .type = type};
    c.folded = mode == YD_MODE_EVAL && weight->node->norm;
    c.twice = mode == YD_MODE_TRAIN && master.form == YD_FORM_IN_OUT &&
              !yd_winograd_serves(weight->node, &master, type);
    c.data = type == YD_BF16 || c.folded ? copy_bytes(&forward, type) : 0;
    c.bias = c.data + (c.twice ? copy_bytes(&data, type) : 0);
    c.bytes = c.bias + (c.folded ? (size_t)master.out * sizeof(float) : 0);
    return c;
}

static bool is_there(const yd_pass_kernel *kernel)
{
    return kernel->dnnl || kernel->tiles;
}

static void run_pass(const yd_pass_kernel *kernel, void *input, void *weights, void *bias, void *output,
                     void *scratch)
{
    if (kernel->tiles)
        yd_tiles_run(kernel->tiles, input, weights, bias, output, scratch);
    else
        yd_dnnl_conv_run(kernel->dnnl, input, weights, bias, output, scratch);
}

static void destroy_pass(yd_pass_kernel *kernel)
{
    yd_tiles_destroy(kernel->tiles);
    yd_dnnl_conv_destroy(kernel->dnnl);
}

static yd_status create_pass(yd_convolution *c, yd_conv_desc *desc, yd_conv_pass pass, yd_pass_kernel *made,
                             yd_error *error)
{
    size_t scratch = 0;
    desc->pass = pass;
    desc->weights = pass == YD_CONV_FORWARD                   ? yd_weight_for_forward(&c->master, desc->type)
                    : c->copies.twice && pass == YD_CONV_DATA ? yd_weight_for_data(&c->master, desc->type)
                                                              : c->master;
    if (yd_winograd_is_ours(desc))
        YD_TRY(yd_tiles_create(c->device, desc, &made->tiles, &scratch, error));
    else
        YD_TRY(yd_dnnl_conv_create(c->device->dnnl, desc, &made->dnnl, &scratch, error));
    if (pass == YD_CONV_WEIGHTS) /* room to compute a gradient that is then added */
        scratch += yd_cpu_align(yd_weight_elements(&c->master) * sizeof(float));
    if (scratch > c->scratch) c->scratch = scratch;
    return YD_OK;
}

/* With vectors of 8 oneDNN's activations by the exponential cost more within its convolutions than a pass of
 * our own behind them does, which reads and writes the whole output once more: docs/performance.md. */
static bool leaves_activation(const yd_device *device, const yd_conv_desc *desc)
{
    bool slow = desc->activation == YD_ACT_SILU || desc->activation == YD_ACT_HARDSWISH;
    return slow && desc->type == YD_F32 && device->vector->block == 8 && !yd_winograd_is_ours(desc);
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
    c->copies = place_copies(device, &c->param, desc->mode);
    c->master = c->copies.master;
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
                         .type = device->activations,
                         .result = node->kind == YD_OP_HEAD ? YD_F32 : device->activations,
                         .batch = in->n,
                         .height = in->h,
                         .width = in->w,
                         .out_height = out->h,
                         .out_width = out->w,
                         .bias = bias,
                         .activation = activation,
                         .slope = node->slope};
    pass.winograd = yd_winograd_serves(node, &c->master, pass.type) && yd_winograd_chosen(&pass);
    pass.weights = yd_weight_for_forward(&c->master, pass.type);
    c->apart = leaves_activation(device, &pass);
    if (c->apart) pass.activation = YD_ACT_NONE;
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
    destroy_pass(&c->forward);
    destroy_pass(&c->data);
    destroy_pass(&c->weights);
    *c = (yd_convolution){0};
}

void yd_convolution_forward(const yd_convolution *c, const void *input, const void *weight, const void *bias,
                            void *output, void *scratch)
{
    run_pass(&c->forward, mutable(input), mutable(weight), mutable(bias), output, scratch);
}

void yd_convolution_weights(const yd_convolution *c, const void *input, const void *output_gradient,
                            void *gradient, bool accumulate, void *scratch)
{
    if (!is_there(&c->weights) || !gradient) return;
    const size_t elements = yd_weight_elements(&c->master);
    float *target = accumulate ? scratch : gradient;
    char *rest = (char *)scratch + yd_cpu_align(elements * sizeof(float));
    run_pass(&c->weights, mutable(input), target, NULL, mutable(output_gradient), rest);
    if (c->masked) yd_weight_mask(&c->param, c->master.block, target);
    if (accumulate) yd_flat_add(c->device, elements, gradient, target);
}

static const void *at(const void *copies, size_t offset)
{
    return (const char *)copies + offset;
}

const void *yd_convolution_weight(const yd_convolution *c, const yd_node_params *params)
{
    return c->copies.data ? params->working : params->weight;
}

const void *yd_convolution_bias(const yd_convolution *c, const yd_node_params *params)
{
    return c->copies.folded ? at(params->working, c->copies.bias) : params->beta;
}

void yd_convolution_data(const yd_convolution *c, void *input_gradient, const yd_node_params *params,
                         const void *output_gradient, void *scratch)
{
    if (!is_there(&c->data) || !input_gradient) return;
    const void *weight =
        c->copies.twice ? at(params->working, c->copies.data) : yd_convolution_weight(c, params);
    run_pass(&c->data, input_gradient, mutable(weight), NULL, mutable(output_gradient), scratch);
}

size_t yd_convolution_working_bytes(yd_device *device, const yd_param_layout *weight, yd_mode mode)
{
    return weight->role == YD_ROLE_CONV_WEIGHT ? place_copies(device, weight, mode).bytes : 0;
}

typedef struct refresh {
    const yd_node_params *params;
    yd_weight_copies copies;
    char *to;
} refresh;

/* scale: gamma / deviation; bias: beta - mean * scale; of count output channels from first on. */
static void fold(const yd_node_params *p, size_t first, size_t count, float *scale, float *bias)
{
    const float *gamma = p->gamma, *beta = p->beta, *mean = p->mean, *variance = p->variance;
    for (size_t i = 0; i < count; i++) {
        const size_t c = first + i;
        const double factor = (double)gamma[c] / sqrt((double)variance[c] + YD_NORM_EPS);
        scale[i] = (float)factor;
        bias[i] = (float)((double)beta[c] - (double)mean[c] * factor);
    }
}

/* In every form of a master the output channel is the innermost index and its block the outermost. */
static void scale_block(const yd_weight_layout *master, int block, const float *from, const float *scale,
                        float *to)
{
    const size_t size = (size_t)master->block,
                 each = yd_weight_elements(master) / ((size_t)master->out / size),
                 first = (size_t)block * each;
    for (size_t i = 0; i < each; i++) to[first + i] = from[first + i] * scale[i % size];
}

static void refresh_block(const refresh *r, int block)
{
    const yd_weight_copies *c = &r->copies;
    const float *weight = r->params->weight;
    void *forward = r->to, *data = r->to + c->data;
    float scale[YD_MAX_BLOCK] = {0};
    if (c->folded) {
        const size_t size = (size_t)c->master.block, first = (size_t)block * size;
        fold(r->params, first, size, scale, (float *)(void *)(r->to + c->bias) + first);
    }
    if (c->type == YD_BF16)
        yd_weight_round(&c->master, block, weight, c->folded ? scale : NULL, forward, c->twice ? data : NULL);
    else if (c->folded)
        scale_block(&c->master, block, weight, scale, forward);
    else
        yd_weight_transpose(&c->master, block, weight, data);
}

static void refresh_share(void *context, int index, int count)
{
    const refresh *r = context;
    size_t begin, end;
    yd_team_share((size_t)(r->copies.master.out / r->copies.master.block), index, count, &begin, &end);
    for (size_t b = begin; b < end; b++) refresh_block(r, (int)b);
}

void yd_convolution_refresh(yd_device *device, const yd_param_layout *weight, yd_mode mode,
                            const yd_node_params *params, void *working)
{
    if (!yd_convolution_working_bytes(device, weight, mode)) return;
    refresh r = {.params = params, .copies = place_copies(device, weight, mode), .to = working};
    yd_team_enter(device->team);
    yd_team_run(device->team, refresh_share, &r);
}
