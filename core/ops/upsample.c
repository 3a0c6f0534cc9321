#include "ops/rules.h"
#include <limits.h>

static yd_status infer(const yd_node *node, const yd_shape *inputs, yd_shape *output, yd_error *error)
{
    (void)node;
    if (inputs[0].h > INT_MAX / 2 || inputs[0].w > INT_MAX / 2)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "upsample: %dx%d is too large", inputs[0].h, inputs[0].w);
    *output = (yd_shape){inputs[0].n, inputs[0].c, inputs[0].h * 2, inputs[0].w * 2};
    return YD_OK;
}

const yd_op_rules yd_op_rules_upsample = {infer, NULL};
