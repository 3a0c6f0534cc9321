#include "model/lower.h"

enum { MAX_GROUPS = 1 << 20 };

typedef struct bottleneck {
    int out, groups;
    bool shortcut;
    double expansion;
} bottleneck;

static bottleneck read_bottleneck(const yd_lowering *call)
{
    return (bottleneck){.out = call->c2,
                        .shortcut = yd_arg_bool(call, 0, "shortcut", true),
                        .groups = yd_arg_int(call, 1, "groups", 1, 1, MAX_GROUPS),
                        .expansion = yd_arg_real(call, 2, "expansion", 0.5, 1e-3, 16)};
}

/* y = cv2(cv1(x)), plus x where it fits. (4.3) */
static int build_bottleneck(yd_builder *b, yd_module *module, int x, const bottleneck *spec)
{
    bool add = spec->shortcut && yd_build_channels(b, x) == spec->out;
    yd_conv_spec second = yd_conv_square(spec->out, 3, 1);
    second.groups = spec->groups;
    int y =
        yd_build_conv_child(b, module, "cv1", x, yd_conv_square((int)(spec->out * spec->expansion), 1, 1));
    y = yd_build_conv_child(b, module, "cv2", y, second);
    yd_build_attr_bool(b, module, "add", add);
    return add ? yd_build_add(b, x, y) : y;
}

int yd_lower_bottleneck(const yd_lowering *call)
{
    bottleneck spec = read_bottleneck(call);
    return build_bottleneck(call->builder, call->module, call->inputs[0], &spec);
}

/* cv3(cat(m(cv1 x), cv2 x)), m being a chain of bottlenecks. (4.5) */
int yd_lower_c3(const yd_lowering *call)
{
    yd_builder *b = call->builder;
    bottleneck inner = read_bottleneck(call);
    int hidden = (int)(call->c2 * inner.expansion);
    inner.out = hidden;
    inner.expansion = 1;
    yd_build_reserve(b, call->module, "cv1 cv2 cv3 m");
    yd_module *chain = yd_build_child(b, call->module, "m", "torch.nn.modules.container.Sequential");
    int y = yd_build_conv_child(b, call->module, "cv1", call->inputs[0], yd_conv_square(hidden, 1, 1));
    for (int i = 0; i < call->repeats; i++)
        y = build_bottleneck(b, yd_build_numbered_child(b, chain, i, "models.common.Bottleneck"), y, &inner);
    int side = yd_build_conv_child(b, call->module, "cv2", call->inputs[0], yd_conv_square(hidden, 1, 1));
    int both = yd_build_concat(b, (int[]){y, side}, 2);
    return yd_build_conv_child(b, call->module, "cv3", both, yd_conv_square(call->c2, 1, 1));
}
