/* MAX_POOL. Which element of its window won is kept as one byte; the gradient goes there. */
#include "backend/cpu/device.h"
#include <stdlib.h>

typedef struct pool {
    yd_device *device;
    yd_windows windows;
    int batch, physical;
    bool train;
    size_t rows; /* floats of scratch of one thread */
    int *offset; /* [k * k]: from the first element of a window to one of its elements, in floats */
} pool;

static void release(void *state)
{
    pool *op = state;
    if (!op) return;
    free(op->offset);
    free(op);
}

static yd_status prepare(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error)
{
    const yd_shape *in = &desc->inputs[0], *out = &desc->output;
    const int k = desc->node->kernel_h, block = device->vector->block;
    YD_TRY(yd_cpu_check_blocked(desc, error));
    YD_ASSERT(k >= 1 && k <= 15); /* yd_op_infer lets no other pass; k * k - 1 fits a byte */
    pool *op = calloc(1, sizeof *op);
    int *offset = calloc((size_t)k * (size_t)k, sizeof *offset);
    if (!op || !offset) {
        free(op);
        free(offset);
        return yd_fail(error, YD_ERR_MEMORY, "no memory to prepare layer %d's max_pool", desc->node->layer);
    }
    *op = (pool){.device = device,
                 .windows = {in->h, in->w, out->h, out->w, k, desc->node->stride_h, desc->node->pad_h},
                 .batch = out->n,
                 .physical = desc->output_map.physical,
                 .train = desc->mode == YD_MODE_TRAIN,
                 .offset = offset};
    for (int i = 0; i < k * k; i++) offset[i] = (i / k * in->w + i % k) * block;
    const size_t forward = 2 * (size_t)in->h * (size_t)out->w,
                 backward = (size_t)in->h * (size_t)in->w + (size_t)out->h * (size_t)out->w,
                 most = forward > backward ? forward : backward;
    op->rows = yd_cpu_align(most * (size_t)block * sizeof(float)) / sizeof(float);
    *needs = (yd_op_needs){.saved = op->train ? yd_cpu_elements(desc->output, op->physical) : 0,
                           .scratch = op->rows * sizeof(float) * (size_t)yd_team_threads(device->team)};
    *state = op;
    return YD_OK;
}

/* Of the output. */
static size_t plane_elements(const pool *op)
{
    return (size_t)op->windows.out_height * (size_t)op->windows.out_width * (size_t)op->device->vector->block;
}

static size_t blocks_of(const pool *op)
{
    return (size_t)(op->physical / op->device->vector->block);
}

static void forward_share(void *context, int index, int count)
{
    const yd_cpu_work *w = context;
    const pool *op = w->op;
    const size_t blocks = blocks_of(op);
    float *rows = (float *)w->pass->scratch + (size_t)index * op->rows;
    size_t begin, end;
    yd_team_share((size_t)op->batch * blocks, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++)
        op->device->planes->max_pool(
            &op->windows, yd_cpu_plane(op->device, &w->pass->inputs[0], i / blocks, i % blocks),
            yd_cpu_plane(op->device, &w->pass->output, i / blocks, i % blocks),
            op->train ? (uint8_t *)w->pass->saved + i * plane_elements(op) : NULL, rows);
}

static void backward_share(void *context, int index, int count)
{
    const yd_cpu_work *w = context;
    const pool *op = w->op;
    const size_t blocks = blocks_of(op);
    float *rows = (float *)w->pass->scratch + (size_t)index * op->rows;
    size_t begin, end;
    yd_team_share((size_t)op->batch * blocks, index, count, &begin, &end);
    YD_ASSERT(w->pass->output_gradient_count > 0); /* only values that have gradients are walked back */
    for (size_t i = begin; i < end; i++) {
        const void *dy[YD_MAX_GRADIENT_VIEWS];
        for (int k = 0; k < w->pass->output_gradient_count; k++)
            dy[k] = yd_cpu_plane(op->device, &w->pass->output_gradients[k], i / blocks, i % blocks);
        op->device->planes->max_pool_backward(
            &op->windows, dy, w->pass->output_gradient_count,
            (const uint8_t *)w->pass->saved + i * plane_elements(op), op->offset, rows,
            yd_cpu_plane(op->device, &w->pass->input_gradients[0], i / blocks, i % blocks));
    }
}

static void forward(void *state, const yd_op_pass *pass)
{
    const pool *op = state;
    yd_cpu_run(op->device, forward_share, op, pass);
}

static void backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    const pool *op = state;
    if (phase != YD_PHASE_DATA || !pass->input_gradients[0].data) return;
    yd_cpu_run(op->device, backward_share, op, pass);
}

const yd_op_kernels yd_cpu_max_pool = {prepare, release, forward, backward, yd_cpu_always, yd_cpu_always};
