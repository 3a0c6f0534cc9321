#include "model/lower.h"
#include <string.h>

int yd_lower_concat(const yd_lowering *call)
{
    yd_build_attr_int(call->builder, call->module, "d", yd_arg_int(call, 0, "dimension", 1, 1, 1));
    return yd_build_concat(call->builder, call->inputs, call->input_count);
}

enum { MAX_FACTOR = 32 };

static int move_pixels(const yd_lowering *call, yd_op_kind kind)
{
    int factor = yd_arg_int(call, 0, "gain", 2, 1, MAX_FACTOR);
    yd_build_attr_int(call->builder, call->module, "gain", factor);
    yd_node node = yd_node_bare(
        (yd_node){.kind = kind, .inputs = {call->inputs[0]}, .input_count = 1, .factor = factor});
    return yd_build_node(call->builder, &node);
}

int yd_lower_contract(const yd_lowering *call)
{
    return move_pixels(call, YD_OP_SPACE_TO_DEPTH);
}

int yd_lower_expand(const yd_lowering *call)
{
    return move_pixels(call, YD_OP_DEPTH_TO_SPACE);
}

/* Left, right, top, bottom; or one number for all. (4.12) */
int yd_lower_zero_pad(const yd_lowering *call)
{
    enum { MAX_PAD = 64 };
    yd_builder *b = call->builder;
    const yd_arg *arg = yd_arg_at(call, 0);
    int pads[8] = {0};
    if (!arg || arg->kind != YD_ARG_LIST)
        pads[0] = pads[1] = pads[2] = pads[3] = yd_arg_int(call, 0, "padding", 0, 0, MAX_PAD);
    else if (yd_arg_list(call, 0, "padding", pads, 4, 0, MAX_PAD) != 4)
        return yd_build_fail(b, YD_ERR_CONFIG, "argument 1 (padding) must have 1 number or 4, found %d",
                             arg->list_count);
    yd_build_attr(b, call->module,
                  (yd_module_attr){.name = "padding",
                                   .kind = YD_ATTR_INT_TUPLE,
                                   .list = {pads[0], pads[1], pads[2], pads[3]},
                                   .count = 4});
    yd_build_attr(b, call->module, (yd_module_attr){.name = "value", .kind = YD_ATTR_FLOAT, .number = 0});
    yd_node node = yd_node_bare((yd_node){.kind = YD_OP_PAD,
                                          .inputs = {call->inputs[0]},
                                          .input_count = 1,
                                          .factor = 1,
                                          .pads = {pads[0], pads[1], pads[2], pads[3]}});
    return yd_build_node(b, &node);
}

/* Whatever the row gives it, its one argument is the number of channels. (2) */
int yd_lower_batch_norm(const yd_lowering *call)
{
    yd_arg_at(call, call->arg_count);
    return yd_build_norm(call->builder, call->module, call->inputs[0]);
}
