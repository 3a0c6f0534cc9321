#include "backend/cpu/layout.h"
#include "ops/conv.h"
#include <string.h>

static bool same_map(const yd_channel_map *a, const yd_channel_map *b)
{
    return a->count == b->count && a->physical == b->physical &&
           memcmp(a->index, b->index, (size_t)a->count * sizeof *a->index) == 0;
}

yd_weight_layout yd_weight_master(const yd_node *node, const yd_channel_map *input,
                                  const yd_channel_map *output, int block)
{
    yd_weight_layout layout = {.form = YD_FORM_IN_OUT,
                               .block = block,
                               .out = output->physical,
                               .in = input->physical,
                               .kernel_h = node->kernel_h,
                               .kernel_w = node->kernel_w};
    bool each = node->groups > 1 && node->groups == node->in_channels && node->groups == node->out_channels;
    if (input->physical % YD_CHANNEL_BLOCK) {
        layout.form = YD_FORM_IMAGE;
    } else if (each && same_map(input, output)) {
        layout.form = YD_FORM_DEPTHWISE;
        layout.in = 1;
    }
    return layout;
}

yd_weight_layout yd_weight_for_forward(const yd_weight_layout *master, yd_dtype type)
{
    yd_weight_layout layout = *master;
    if (type != YD_BF16) return layout;
    if (master->form == YD_FORM_IN_OUT) layout.form = YD_FORM_IN_OUT_PAIRS;
    if (master->form == YD_FORM_IMAGE) layout.form = YD_FORM_IMAGE_PAIRS;
    return layout;
}

yd_weight_layout yd_weight_for_data(const yd_weight_layout *master, yd_dtype type)
{
    yd_weight_layout layout = *master;
    if (master->form != YD_FORM_IN_OUT) return layout;
    const bool swapped = master->kernel_h == 1 && master->kernel_w == 1 && master->block == 16;
    if (type == YD_BF16)
        layout.form = swapped ? YD_FORM_SWAPPED_PAIRS : YD_FORM_OUT_IN_PAIRS;
    else
        layout.form = swapped ? YD_FORM_SWAPPED : YD_FORM_OUT_IN;
    return layout;
}

size_t yd_weight_elements(const yd_weight_layout *layout)
{
    const int in = layout->form == YD_FORM_IMAGE_PAIRS ? layout->in + layout->in % 2 : layout->in;
    return (size_t)layout->out * (size_t)in * (size_t)layout->kernel_h * (size_t)layout->kernel_w;
}

/* Blocks are of 8 or 16: shifts, since this runs for every weight of a checkpoint. */
static inline size_t offset_of(const yd_weight_layout *layout, int out, int in, size_t place)
{
    const size_t b = (size_t)layout->block, mask = b - 1;
    const int shift = __builtin_ctzl(b);
    const size_t outs = (size_t)layout->out >> shift, ins = (size_t)layout->in >> shift;
    const size_t area = (size_t)layout->kernel_h * (size_t)layout->kernel_w;
    const size_t ob = (size_t)out >> shift, ol = (size_t)out & mask;
    const size_t ib = (size_t)in >> shift, il = (size_t)in & mask;
    switch (layout->form) {
    case YD_FORM_IN_OUT:
        return (((ob * ins + ib) * area + place) * b + il) * b + ol;
    case YD_FORM_OUT_IN:
        return (((ob * ins + ib) * area + place) * b + ol) * b + il;
    case YD_FORM_SWAPPED:
        return (((ib * outs + ob) * area + place) * b + ol) * b + il;
    case YD_FORM_IMAGE:
        return ((ob * area + place) * (size_t)layout->in + (size_t)in) * b + ol;
    case YD_FORM_DEPTHWISE:
        return (ob * area + place) * b + ol;
    case YD_FORM_IN_OUT_PAIRS:
        return ((ob * ins + ib) * area + place) * b * b + (il / 2 * b + ol) * 2 + il % 2;
    case YD_FORM_OUT_IN_PAIRS:
        return ((ob * ins + ib) * area + place) * b * b + (ol / 2 * b + il) * 2 + ol % 2;
    case YD_FORM_SWAPPED_PAIRS:
        return ((ib * outs + ob) * area + place) * b * b + (ol / 2 * b + il) * 2 + ol % 2;
    case YD_FORM_IMAGE_PAIRS: {
        const size_t pairs = ((size_t)layout->in + 1) / 2;
        return (((ob * area + place) * pairs + (size_t)in / 2) * b + ol) * 2 + (size_t)in % 2;
    }
    }
    return 0;
}

size_t yd_weight_offset(const yd_weight_layout *layout, int out, int in, int y, int x)
{
    return offset_of(layout, out, in, (size_t)y * (size_t)layout->kernel_w + (size_t)x);
}

/* How far apart neighbours in a kernel's plane lie. */
static size_t place_step(const yd_weight_layout *layout)
{
    const size_t b = (size_t)layout->block;
    return b * (layout->form == YD_FORM_IMAGE       ? (size_t)layout->in
                : layout->form == YD_FORM_DEPTHWISE ? 1
                                                    : b);
}

/* Visits every logical element of a weight, in runs: count elements that follow one another in the
 * checkpoint's order from plain on lie step apart in the packed one from packed on. */
typedef void visitor(void *context, size_t plain, size_t packed, size_t step, int count);

static inline __attribute__((always_inline)) void visit(const yd_param_layout *param, int block, visitor *see,
                                                        void *context)
{
    const yd_node *node = param->node;
    const yd_weight_layout layout = yd_weight_master(node, &param->input, &param->output, block);
    const int in_each = node->in_channels / node->groups, out_each = node->out_channels / node->groups;
    const int width = node->kernel_w, area = node->kernel_h * width;
    const size_t step = place_step(&layout);
    for (int o = 0; o < node->out_channels; o++) {
        const int out = param->output.index[o];
        const int32_t *in = &param->input.index[o / out_each * in_each];
        const bool in_runs = !node->focus && !node->transposed;
        size_t plain = in_runs ? yd_conv_weight_index(node, o, 0, 0, 0) : 0;
        for (int i = 0; i < in_each; i++, plain += (size_t)area) {
            const size_t packed = offset_of(&layout, out, layout.form == YD_FORM_DEPTHWISE ? 0 : in[i], 0);
            if (in_runs) see(context, plain, packed, step, area);
            for (int place = 0; !in_runs && place < area; place++)
                see(context, yd_conv_weight_index(node, o, i, place / width, place % width),
                    packed + (size_t)place * step, step, 1);
        }
    }
}

struct copy {
    const float *from;
    float *to;
    double *plain;
};

static void pack_run(void *context, size_t plain, size_t packed, size_t step, int count)
{
    const struct copy *copy = context;
    for (int i = 0; i < count; i++) copy->to[packed + (size_t)i * step] = copy->from[plain + (size_t)i];
}

static void unpack_run(void *context, size_t plain, size_t packed, size_t step, int count)
{
    const struct copy *copy = context;
    for (int i = 0; i < count; i++)
        copy->plain[plain + (size_t)i] = (double)copy->from[packed + (size_t)i * step];
}

void yd_weight_pack(const yd_param_layout *param, int block, const float *plain, float *packed)
{
    const yd_weight_layout layout = yd_weight_master(param->node, &param->input, &param->output, block);
    memset(packed, 0, yd_weight_elements(&layout) * sizeof *packed);
    visit(param, block, pack_run, &(struct copy){.from = plain, .to = packed});
}

void yd_weight_unpack(const yd_param_layout *param, int block, const float *packed, double *plain)
{
    visit(param, block, unpack_run, &(struct copy){.from = packed, .plain = plain});
}

void yd_weight_mask(const yd_param_layout *param, int block, float *packed)
{
    const yd_node *node = param->node;
    const yd_weight_layout layout = yd_weight_master(node, &param->input, &param->output, block);
    if (node->groups <= 1 || layout.form == YD_FORM_DEPTHWISE) return;
    const int in_each = node->in_channels / node->groups, out_each = node->out_channels / node->groups;
    for (int o = 0; o < node->out_channels; o++)
        for (int i = 0; i < node->in_channels; i++) {
            if (o / out_each == i / in_each) continue;
            for (int y = 0; y < node->kernel_h; y++)
                for (int x = 0; x < node->kernel_w; x++)
                    packed[yd_weight_offset(&layout, param->output.index[o], param->input.index[i], y, x)] =
                        0;
        }
}

static void transpose(const float *from, float *to, int block)
{
    for (int i = 0; i < block; i++)
        for (int o = 0; o < block; o++) to[o * block + i] = from[i * block + o];
}

void yd_weight_transpose(const yd_weight_layout *master, int block, const float *from, float *to)
{
    const yd_weight_layout data = yd_weight_for_data(master, YD_F32);
    const int size = master->block;
    for (int ib = 0; ib < master->in / size; ib++)
        for (int y = 0; y < master->kernel_h; y++)
            for (int x = 0; x < master->kernel_w; x++)
                transpose(from + yd_weight_offset(master, block * size, ib * size, y, x),
                          to + yd_weight_offset(&data, block * size, ib * size, y, x), size);
}
