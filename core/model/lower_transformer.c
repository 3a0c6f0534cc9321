#include "model/lower.h"

enum { HEADS = 4 };

/* x = ma(q x, k x, v x) + x, then fc2(fc1 x) + x; no norm, and nothing between fc1 and fc2. */
static int build_layer(yd_builder *b, yd_module *layer, int x, int channels)
{
    static const char *const names[] = {"q", "k", "v"};
    int inputs[3];
    for (int i = 0; i < 3; i++)
        inputs[i] = yd_build_linear(b, yd_build_child(b, layer, names[i], NULL), x, channels, false);
    yd_module *attention = yd_build_child(b, layer, "ma", "torch.nn.modules.activation.MultiheadAttention");
    x = yd_build_add(b, yd_build_attention(b, attention, inputs, HEADS), x);
    int y = yd_build_linear(b, yd_build_child(b, layer, "fc1", NULL), x, channels, false);
    y = yd_build_linear(b, yd_build_child(b, layer, "fc2", NULL), y, channels, false);
    return yd_build_add(b, y, x);
}

int yd_build_transformer(yd_builder *b, yd_module *module, int x, int layers)
{
    int channels = yd_build_channels(b, x);
    if (channels % HEADS)
        return yd_build_fail(b, YD_ERR_CONFIG, "%d channels inside: a multiple of its %d heads is wanted",
                             channels, HEADS);
    module->class_name = "models.common.TransformerBlock";
    yd_build_attr(b, module, (yd_module_attr){.name = "conv", .kind = YD_ATTR_NONE});
    yd_build_attr_int(b, module, "c2", channels);
    int place = yd_build_linear(b, yd_build_child(b, module, "linear", NULL), x, channels, true);
    x = yd_build_add(b, place, x);
    yd_module *list = yd_build_child(b, module, "tr", "torch.nn.modules.container.Sequential");
    for (int i = 0; i < layers; i++)
        x = build_layer(b, yd_build_numbered_child(b, list, i, "models.common.TransformerLayer"), x,
                        channels);
    return x;
}
