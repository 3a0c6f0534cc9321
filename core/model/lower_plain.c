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

/* [None, 2, 'nearest'] and nothing else. (4.12) */
int yd_lower_upsample(const yd_lowering *call)
{
    yd_builder *b = call->builder;
    const yd_arg *size = yd_arg_at(call, 0), *mode = yd_arg_at(call, 2);
    char found[96];
    if (size && size->kind != YD_ARG_NONE)
        return yd_build_fail(b, YD_ERR_UNSUPPORTED, "argument 1 (size) must be None, found %s",
                             yd_arg_show(size, found, sizeof found));
    if (mode && (mode->kind != YD_ARG_TEXT || strcmp(mode->text, "nearest") != 0))
        return yd_build_fail(b, YD_ERR_UNSUPPORTED, "argument 3 (mode) must be 'nearest', found %s",
                             yd_arg_show(mode, found, sizeof found));
    int factor = yd_arg_int(call, 1, "factor", 0, 2, 2);
    if (factor != 2) return yd_build_fail(b, YD_ERR_UNSUPPORTED, "argument 2 (factor) must be 2, found none");
    yd_module *m = call->module;
    yd_build_attr(b, m, (yd_module_attr){.name = "name", .kind = YD_ATTR_TEXT, .text = "Upsample"});
    yd_build_attr(b, m, (yd_module_attr){.name = "size", .kind = YD_ATTR_NONE});
    yd_build_attr(b, m, (yd_module_attr){.name = "scale_factor", .kind = YD_ATTR_FLOAT, .number = 2});
    yd_build_attr(b, m, (yd_module_attr){.name = "mode", .kind = YD_ATTR_TEXT, .text = "nearest"});
    yd_build_attr(b, m, (yd_module_attr){.name = "align_corners", .kind = YD_ATTR_NONE});
    yd_build_attr(b, m, (yd_module_attr){.name = "recompute_scale_factor", .kind = YD_ATTR_NONE});
    yd_node node =
        yd_node_bare((yd_node){.kind = YD_OP_UPSAMPLE, .inputs = {call->inputs[0]}, .input_count = 1});
    return yd_build_node(b, &node);
}
