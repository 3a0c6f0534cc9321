/* CONV: convolution, then norm and activation. In TRAIN the convolution's result z is kept, and backward
 * turns it into its own gradient; in EVAL the norm is folded into the weight, and bias and activation are
 * the convolution's own, or the activation a pass in place. */
#include "backend/cpu/convolution.h"
#include "backend/cpu/norm.h"
#include <stdlib.h>

typedef struct conv {
    yd_convolution convolution;
    yd_norm_plan norm;
    bool normed, eval;
    size_t z_bytes; /* where the vectors of the norm begin in saved */
} conv;

static void release(void *state)
{
    conv *c = state;
    if (!c) return;
    yd_convolution_release(&c->convolution);
    free(c);
}

/* EVAL, where the activation is a pass of its own: the vectors of that pass lie behind the convolution's
 * scratch. */
static size_t vectors_place(const conv *c)
{
    return yd_cpu_align(c->convolution.scratch);
}

static size_t vectors_bytes(const conv *c)
{
    return YD_NORM_SAVED_ARRAYS * (size_t)c->norm.channels * sizeof(float);
}

static yd_status prepare(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error)
{
    const yd_node *node = desc->node;
    conv *c = calloc(1, sizeof *c);
    if (!c) return yd_fail(error, YD_ERR_MEMORY, "no memory to prepare layer %d's conv", node->layer);
    c->eval = desc->mode == YD_MODE_EVAL;
    c->normed = node->norm;
    const bool bias = c->eval && (node->norm || node->beta >= 0);
    yd_team_enter(device->team);
    const yd_status status = yd_convolution_prepare(&c->convolution, device, desc, bias,
                                                    c->eval ? node->activation : YD_ACT_NONE, error);
    if (status != YD_OK) {
        free(c);
        return status;
    }
    *needs = (yd_op_needs){.scratch = c->convolution.scratch};
    yd_norm_plan_init(&c->norm, device, desc);
    if (c->convolution.apart) needs->scratch = vectors_place(c) + vectors_bytes(c);
    if (!c->eval) {
        const size_t channels = (size_t)desc->output_map.physical;
        c->z_bytes = yd_cpu_align(yd_cpu_elements(desc->output, desc->output_map.physical) * device->element);
        needs->saved = c->z_bytes + YD_NORM_SAVED_ARRAYS * channels * sizeof(float);
        if (yd_norm_scratch(&c->norm) > needs->scratch) needs->scratch = yd_norm_scratch(&c->norm);
    }
    *state = c;
    return YD_OK;
}

static void activate(const conv *c, const yd_op_pass *pass)
{
    float *vectors = (float *)(void *)((char *)pass->scratch + vectors_place(c));
    const yd_norm_saved saved = yd_norm_saved_at(vectors, c->norm.channels);
    yd_norm_forward_plain(&c->norm, pass->output.data, NULL, &saved, &pass->output);
}

static yd_norm_saved saved_of(const conv *c, const yd_op_pass *pass)
{
    return yd_norm_saved_at((float *)(void *)((char *)pass->saved + c->z_bytes), c->norm.channels);
}

static void forward(void *state, const yd_op_pass *pass)
{
    const conv *c = state;
    const yd_node_params *p = &pass->params;
    const void *input = pass->inputs[0].data;
    yd_team_enter(c->convolution.device->team);
    const void *weight = yd_convolution_weight(&c->convolution, p);
    if (c->eval) {
        yd_convolution_forward(&c->convolution, input, weight, yd_convolution_bias(&c->convolution, p),
                               pass->output.data, pass->scratch);
        if (c->convolution.apart) activate(c, pass);
        return;
    }
    const yd_norm_saved saved = saved_of(c, pass);
    void *z = pass->saved;
    yd_convolution_forward(&c->convolution, input, weight, NULL, z, pass->scratch);
    if (c->normed)
        yd_norm_forward(&c->norm, z, p, &saved, &pass->output, pass->scratch);
    else
        yd_norm_forward_plain(&c->norm, z, p->beta, &saved, &pass->output);
}

static void backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    const conv *c = state;
    const yd_norm_saved saved = saved_of(c, pass);
    const yd_node_grads *grads = &pass->grads;
    void *z = pass->saved;
    yd_team_enter(c->convolution.device->team);
    switch (phase) {
    case YD_PHASE_OUTPUT:
        yd_norm_backward(&c->norm, c->normed, z, pass->output_gradients, pass->output_gradient_count, &saved,
                         pass->scratch);
        break;
    case YD_PHASE_WEIGHTS:
        yd_convolution_weights(&c->convolution, pass->inputs[0].data, z, grads->weight, grads->accumulate,
                               pass->scratch);
        yd_norm_give(&c->norm, &saved, grads);
        break;
    case YD_PHASE_DATA:
        yd_convolution_data(&c->convolution, pass->input_gradients[0].data, &pass->params, z, pass->scratch);
        break;
    }
}

static bool reads_slices(const yd_op_desc *desc)
{
    (void)desc;
    return false;
}

/* oneDNN writes dense tensors only; in TRAIN our own pass writes. */
static bool writes_slices(const yd_op_desc *desc)
{
    return desc->mode == YD_MODE_TRAIN;
}

const yd_op_kernels yd_cpu_conv = {prepare, release, forward, backward, reads_slices, writes_slices};
