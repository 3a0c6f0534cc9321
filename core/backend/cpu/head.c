/* HEAD: 1x1 convolution with bias. Its result, in float32 whatever the activations are, stays in blocks of
 * channels; the loss writes the gradient there, so that nothing is moved. */
#include "backend/cpu/convolution.h"
#include <stdlib.h>

typedef struct head {
    yd_convolution convolution;
    size_t planes, pixels; /* of the output: images times blocks of channels */
} head;

static void release(void *state)
{
    head *h = state;
    if (!h) return;
    yd_convolution_release(&h->convolution);
    free(h);
}

static yd_status prepare(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error)
{
    head *h = calloc(1, sizeof *h);
    if (!h) return yd_fail(error, YD_ERR_MEMORY, "no memory to prepare layer %d's head", desc->node->layer);
    yd_team_enter(device->team);
    const yd_status status = yd_convolution_prepare(&h->convolution, device, desc, true, YD_ACT_NONE, error);
    if (status != YD_OK) {
        free(h);
        return status;
    }
    h->planes = (size_t)desc->output.n * (size_t)(desc->output_map.physical / device->vector->block);
    h->pixels = (size_t)desc->output.h * (size_t)desc->output.w;
    const size_t moments = h->planes * sizeof(yd_moments);
    *needs = (yd_op_needs){.scratch = h->convolution.scratch > moments ? h->convolution.scratch : moments};
    *state = h;
    return YD_OK;
}

static void forward(void *state, const yd_op_pass *pass)
{
    const head *h = state;
    yd_team_enter(h->convolution.device->team);
    yd_convolution_forward(
        &h->convolution, pass->inputs[0].data, yd_convolution_weight(&h->convolution, &pass->params),
        yd_convolution_bias(&h->convolution, &pass->params), pass->output.data, pass->scratch);
}

typedef struct work {
    const head *head;
    const char *gradient;
    yd_moments *moments; /* of each plane of it */
} work;

static void plane_moments(void *context, int index, int count)
{
    const work *w = context;
    const yd_device *device = w->head->convolution.device;
    const size_t bytes = w->head->pixels * (size_t)device->vector->block * device->element;
    size_t begin, end;
    yd_team_share(w->head->planes, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++)
        device->planes->moments(w->gradient + i * bytes, w->head->pixels, &w->moments[i]);
}

/* Sums over images and pixels: of each plane its mean times its pixels, combined in double. */
static void bias_gradient(const head *h, const yd_op_pass *pass)
{
    float *gradient = pass->grads.beta;
    if (!gradient) return;
    const size_t size = (size_t)h->convolution.device->vector->block,
                 blocks = (size_t)h->convolution.master.out / size;
    work w = {h, pass->output_gradients[0].data, pass->scratch};
    yd_team_run(h->convolution.device->team, plane_moments, &w);
    for (size_t c = 0; c < blocks * size; c++) {
        double sum = 0;
        for (size_t plane = c / size; plane < h->planes; plane += blocks)
            sum += w.moments[plane].mean[c % size] * w.moments[plane].count;
        gradient[c] = (float)(pass->grads.accumulate ? (double)gradient[c] + sum : sum);
    }
}

static void backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    const head *h = state;
    const void *gradient = pass->output_gradients[0].data;
    yd_team_enter(h->convolution.device->team);
    switch (phase) {
    case YD_PHASE_OUTPUT: /* the loss writes a single one, dense */
        break;
    case YD_PHASE_WEIGHTS:
        yd_convolution_weights(&h->convolution, pass->inputs[0].data, gradient, pass->grads.weight,
                               pass->grads.accumulate, pass->scratch);
        bias_gradient(h, pass);
        break;
    case YD_PHASE_DATA:
        yd_convolution_data(&h->convolution, pass->input_gradients[0].data, &pass->params, gradient,
                            pass->scratch);
        break;
    }
}

static bool never(const yd_op_desc *desc)
{
    (void)desc;
    return false;
}

const yd_op_kernels yd_cpu_head = {prepare, release, forward, backward, never, never};
