#include "backend/ref/ref_internal.h"
#include "ops/upsample.h"
#include <stdlib.h>
#include <string.h>

/* The four inputs of an output pixel, and their shares. */
typedef struct corners {
    size_t place[4];
    double share[4];
} corners;

static corners corners_of(const yd_op_desc *op, int y, int x)
{
    const yd_shape *in = &op->inputs[0];
    const yd_resize_tap row = yd_resize_tap_at(&op->node->resize, in->h, op->output.h, y),
                        column = yd_resize_tap_at(&op->node->resize, in->w, op->output.w, x);
    corners c;
    for (int i = 0; i < 4; i++) {
        c.place[i] = (size_t)(i / 2 ? row.second : row.first) * (size_t)in->w +
                     (size_t)(i % 2 ? column.second : column.first);
        c.share[i] = (i / 2 ? row.share : 1 - row.share) * (i % 2 ? column.share : 1 - column.share);
    }
    return c;
}

static void forward(void *state, const yd_op_pass *pass)
{
    const yd_op_desc *op = state;
    for (int n = 0; n < op->output.n; n++)
        for (int c = 0; c < op->output.c; c++) {
            const double *in = yd_ref_plane(&pass->inputs[0], n, c);
            double *out = yd_ref_plane(&pass->output, n, c);
            for (int y = 0; y < op->output.h; y++)
                for (int x = 0; x < op->output.w; x++) {
                    const corners from = corners_of(op, y, x);
                    double sum = 0;
                    for (int i = 0; i < 4; i++) sum += from.share[i] * in[from.place[i]];
                    *out++ = sum;
                }
        }
}

static void backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    if (phase != YD_PHASE_DATA) return;
    const yd_op_desc *op = state;
    memset(pass->input_gradients[0].data, 0, yd_ref_elements(op->inputs[0]) * sizeof(double));
    for (int n = 0; n < op->output.n; n++)
        for (int c = 0; c < op->output.c; c++) {
            double *in = yd_ref_plane(&pass->input_gradients[0], n, c);
            for (int y = 0; y < op->output.h; y++)
                for (int x = 0; x < op->output.w; x++) {
                    const corners to = corners_of(op, y, x);
                    const double gradient = yd_ref_sum(pass->output_gradients, pass->output_gradient_count, n,
                                                       c, (size_t)y * (size_t)op->output.w + (size_t)x);
                    for (int i = 0; i < 4; i++) in[to.place[i]] += to.share[i] * gradient;
                }
        }
}

const yd_op_kernels yd_ref_upsample = {yd_ref_prepare, free, forward, backward, yd_ref_slices, yd_ref_slices};
