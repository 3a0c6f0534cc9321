#include "backend/ref/ref_internal.h"
#include <stdlib.h>

static void add(void *state, const yd_op_pass *pass)
{
    const yd_op_desc *op = state;
    size_t plane = (size_t)op->output.h * (size_t)op->output.w;
    for (int n = 0; n < op->output.n; n++)
        for (int c = 0; c < op->output.c; c++)
            for (size_t i = 0; i < plane; i++)
                yd_ref_plane(&pass->output, n, c)[i] = yd_ref_sum(pass->inputs, op->input_count, n, c, i);
}

const yd_op_kernels yd_ref_add = {yd_ref_prepare, free, add, NULL, yd_ref_slices, yd_ref_slices};
