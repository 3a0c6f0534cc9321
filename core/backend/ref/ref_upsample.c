#include "backend/ref/ref_internal.h"
#include <stdlib.h>

static void forward(void *state, const yd_op_pass *pass)
{
    const yd_op_desc *op = state;
    for (int n = 0; n < op->output.n; n++)
        for (int c = 0; c < op->output.c; c++) {
            const double *in = yd_ref_plane(&pass->inputs[0], n, c);
            double *out = yd_ref_plane(&pass->output, n, c);
            for (int y = 0; y < op->output.h; y++)
                for (int x = 0; x < op->output.w; x++) *out++ = in[y / 2 * op->inputs[0].w + x / 2];
        }
}

static void backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    if (phase != YD_PHASE_DATA) return;
    const yd_op_desc *op = state;
    const yd_view *views = pass->output_gradients;
    for (int n = 0; n < op->inputs[0].n; n++)
        for (int c = 0; c < op->inputs[0].c; c++) {
            double *in = yd_ref_plane(&pass->input_gradients[0], n, c);
            for (int y = 0; y < op->inputs[0].h; y++)
                for (int x = 0; x < op->inputs[0].w; x++) {
                    size_t corner = (size_t)(2 * y) * (size_t)op->output.w + (size_t)(2 * x),
                           below = corner + (size_t)op->output.w;
                    *in++ = yd_ref_sum(views, pass->output_gradient_count, n, c, corner) +
                            yd_ref_sum(views, pass->output_gradient_count, n, c, corner + 1) +
                            yd_ref_sum(views, pass->output_gradient_count, n, c, below) +
                            yd_ref_sum(views, pass->output_gradient_count, n, c, below + 1);
                }
        }
}

const yd_op_kernels yd_ref_upsample = {yd_ref_prepare, free, forward, backward, yd_ref_slices, yd_ref_slices};
