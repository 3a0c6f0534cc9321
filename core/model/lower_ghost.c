/* Ghost modules: half of the channels by a convolution, the other half from those by a cheap one of each
 * channel alone. (model_and_loss.md, 4.9) */
#include "model/lower.h"

enum { MAX_KERNEL = 31, MAX_STRIDE = 32, MAX_GROUPS = 1 << 20 };

/* spec: of the first convolution, with the channels of both. */
static int build_ghost_conv(yd_builder *b, yd_module *module, int x, yd_conv_spec spec)
{
    spec.out /= 2;
    yd_conv_spec cheap = yd_conv_square(spec.out, 5, 1);
    cheap.groups = spec.out;
    cheap.identity = spec.identity, cheap.own = spec.own;
    cheap.activation = spec.activation, cheap.slope = spec.slope;
    int first = yd_build_conv_child(b, module, "cv1", x, spec);
    int second = yd_build_conv_child(b, module, "cv2", first, cheap);
    return yd_build_concat(b, (int[]){first, second}, 2);
}

int yd_lower_ghost_conv(const yd_lowering *call)
{
    yd_conv_spec spec = yd_conv_square(call->c2, yd_arg_int(call, 0, "kernel", 1, 1, MAX_KERNEL),
                                       yd_arg_int(call, 1, "stride", 1, 1, MAX_STRIDE));
    spec.groups = yd_arg_int(call, 2, "groups", 1, 1, MAX_GROUPS);
    yd_arg_activation(call, 3, &spec);
    return build_ghost_conv(call->builder, call->module, call->inputs[0], spec);
}

static yd_conv_spec linear(int out, int kernel, int stride)
{
    yd_conv_spec spec = yd_conv_square(out, kernel, stride);
    spec.identity = true;
    return spec;
}

static yd_conv_spec linear_each(const yd_builder *b, int x, int kernel, int stride)
{
    yd_conv_spec spec = linear(yd_build_channels(b, x), kernel, stride);
    spec.groups = spec.out;
    return spec;
}

static yd_module *sequence(yd_builder *b, yd_module *parent, const char *name)
{
    return yd_build_child(b, parent, name, "torch.nn.modules.container.Sequential");
}

static const char identity_class[] = "torch.nn.modules.linear.Identity";

/* Stride 2 halves the map between the two Ghost convolutions, and beside them. */
int yd_build_ghost_bottleneck(yd_builder *b, yd_module *module, int x, int out, int kernel, int stride)
{
    bool halves = stride == 2;
    yd_module *conv = sequence(b, module, "conv");
    yd_module *first = yd_build_child(b, conv, "0", "models.common.GhostConv");
    int y = build_ghost_conv(b, first, x, yd_conv_square(out / 2, 1, 1));
    if (halves)
        y = yd_build_conv_child(b, conv, "1", y, linear_each(b, y, kernel, 2));
    else
        yd_build_child(b, conv, "1", identity_class);
    yd_module *last = yd_build_child(b, conv, "2", "models.common.GhostConv");
    y = build_ghost_conv(b, last, y, linear(out, 1, 1));
    int side = x;
    if (halves) {
        yd_module *shortcut = sequence(b, module, "shortcut");
        side = yd_build_conv_child(b, shortcut, "0", x, linear_each(b, x, kernel, 2));
        side = yd_build_conv_child(b, shortcut, "1", side, linear(out, 1, 1));
    } else {
        yd_build_child(b, module, "shortcut", identity_class);
    }
    return yd_build_add(b, y, side);
}

int yd_lower_ghost_bottleneck(const yd_lowering *call)
{
    int kernel = yd_arg_int(call, 0, "kernel", 3, 1, MAX_KERNEL),
        stride = yd_arg_int(call, 1, "stride", 1, 1, 2);
    return yd_build_ghost_bottleneck(call->builder, call->module, call->inputs[0], call->c2, kernel, stride);
}
