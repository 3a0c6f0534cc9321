#include "model/lower.h"

enum { MAX_GROUPS = 1 << 20 };

typedef struct bottleneck {
    int out, groups;
    bool shortcut;
    double expansion;
} bottleneck;

/* The arguments behind c2 from index on: shortcut, g, e. */
static bottleneck read_bottleneck(const yd_lowering *call, int index)
{
    return (bottleneck){.out = call->c2,
                        .shortcut = yd_arg_bool(call, index, "shortcut", true),
                        .groups = yd_arg_int(call, index + 1, "groups", 1, 1, MAX_GROUPS),
                        .expansion = yd_arg_real(call, index + 2, "expansion", 0.5, 1e-3, 16)};
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
    bottleneck spec = read_bottleneck(call, 0);
    return build_bottleneck(call->builder, call->module, call->inputs[0], &spec);
}

/* What a C3 is built around: fills module, m, between cv1 and the concatenation. inner.out: channels there.
 */
typedef int inside(const yd_lowering *call, yd_module *module, int x, const bottleneck *inner);

/* cv3(cat(m(cv1 x), cv2 x)). (4.5) */
static int build_c3(const yd_lowering *call, bottleneck spec, inside *build_inside)
{
    yd_builder *b = call->builder;
    int hidden = (int)(call->c2 * spec.expansion);
    bottleneck inner = spec;
    inner.out = hidden;
    inner.expansion = 1;
    yd_build_reserve(b, call->module, "cv1 cv2 cv3 m");
    yd_module *m = yd_build_child(b, call->module, "m", "torch.nn.modules.container.Sequential");
    int y = yd_build_conv_child(b, call->module, "cv1", call->inputs[0], yd_conv_square(hidden, 1, 1));
    y = build_inside(call, m, y, &inner);
    int side = yd_build_conv_child(b, call->module, "cv2", call->inputs[0], yd_conv_square(hidden, 1, 1));
    int both = yd_build_concat(b, (int[]){y, side}, 2);
    return yd_build_conv_child(b, call->module, "cv3", both, yd_conv_square(call->c2, 1, 1));
}

static int chain_bottlenecks(const yd_lowering *call, yd_module *m, int x, const bottleneck *inner)
{
    yd_builder *b = call->builder;
    for (int i = 0; i < call->repeats; i++)
        x = build_bottleneck(b, yd_build_numbered_child(b, m, i, "models.common.Bottleneck"), x, inner);
    return x;
}

int yd_lower_c3(const yd_lowering *call)
{
    return build_c3(call, read_bottleneck(call, 0), chain_bottlenecks);
}

static int chain_crosses(const yd_lowering *call, yd_module *m, int x, const bottleneck *inner)
{
    yd_builder *b = call->builder;
    yd_cross_spec cross = {
        .out = inner->out, .kernel = 3, .stride = 1, .groups = inner->groups, .shortcut = inner->shortcut};
    cross.hidden = cross.out;
    for (int i = 0; i < call->repeats; i++)
        x = yd_build_cross(b, yd_build_numbered_child(b, m, i, "models.common.CrossConv"), x, &cross);
    return x;
}

int yd_lower_c3x(const yd_lowering *call)
{
    return build_c3(call, read_bottleneck(call, 0), chain_crosses);
}

static int chain_ghosts(const yd_lowering *call, yd_module *m, int x, const bottleneck *inner)
{
    yd_builder *b = call->builder;
    for (int i = 0; i < call->repeats; i++)
        x = yd_build_ghost_bottleneck(b, yd_build_numbered_child(b, m, i, "models.common.GhostBottleneck"), x,
                                      inner->out, 3, 1);
    return x;
}

int yd_lower_c3_ghost(const yd_lowering *call)
{
    return build_c3(call, read_bottleneck(call, 0), chain_ghosts);
}

static int transform_inside(const yd_lowering *call, yd_module *m, int x, const bottleneck *inner)
{
    (void)inner; /* has neither shortcut nor groups */
    return yd_build_transformer(call->builder, m, x, call->repeats);
}

int yd_lower_c3_transformer(const yd_lowering *call)
{
    return build_c3(call, read_bottleneck(call, 0), transform_inside);
}

static int pool_inside(const yd_lowering *call, yd_module *m, int x, const bottleneck *inner)
{
    m->class_name = "models.common.SPP";
    return yd_build_spp(call, m, x, inner->out);
}

/* The kernels stand before the number of blocks, which pools do not have. (4.7) */
int yd_lower_c3_spp(const yd_lowering *call)
{
    yd_arg_int(call, 1, "blocks", 1, 1, 1 << 20);
    return build_c3(call, read_bottleneck(call, 2), pool_inside);
}

/* cv4(act(bn(cat(cv3(m(cv1 x)), cv2 x)))), where cv2 and cv3 are bare convolutions. (4.4) */
int yd_lower_bottleneck_csp(const yd_lowering *call)
{
    yd_builder *b = call->builder;
    yd_module *module = call->module;
    bottleneck inner = read_bottleneck(call, 0);
    inner.out = (int)(call->c2 * inner.expansion);
    inner.expansion = 1;
    yd_conv_spec square = yd_conv_square(inner.out, 1, 1);
    yd_build_reserve(b, module, "cv1 cv2 cv3 cv4 bn act m");
    yd_module *m = yd_build_child(b, module, "m", "torch.nn.modules.container.Sequential");
    int y = yd_build_conv_child(b, module, "cv1", call->inputs[0], square);
    y = chain_bottlenecks(call, m, y, &inner);
    yd_conv_part parts[] = {{yd_build_child(b, module, "cv3", NULL), y, square},
                            {yd_build_child(b, module, "cv2", NULL), call->inputs[0], square}};
    int both = yd_build_normed_concat(b, yd_build_child(b, module, "bn", NULL),
                                      yd_build_child(b, module, "act", NULL), parts, 2);
    return yd_build_conv_child(b, module, "cv4", both, yd_conv_square(call->c2, 1, 1));
}
