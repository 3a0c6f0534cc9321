#include "ops/rules.h"

static yd_status infer(const yd_node *node, const yd_shape *inputs, yd_shape *output, yd_error *error)
{
    *output = inputs[0];
    if (node->heads < 1 || inputs[0].c % node->heads)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "attention: %d heads do not divide %d channels",
                       node->heads, inputs[0].c);
    for (int i = 1; i < node->input_count; i++) {
        const yd_shape *a = &inputs[0], *b = &inputs[i];
        if (a->n != b->n || a->c != b->c || a->h != b->h || a->w != b->w)
            return yd_fail(error, YD_ERR_UNSUPPORTED,
                           "attention: input 0 has %d channels of %dx%d, input %d has %d of %dx%d", a->c,
                           a->h, a->w, i, b->c, b->h, b->w);
    }
    return YD_OK;
}

const yd_op_rules yd_op_rules_attention = {infer, NULL};
