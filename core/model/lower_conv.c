#include "model/lower.h"
#include <math.h>

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
    yd_arg_activation(call, dilation ? 5 : 4, &spec);
    return spec;
}

int yd_lower_conv(const yd_lowering *call)
{
    yd_conv_spec spec = read_spec(call);
    return yd_build_conv(call->builder, call->module, call->inputs[0], &spec);
}

int yd_greatest_common_divisor(int a, int b)
{
    while (b) {
        int rest = a % b;
        a = b, b = rest;
    }
    return a;
}

/* k, s, act; v7.0 has the dilation before act. Pickled as the Conv that it is: in v5.0 DWConv is a function
 * that makes one, and no class. (4.1) */
int yd_lower_depthwise_conv(const yd_lowering *call)
{
    yd_builder *b = call->builder;
    yd_conv_spec spec = yd_conv_square(call->c2, yd_arg_int(call, 0, "kernel", 1, 1, MAX_KERNEL),
                                       yd_arg_int(call, 1, "stride", 1, 1, MAX_STRIDE));
    const yd_arg *next = yd_arg_at(call, 2);
    bool dilation = next && next->kind == YD_ARG_INT;
    if (dilation) yd_arg_int(call, 2, "dilation", 1, 1, 1);
    yd_arg_activation(call, dilation ? 3 : 2, &spec);
    spec.groups = yd_greatest_common_divisor(yd_build_channels(b, call->inputs[0]), call->c2);
    call->module->class_name = "models.common.Conv";
    return yd_build_conv(b, call->module, call->inputs[0], &spec);
}

int yd_build_cross(yd_builder *b, yd_module *module, int x, const yd_cross_spec *spec)
{
    yd_conv_spec row = yd_conv_square(spec->hidden, spec->kernel, spec->stride), column = row;
    row.kernel_h = row.stride_h = 1, row.pad_h = 0;
    column.kernel_w = column.stride_w = 1, column.pad_w = 0;
    column.out = spec->out;
    column.groups = spec->groups;
    bool add = spec->shortcut && yd_build_channels(b, x) == spec->out;
    int y = yd_build_conv_child(b, module, "cv1", x, row);
    y = yd_build_conv_child(b, module, "cv2", y, column);
    yd_build_attr_bool(b, module, "add", add);
    return add ? yd_build_add(b, x, y) : y;
}

int yd_lower_cross_conv(const yd_lowering *call)
{
    yd_cross_spec spec = {.out = call->c2,
                          .kernel = yd_arg_int(call, 0, "kernel", 3, 1, MAX_KERNEL),
                          .stride = yd_arg_int(call, 1, "stride", 1, 1, MAX_STRIDE),
                          .groups = yd_arg_int(call, 2, "groups", 1, 1, MAX_GROUPS),
                          .shortcut = yd_arg_bool(call, 4, "shortcut", false)};
    spec.hidden = (int)(call->c2 * yd_arg_real(call, 3, "expansion", 1, 1e-3, 16));
    return yd_build_cross(call->builder, call->module, call->inputs[0], &spec);
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

/* Channels of each kernel's convolution: as equal as floor(linspace(0, count - 1e-6, out)) has them, or such
 * that all have as many weights. False where these, rounded, are not out in all. (4.11) */
static bool share_channels(int out, const int *kernels, int count, bool equal, int *share)
{
    double inverses = 0, step = out > 1 ? (count - 1e-6) / (out - 1) : 0;
    int sum = 0;
    for (int g = 0; g < count; g++) {
        share[g] = 0;
        inverses += 1.0 / (kernels[g] * kernels[g]);
    }
    for (int i = 0; equal && i < out; i++) share[(int)(i * step)]++;
    for (int g = 0; g < count; g++) {
        if (!equal) share[g] = (int)rint(out / inverses / (kernels[g] * kernels[g]));
        sum += share[g];
    }
    return sum == out;
}

/* Convolutions with different kernels side by side: k, s, equal_ch. In v5.0 they are not grouped, and x is
 * added. */
int yd_lower_mix_conv(const yd_lowering *call)
{
    yd_builder *b = call->builder;
    int x = call->inputs[0], kernels[8] = {1, 3}, share[8], in = yd_build_channels(b, x);
    int count = yd_arg_list(call, 0, "kernels", kernels, 2, 1, MAX_KERNEL);
    int stride = yd_arg_int(call, 1, "stride", 1, 1, MAX_STRIDE);
    bool equal = yd_arg_bool(call, 2, "equal_ch", true), old = b->model->focus_generation;
    yd_conv_part parts[8];
    if (b->status != YD_OK) return YD_NO_VALUE;
    if (!share_channels(call->c2, kernels, count, equal, share))
        return yd_build_fail(b, YD_ERR_CONFIG, "%d channels cannot be shared out to %d kernels evenly",
                             call->c2, count);
    yd_build_reserve(b, call->module, "m bn act");
    yd_module *list = yd_build_child(b, call->module, "m", "torch.nn.modules.container.ModuleList");
    for (int g = 0; g < count; g++) {
        parts[g] = (yd_conv_part){yd_build_numbered_child(b, list, g, NULL), x,
                                  yd_conv_square(share[g], kernels[g], stride)};
        if (!old) parts[g].spec.groups = yd_greatest_common_divisor(in, share[g]);
    }
    int y = yd_build_normed_concat(b, yd_build_child(b, call->module, "bn", NULL),
                                   yd_build_child(b, call->module, "act", NULL), parts, count);
    return old ? yd_build_add(b, x, y) : y;
}
