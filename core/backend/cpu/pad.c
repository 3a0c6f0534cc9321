/* PAD: planes in, larger planes out. */
#include "backend/cpu/device.h"
#include <stdlib.h>
#include <string.h>

typedef struct pad {
    yd_device *device;
    yd_pads pads;
    int factor;
    yd_shape input, output;
    size_t blocks; /* of channels */
} pad;

static yd_status prepare(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error)
{
    YD_TRY(yd_cpu_check_blocked(desc, error));
    pad *op = calloc(1, sizeof *op);
    if (!op) return yd_fail(error, YD_ERR_MEMORY, "no memory to prepare layer %d's pad", desc->node->layer);
    *op = (pad){.device = device,
                .pads = desc->node->pads,
                .factor = desc->node->factor,
                .input = desc->inputs[0],
                .output = desc->output,
                .blocks = (size_t)(desc->output_map.physical / device->vector->block)};
    *needs = (yd_op_needs){0};
    *state = op;
    return YD_OK;
}

/* Elements that lie side by side in input and output: a row, or one pixel where zeros stand between. */
static size_t run_length(const pad *op)
{
    return (size_t)(op->factor == 1 ? op->input.w : 1) * (size_t)op->device->vector->block;
}

static size_t runs_of_row(const pad *op)
{
    return op->factor == 1 ? 1 : (size_t)op->input.w;
}

/* Where a run of an input's row begins in the output's plane, in elements. */
static size_t place_of(const pad *op, int row, size_t run)
{
    const size_t y = (size_t)op->pads.top + (size_t)row * (size_t)op->factor,
                 x = (size_t)op->pads.left + run * (size_t)op->factor;
    return (y * (size_t)op->output.w + x) * (size_t)op->device->vector->block;
}

static void forward_share(void *context, int index, int count)
{
    const yd_cpu_work *w = context;
    const pad *op = w->op;
    const size_t element = op->device->element, length = run_length(op) * element,
                 plane = (size_t)op->output.h * (size_t)op->output.w * (size_t)op->device->vector->block;
    size_t begin, end;
    yd_team_share((size_t)op->output.n * op->blocks, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const char *from = yd_cpu_plane(op->device, &w->pass->inputs[0], i / op->blocks, i % op->blocks);
        char *to = yd_cpu_plane(op->device, &w->pass->output, i / op->blocks, i % op->blocks);
        memset(to, 0, plane * element);
        for (int row = 0; row < op->input.h; row++)
            for (size_t run = 0; run < runs_of_row(op); run++, from += length)
                memcpy(to + place_of(op, row, run) * element, from, length);
    }
}

static void backward_share(void *context, int index, int count)
{
    const yd_cpu_work *w = context;
    const pad *op = w->op;
    const size_t element = op->device->element, length = run_length(op);
    const int views = w->pass->output_gradient_count;
    size_t begin, end;
    yd_team_share((size_t)op->output.n * op->blocks, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        char *to = yd_cpu_plane(op->device, &w->pass->input_gradients[0], i / op->blocks, i % op->blocks);
        for (int row = 0; row < op->input.h; row++)
            for (size_t run = 0; run < runs_of_row(op); run++, to += length * element) {
                const void *terms[YD_MAX_GRADIENT_VIEWS];
                for (int k = 0; k < views; k++)
                    terms[k] = (const char *)yd_cpu_plane(op->device, &w->pass->output_gradients[k],
                                                          i / op->blocks, i % op->blocks) +
                               place_of(op, row, run) * element;
                op->device->planes->sum(terms, views, length, to);
            }
    }
}

static void forward(void *state, const yd_op_pass *pass)
{
    const pad *op = state;
    yd_cpu_run(op->device, forward_share, op, pass);
}

static void backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    const pad *op = state;
    if (phase != YD_PHASE_DATA || !pass->input_gradients[0].data) return;
    yd_cpu_run(op->device, backward_share, op, pass);
}

const yd_op_kernels yd_cpu_pad = {prepare, free, forward, backward, yd_cpu_always, yd_cpu_always};
