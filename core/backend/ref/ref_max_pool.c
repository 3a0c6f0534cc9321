#include "backend/ref/ref_internal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static yd_status prepare(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error)
{
    YD_TRY(yd_ref_prepare(device, desc, state, needs, error));
    if (desc->mode == YD_MODE_TRAIN) needs->saved = yd_ref_elements(desc->output);
    return YD_OK;
}

/* Which tap of the window of output (y, x) holds the maximum: the first in row-major order, or a NaN.
 * (model_and_loss.md, 11) */
static int find_maximum(const yd_op_desc *op, const double *plane, int y, int x)
{
    const yd_shape *in = &op->inputs[0];
    int k = op->node->kernel_h, best = -1;
    double maximum = -INFINITY;
    for (int tap = 0; tap < k * k; tap++) {
        int row = y * op->node->stride_h - op->node->pad_h + tap / k,
            column = x * op->node->stride_h - op->node->pad_h + tap % k;
        if (row < 0 || row >= in->h || column < 0 || column >= in->w) continue;
        double value = plane[row * in->w + column];
        if (best < 0 || value > maximum || isnan(value)) best = tap, maximum = value;
    }
    return best;
}

/* Place of a window's tap in the plane. */
static int source(const yd_op_desc *op, int tap, int y, int x)
{
    int k = op->node->kernel_h, stride = op->node->stride_h, pad = op->node->pad_h;
    return (y * stride - pad + tap / k) * op->inputs[0].w + x * stride - pad + tap % k;
}

static void forward(void *state, const yd_op_pass *pass)
{
    const yd_op_desc *op = state;
    uint8_t *index = pass->saved;
    for (int n = 0; n < op->output.n; n++)
        for (int c = 0; c < op->output.c; c++) {
            const double *in = yd_ref_plane(&pass->inputs[0], n, c);
            double *out = yd_ref_plane(&pass->output, n, c);
            for (int y = 0; y < op->output.h; y++)
                for (int x = 0; x < op->output.w; x++) {
                    int tap = find_maximum(op, in, y, x);
                    *out++ = in[source(op, tap, y, x)];
                    if (op->mode == YD_MODE_TRAIN) *index++ = (uint8_t)tap;
                }
        }
}

static void backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    if (phase != YD_PHASE_DATA) return;
    const yd_op_desc *op = state;
    const uint8_t *index = pass->saved;
    memset(pass->input_gradients[0].data, 0, yd_ref_elements(op->inputs[0]) * sizeof(double));
    for (int n = 0; n < op->output.n; n++)
        for (int c = 0; c < op->output.c; c++) {
            double *in = yd_ref_plane(&pass->input_gradients[0], n, c);
            for (int y = 0; y < op->output.h; y++)
                for (int x = 0; x < op->output.w; x++)
                    in[source(op, *index++, y, x)] +=
                        yd_ref_sum(pass->output_gradients, pass->output_gradient_count, n, c,
                                   (size_t)y * (size_t)op->output.w + (size_t)x);
        }
}

const yd_op_kernels yd_ref_max_pool = {prepare, free, forward, backward, yd_ref_slices, yd_ref_slices};
