#include "ops/rules.h"

static yd_status infer(const yd_node *node, const yd_shape *inputs, yd_shape *output, yd_error *error)
{
    if (inputs[0].c != node->in_channels)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "head: the input has %d channels, %d are wanted",
                       inputs[0].c, node->in_channels);
    *output = (yd_shape){inputs[0].n, node->out_channels, inputs[0].h, inputs[0].w};
    return YD_OK;
}

static double flops(const yd_node *node, yd_shape input, yd_shape output)
{
    (void)input;
    return 2.0 * output.n * output.c * output.h * output.w * (node->in_channels + 1.0);
}

const yd_op_rules yd_op_rules_head = {infer, flops};
