#include "model/lower.h"
#include <string.h>

enum { MAX_SIZE = 8192, MAX_FACTOR = 32 };

/* size (one number or two), or the factor; true where either is there and not both. */
static bool read_size(const yd_lowering *call, yd_resize *resize)
{
    int size[2];
    yd_arg_pair(call, 0, "size", 0, 1, MAX_SIZE, size);
    resize->height = size[0], resize->width = size[1];
    resize->factor = yd_arg_real(call, 1, "factor", 0, 0.0625, MAX_FACTOR);
    return (resize->height > 0) != (resize->factor > 0);
}

static void attributes(const yd_lowering *call, const yd_resize *resize, const yd_arg *corners)
{
    yd_builder *b = call->builder;
    yd_module *m = call->module;
    yd_module_attr size = {.name = "size", .kind = YD_ATTR_NONE},
                   factor = {.name = "scale_factor", .kind = YD_ATTR_NONE};
    if (resize->height > 0) {
        size.kind = call->args[0].kind == YD_ARG_LIST ? YD_ATTR_INT_TUPLE : YD_ATTR_INT;
        size.number = size.list[0] = resize->height, size.list[1] = resize->width;
        size.count = 2;
    } else {
        factor.kind = YD_ATTR_FLOAT, factor.number = resize->factor;
    }
    yd_build_attr(b, m, (yd_module_attr){.name = "name", .kind = YD_ATTR_TEXT, .text = "Upsample"});
    yd_build_attr(b, m, size);
    yd_build_attr(b, m, factor);
    yd_build_attr(b, m,
                  (yd_module_attr){.name = "mode",
                                   .kind = YD_ATTR_TEXT,
                                   .text = resize->bilinear ? "bilinear" : "nearest"});
    yd_build_attr(b, m,
                  (yd_module_attr){.name = "align_corners",
                                   .kind = corners ? YD_ATTR_BOOL : YD_ATTR_NONE,
                                   .number = resize->align_corners});
    yd_build_attr(b, m, (yd_module_attr){.name = "recompute_scale_factor", .kind = YD_ATTR_NONE});
}

/* size, scale_factor, mode, align_corners: [None, 2, 'nearest'] in all of YOLOv5's own models. (4.12) */
int yd_lower_upsample(const yd_lowering *call)
{
    yd_builder *b = call->builder;
    yd_node node =
        yd_node_bare((yd_node){.kind = YD_OP_UPSAMPLE, .inputs = {call->inputs[0]}, .input_count = 1});
    const yd_arg *mode = yd_arg_at(call, 2), *corners = yd_arg_at(call, 3);
    const char *name = !mode || mode->kind == YD_ARG_NONE ? "nearest"
                       : mode->kind == YD_ARG_TEXT        ? mode->text
                                                          : "";
    char found[96];
    if (!read_size(call, &node.resize))
        return yd_build_fail(b, YD_ERR_CONFIG,
                             "one of argument 1 (size) and argument 2 (factor) is wanted, found %s",
                             node.resize.height > 0 ? "both" : "neither");
    node.resize.bilinear = strcmp(name, "bilinear") == 0;
    if (!node.resize.bilinear && strcmp(name, "nearest") != 0)
        return yd_build_fail(b, YD_ERR_UNSUPPORTED,
                             "argument 3 (mode) must be 'nearest' or 'bilinear', found %s",
                             yd_arg_show(mode, found, sizeof found));
    if (corners && corners->kind == YD_ARG_NONE) corners = NULL;
    if (corners && !node.resize.bilinear)
        return yd_build_fail(b, YD_ERR_CONFIG,
                             "argument 4 (align_corners) belongs to 'bilinear', found %s beside %s",
                             yd_arg_show(corners, found, sizeof found), name);
    node.resize.align_corners = yd_arg_bool(call, 3, "align_corners", false);
    attributes(call, &node.resize, corners);
    return yd_build_node(b, &node);
}
