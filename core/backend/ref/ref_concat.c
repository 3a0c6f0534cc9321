#include "backend/ref/ref_internal.h"
#include <stdlib.h>
#include <string.h>

static void concat(void *state, const yd_op_pass *pass)
{
    const yd_op_desc *op = state;
    for (int k = 0, channel = 0; k < op->input_count; channel += op->inputs[k++].c) {
        if (!pass->inputs[k].data) continue; /* written in place by its producer */
        size_t image = yd_ref_elements(op->inputs[k]) / (size_t)op->inputs[k].n;
        for (int n = 0; n < op->output.n; n++)
            memcpy(yd_ref_plane(&pass->output, n, channel), yd_ref_plane(&pass->inputs[k], n, 0),
                   image * sizeof(double));
    }
}

const yd_op_kernels yd_ref_concat = {yd_ref_prepare, free, concat, NULL, yd_ref_slices, yd_ref_slices};
