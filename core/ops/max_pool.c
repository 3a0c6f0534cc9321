#include "ops/rules.h"

static yd_status infer(const yd_node *node, const yd_shape *inputs, yd_shape *output, yd_error *error)
{
    int k = node->kernel_h, stride = node->stride_h, pad = node->pad_h;
    /* The index of the maximum is kept as a byte, and no window may lie in the padding alone. */
    if (k < 1 || k > 15 || stride < 1 || pad < 0 || pad > k / 2)
        return yd_fail(
            error, YD_ERR_UNSUPPORTED,
            "max_pool: kernel %d, stride %d, padding %d: a kernel from 1 to 15, a stride from 1 and a "
            "padding of at most half a kernel are wanted",
            k, stride, pad);
    if (inputs[0].h + 2 * pad < k || inputs[0].w + 2 * pad < k)
        return yd_fail(error, YD_ERR_UNSUPPORTED,
                       "max_pool: a kernel of %d with padding %d does not fit a %dx%d input", k, pad,
                       inputs[0].h, inputs[0].w);
    *output = (yd_shape){inputs[0].n, inputs[0].c, (inputs[0].h + 2 * pad - k) / stride + 1,
                         (inputs[0].w + 2 * pad - k) / stride + 1};
    return YD_OK;
}

const yd_op_rules yd_op_rules_max_pool = {infer, NULL};
