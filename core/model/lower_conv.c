#include "model/lower.h"

enum { MAX_KERNEL = 31, MAX_STRIDE = 32, MAX_GROUPS = 1 << 20 };

/* What Conv and Focus are called with behind c2: k, s, p, g, act; v7.0 has the dilation before act. (4.1) */
static yd_conv_spec read_spec(const yd_lowering *call)
{
    int kernel[2], stride[2], pad[2];
    yd_arg_pair(call, 0, "kernel", 1, 1, MAX_KERNEL, kernel);
    yd_arg_pair(call, 1, "stride", 1, 1, MAX_STRIDE, stride);
    yd_arg_pair(call, 2, "padding", -1, 0, MAX_KERNEL, pad);
    yd_conv_spec spec = {.out = call->c2,
                         .kernel_h = kernel[0],
                         .kernel_w = kernel[1],
                         .stride_h = stride[0],
                         .stride_w = stride[1],
                         .pad_h = pad[0] < 0 ? kernel[0] / 2 : pad[0],
                         .pad_w = pad[1] < 0 ? kernel[1] / 2 : pad[1],
                         .groups = yd_arg_int(call, 3, "groups", 1, 1, MAX_GROUPS)};
    const yd_arg *next = yd_arg_at(call, 4);
    bool dilation = next && next->kind == YD_ARG_INT;
    if (dilation) yd_arg_int(call, 4, "dilation", 1, 1, 1);
    spec.identity = !yd_arg_bool(call, dilation ? 5 : 4, "act", true);
    return spec;
}

int yd_lower_conv(const yd_lowering *call)
{
    yd_conv_spec spec = read_spec(call);
    return yd_build_conv(call->builder, call->module, call->inputs[0], &spec);
}

/* Space-to-depth and then a convolution is one convolution with twice the kernel, stride and padding; only
 * the weights stand in another order. (4.2) */
int yd_lower_focus(const yd_lowering *call)
{
    yd_conv_spec spec = read_spec(call);
    if (spec.groups != 1)
        return yd_build_fail(call->builder, YD_ERR_UNSUPPORTED, "groups are not supported here");
    spec.focus = true;
    spec.kernel_h *= 2, spec.kernel_w *= 2;
    spec.stride_h *= 2, spec.stride_w *= 2;
    spec.pad_h *= 2, spec.pad_w *= 2;
    call->builder->model->focus_generation = true;
    return yd_build_conv_child(call->builder, call->module, "conv", call->inputs[0], spec);
}
