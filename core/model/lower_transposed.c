#include "model/lower.h"

enum { MAX_KERNEL = 31, MAX_STRIDE = 32, MAX_GROUPS = 1 << 20 };

static int build(const yd_lowering *call, const yd_transposed_spec *spec)
{
    if (spec->pad > spec->kernel - 1)
        return yd_build_fail(call->builder, YD_ERR_UNSUPPORTED,
                             "a padding of %d with a kernel of %d: at most %d is wanted", spec->pad,
                             spec->kernel, spec->kernel - 1);
    if (spec->output_pad >= spec->stride && spec->output_pad > 0)
        return yd_build_fail(call->builder, YD_ERR_CONFIG,
                             "an output padding of %d with a stride of %d: less than the stride is wanted",
                             spec->output_pad, spec->stride);
    return yd_build_transposed(call->builder, call->module, call->inputs[0], spec);
}

/* kernel_size, stride, padding, output_padding, groups, bias, dilation. */
int yd_lower_conv_transposed(const yd_lowering *call)
{
    if (call->arg_count < 1)
        return yd_build_fail(call->builder, YD_ERR_CONFIG, "argument 2 (kernel) is missing");
    yd_transposed_spec spec = {.out = call->c2,
                               .kernel = yd_arg_int(call, 0, "kernel", 1, 1, MAX_KERNEL),
                               .stride = yd_arg_int(call, 1, "stride", 1, 1, MAX_STRIDE),
                               .pad = yd_arg_int(call, 2, "padding", 0, 0, MAX_KERNEL),
                               .output_pad = yd_arg_int(call, 3, "output_padding", 0, 0, MAX_STRIDE),
                               .groups = yd_arg_int(call, 4, "groups", 1, 1, MAX_GROUPS),
                               .bias = yd_arg_bool(call, 5, "bias", true)};
    yd_arg_int(call, 6, "dilation", 1, 1, 1);
    return build(call, &spec);
}

/* k, s, padding, output_padding; as many groups as divide both. */
int yd_lower_depthwise_transposed(const yd_lowering *call)
{
    int in = yd_build_channels(call->builder, call->inputs[0]);
    yd_transposed_spec spec = {.out = call->c2,
                               .kernel = yd_arg_int(call, 0, "kernel", 1, 1, MAX_KERNEL),
                               .stride = yd_arg_int(call, 1, "stride", 1, 1, MAX_STRIDE),
                               .pad = yd_arg_int(call, 2, "padding", 0, 0, MAX_KERNEL),
                               .output_pad = yd_arg_int(call, 3, "output_padding", 0, 0, MAX_STRIDE),
                               .groups = yd_greatest_common_divisor(in, call->c2),
                               .bias = true};
    return build(call, &spec);
}
