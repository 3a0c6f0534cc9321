#include "ops/rules.h"
#include <limits.h>

static yd_status infer(const yd_node *node, const yd_shape *inputs, yd_shape *output, yd_error *error)
{
    const yd_shape *in = &inputs[0];
    int f = node->factor;
    if (f < 1 || in->c % (f * f) || in->h > INT_MAX / f || in->w > INT_MAX / f)
        return yd_fail(error, YD_ERR_UNSUPPORTED,
                       "depth_to_space: %d channels of %dx%d cannot be put together from %dx%d sub-images",
                       in->c, in->h, in->w, f, f);
    *output = (yd_shape){in->n, in->c / (f * f), in->h * f, in->w * f};
    return YD_OK;
}

const yd_op_rules yd_op_rules_depth_to_space = {infer, NULL};
