#include "ops/conv.h"
#include "ops/rules.h"

/* floor((size + 2 * padding - kernel) / stride) + 1; 0 where the kernel does not fit. */
static int output_size(int size, int kernel, int stride, int padding)
{
    int64_t room = (int64_t)size + 2 * (int64_t)padding - kernel;
    return room < 0 ? 0 : (int)(room / stride + 1);
}

static yd_status infer(const yd_node *node, const yd_shape *inputs, yd_shape *output, yd_error *error)
{
    const yd_shape *in = &inputs[0];
    if (in->c != node->in_channels)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "conv: the input has %d channels, %d are wanted", in->c,
                       node->in_channels);
    *output =
        (yd_shape){in->n, node->out_channels, output_size(in->h, node->kernel_h, node->stride_h, node->pad_h),
                   output_size(in->w, node->kernel_w, node->stride_w, node->pad_w)};
    if (output->h < 1 || output->w < 1)
        return yd_fail(error, YD_ERR_UNSUPPORTED,
                       "conv: a %dx%d kernel with padding %d does not fit a %dx%d input", node->kernel_h,
                       node->kernel_w, node->pad_h, in->h, in->w);
    return YD_OK;
}

static double flops(const yd_node *node, yd_shape input, yd_shape output)
{
    (void)input;
    if (node->uncounted) return 0;
    double elements = (double)output.n * output.c * output.h * output.w;
    double taps = (double)node->in_channels / node->groups * node->kernel_h * node->kernel_w;
    /* What has a bias but no norm is a Linear, whose bias is not counted, or transposed. */
    return 2 * elements * (taps + (node->norm ? 2 : node->transposed && node->beta >= 0));
}

const yd_op_rules yd_op_rules_conv = {infer, flops};

size_t yd_conv_weight_index(const yd_node *node, int out, int in, int y, int x)
{
    if (node->focus) {
        /* Even and odd rows and columns are planes of their own, in the order (0, 0), (1, 0), (0, 1), (1, 1).
         */
        int plane = y % 2 + 2 * (x % 2);
        size_t row = (size_t)out * 4 * (size_t)node->in_channels + (size_t)plane * (size_t)node->in_channels +
                     (size_t)in;
        return (row * (size_t)(node->kernel_h / 2) + (size_t)(y / 2)) * (size_t)(node->kernel_w / 2) +
               (size_t)(x / 2);
    }
    int inputs = node->in_channels / node->groups, outputs = node->out_channels / node->groups;
    if (node->transposed) {
        size_t first = (size_t)(out / outputs * inputs + in) * (size_t)outputs + (size_t)(out % outputs);
        return (first * (size_t)node->kernel_h + (size_t)(node->kernel_h - 1 - y)) * (size_t)node->kernel_w +
               (size_t)(node->kernel_w - 1 - x);
    }
    size_t row = (size_t)out * (size_t)inputs + (size_t)in;
    return (row * (size_t)node->kernel_h + (size_t)y) * (size_t)node->kernel_w + (size_t)x;
}

size_t yd_conv_weight_count(const yd_node *node)
{
    return (size_t)node->out_channels * (size_t)(node->in_channels / node->groups) * (size_t)node->kernel_h *
           (size_t)node->kernel_w;
}
