#include "model/lower.h"

enum { MAX_POOL = 15 };
static const char max_pool_class[] = "torch.nn.modules.pooling.MaxPool2d";

int yd_build_spp(const yd_lowering *call, yd_module *module, int x, int out)
{
    yd_builder *b = call->builder;
    int kernels[8] = {5, 9, 13}, count = yd_arg_list(call, 0, "kernels", kernels, 3, 1, MAX_POOL), parts[9];
    if (count > YD_NODE_MAX_INPUTS - 1)
        return yd_build_fail(b, YD_ERR_UNSUPPORTED, "%d pools: at most %d are supported", count,
                             YD_NODE_MAX_INPUTS - 1);
    yd_build_reserve(b, module, "cv1 cv2 m");
    yd_module *pools = yd_build_child(b, module, "m", "torch.nn.modules.container.ModuleList");
    int hidden = yd_build_channels(b, x) / 2;
    parts[0] = yd_build_conv_child(b, module, "cv1", x, yd_conv_square(hidden, 1, 1));
    for (int i = 0; i < count; i++)
        parts[i + 1] = yd_build_max_pool(b, yd_build_numbered_child(b, pools, i, max_pool_class), parts[0],
                                         yd_pool_square(kernels[i]));
    int all = yd_build_concat(b, parts, count + 1);
    return yd_build_conv_child(b, module, "cv2", all, yd_conv_square(out, 1, 1));
}

int yd_lower_spp(const yd_lowering *call)
{
    return yd_build_spp(call, call->module, call->inputs[0], call->c2);
}

/* The same with one pool, applied three times in a row. */
int yd_lower_sppf(const yd_lowering *call)
{
    yd_builder *b = call->builder;
    int kernel = yd_arg_int(call, 0, "kernel", 5, 1, MAX_POOL), parts[4];
    yd_build_reserve(b, call->module, "cv1 cv2 m");
    yd_module *pool = yd_build_child(b, call->module, "m", max_pool_class);
    int hidden = yd_build_channels(b, call->inputs[0]) / 2;
    parts[0] = yd_build_conv_child(b, call->module, "cv1", call->inputs[0], yd_conv_square(hidden, 1, 1));
    parts[1] = yd_build_max_pool(b, pool, parts[0], yd_pool_square(kernel));
    parts[2] = yd_build_max_pool_node(b, parts[1], yd_pool_square(kernel));
    parts[3] = yd_build_max_pool_node(b, parts[2], yd_pool_square(kernel));
    int all = yd_build_concat(b, parts, 4);
    return yd_build_conv_child(b, call->module, "cv2", all, yd_conv_square(call->c2, 1, 1));
}

/* kernel_size, stride (the kernel, where it is left out), padding; then dilation 1 and two that are False. */
int yd_lower_max_pool(const yd_lowering *call)
{
    yd_builder *b = call->builder;
    if (call->arg_count < 1) return yd_build_fail(b, YD_ERR_CONFIG, "argument 1 (kernel) is missing");
    int kernel = yd_arg_int(call, 0, "kernel", 1, 1, MAX_POOL);
    yd_pool_spec spec = {kernel, yd_arg_int(call, 1, "stride", kernel, 1, 32),
                         yd_arg_int(call, 2, "padding", 0, 0, kernel / 2)};
    yd_arg_int(call, 3, "dilation", 1, 1, 1);
    for (int i = 4; i < 6; i++)
        if (yd_arg_bool(call, i, i == 4 ? "return_indices" : "ceil_mode", false))
            return yd_build_fail(b, YD_ERR_UNSUPPORTED, "argument %d must be False, found True", i + 1);
    return yd_build_max_pool(b, call->module, call->inputs[0], spec);
}
