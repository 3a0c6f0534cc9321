#include "ops/rules.h"
#include <limits.h>

static yd_status infer(const yd_node *node, const yd_shape *inputs, yd_shape *output, yd_error *error)
{
    *output = inputs[0];
    for (int i = 1; i < node->input_count; i++) {
        if (inputs[i].n != inputs[0].n || inputs[i].h != inputs[0].h || inputs[i].w != inputs[0].w)
            return yd_fail(error, YD_ERR_UNSUPPORTED,
                           "concat: input 0 is %dx%d, input %d is %dx%d: sizes must be equal", inputs[0].h,
                           inputs[0].w, i, inputs[i].h, inputs[i].w);
        if (output->c > INT_MAX - inputs[i].c)
            return yd_fail(error, YD_ERR_UNSUPPORTED, "concat: too many channels");
        output->c += inputs[i].c;
    }
    return YD_OK;
}

const yd_op_rules yd_op_rules_concat = {infer, NULL};
