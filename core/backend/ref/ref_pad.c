#include "backend/ref/ref_internal.h"
#include <stdlib.h>
#include <string.h>

/* Where input pixel (y, x) stands in the output's plane. */
static size_t place_of(const yd_op_desc *op, int y, int x)
{
    const yd_node *node = op->node;
    return (size_t)(node->pads.top + y * node->factor) * (size_t)op->output.w +
           (size_t)(node->pads.left + x * node->factor);
}

static void forward(void *state, const yd_op_pass *pass)
{
    const yd_op_desc *op = state;
    const yd_shape *in = &op->inputs[0];
    for (int n = 0; n < in->n; n++)
        for (int c = 0; c < in->c; c++) {
            const double *from = yd_ref_plane(&pass->inputs[0], n, c);
            double *to = yd_ref_plane(&pass->output, n, c);
            memset(to, 0, (size_t)op->output.h * (size_t)op->output.w * sizeof *to);
            for (int y = 0; y < in->h; y++)
                for (int x = 0; x < in->w; x++) to[place_of(op, y, x)] = *from++;
        }
}

static void backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    if (phase != YD_PHASE_DATA) return;
    const yd_op_desc *op = state;
    const yd_shape *in = &op->inputs[0];
    for (int n = 0; n < in->n; n++)
        for (int c = 0; c < in->c; c++) {
            double *to = yd_ref_plane(&pass->input_gradients[0], n, c);
            for (int y = 0; y < in->h; y++)
                for (int x = 0; x < in->w; x++)
                    *to++ = yd_ref_sum(pass->output_gradients, pass->output_gradient_count, n, c,
                                       place_of(op, y, x));
        }
}

const yd_op_kernels yd_ref_pad = {yd_ref_prepare, free, forward, backward, yd_ref_slices, yd_ref_slices};
