#include "ops/rules.h"

static yd_status infer(const yd_node *node, const yd_shape *inputs, yd_shape *output, yd_error *error)
{
    /* The index of the maximum is kept as a byte, and an even kernel would not keep the size. */
    if (node->kernel_h < 1 || node->kernel_h > 15 || node->kernel_h % 2 == 0)
        return yd_fail(error, YD_ERR_UNSUPPORTED,
                       "max_pool: the kernel is %d, an odd number from 1 to 15 is wanted", node->kernel_h);
    *output = inputs[0];
    return YD_OK;
}

const yd_op_rules yd_op_rules_max_pool = {infer, NULL};
