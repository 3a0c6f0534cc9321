#include "backend/ref/ref_internal.h"
#include <stdlib.h>

typedef struct head {
    yd_op_desc desc;
    yd_ref_geometry geometry;
} head;

static yd_status prepare(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error)
{
    (void)device;
    head *op = calloc(1, sizeof *op);
    if (!op) return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    *op = (head){*desc, {desc->node, desc->inputs[0], desc->output}};
    size_t bytes = yd_ref_elements(desc->output) * sizeof(double);
    *needs = desc->mode == YD_MODE_TRAIN ? (yd_op_needs){.saved = bytes} : (yd_op_needs){.scratch = bytes};
    *state = op;
    return YD_OK;
}

/* Place in the raw map [n, na, h, W, no] of channel a * no + k at position i of an image. (model_and_loss.md,
 * 3) */
static size_t place(const head *op, int image, int channel, size_t i)
{
    size_t plane = (size_t)op->desc.output.h * (size_t)op->desc.output.w;
    size_t no = (size_t)op->desc.node->outputs_per_anchor, na = (size_t)op->desc.node->anchors_per_cell;
    return (((size_t)image * na + (size_t)channel / no) * plane + i) * no + (size_t)channel % no;
}

static void forward(void *state, const yd_op_pass *pass)
{
    const head *op = state;
    double *raw = op->desc.mode == YD_MODE_TRAIN ? pass->saved : pass->scratch, *out = pass->output.data;
    const double *bias = pass->params.beta;
    size_t plane = (size_t)op->desc.output.h * (size_t)op->desc.output.w;
    yd_ref_convolve(&op->geometry, &pass->inputs[0], pass->params.weight, raw);
    for (int n = 0; n < op->desc.output.n; n++)
        for (int c = 0; c < op->desc.output.c; c++)
            for (size_t i = 0; i < plane; i++) out[place(op, n, c, i)] = *raw++ + bias[c];
}

/* The gradient of the map, brought back to the order of channels. */
static void gather(const head *op, const yd_op_pass *pass)
{
    double *out = pass->saved;
    size_t plane = (size_t)op->desc.output.h * (size_t)op->desc.output.w;
    for (int n = 0; n < op->desc.output.n; n++)
        for (int c = 0; c < op->desc.output.c; c++)
            for (size_t i = 0; i < plane; i++, out++) {
                *out = 0;
                for (int k = 0; k < pass->output_gradient_count; k++)
                    *out += ((const double *)pass->output_gradients[k].data)[place(op, n, c, i)];
            }
}

static void bias_gradient(const head *op, const yd_op_pass *pass)
{
    const double *gradient = pass->saved;
    double *bias = pass->grads.beta;
    size_t plane = (size_t)op->desc.output.h * (size_t)op->desc.output.w;
    for (int c = 0; c < op->desc.output.c; c++) {
        double sum = 0;
        for (int n = 0; n < op->desc.output.n; n++)
            for (size_t i = 0; i < plane; i++)
                sum += gradient[((size_t)n * (size_t)op->desc.output.c + (size_t)c) * plane + i];
        bias[c] = pass->grads.accumulate ? bias[c] + sum : sum;
    }
}

static void backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    const head *op = state;
    switch (phase) {
    case YD_PHASE_OUTPUT:
        gather(op, pass);
        break;
    case YD_PHASE_WEIGHTS:
        yd_ref_convolve_weights(&op->geometry, &pass->inputs[0], pass->saved, pass->grads.weight,
                                pass->grads.accumulate);
        bias_gradient(op, pass);
        break;
    case YD_PHASE_DATA:
        yd_ref_convolve_data(&op->geometry, pass->saved, pass->params.weight, &pass->input_gradients[0]);
        break;
    }
}

static bool never(const yd_op_desc *desc)
{
    (void)desc;
    return false;
}

const yd_op_kernels yd_ref_head = {prepare, free, forward, backward, yd_ref_slices, never};
