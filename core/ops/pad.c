#include "ops/rules.h"
#include <limits.h>

static int spread(int size, int factor, int before, int after)
{
    int64_t sum = ((int64_t)size - 1) * factor + 1 + before + after;
    return sum > INT_MAX ? 0 : (int)sum;
}

static yd_status infer(const yd_node *node, const yd_shape *inputs, yd_shape *output, yd_error *error)
{
    const yd_pads *p = &node->pads;
    *output = (yd_shape){inputs[0].n, inputs[0].c, spread(inputs[0].h, node->factor, p->top, p->bottom),
                         spread(inputs[0].w, node->factor, p->left, p->right)};
    if (node->factor < 1 || p->left < 0 || p->right < 0 || p->top < 0 || p->bottom < 0 || output->h < 1 ||
        output->w < 1)
        return yd_fail(
            error, YD_ERR_UNSUPPORTED,
            "pad: %d, %d, %d, %d around a %dx%d input spread by %d: none below 0 is wanted, nor too "
            "large a map",
            p->left, p->right, p->top, p->bottom, inputs[0].h, inputs[0].w, node->factor);
    return YD_OK;
}

const yd_op_rules yd_op_rules_pad = {infer, NULL};
