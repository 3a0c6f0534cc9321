/* Convolutions in bf16 against the same in float32 of the same numbers, and the working copies that they read
 * against a plain computation from the offsets of their forms. */
#include "backend/cpu/convolution.h"
#include "backend/cpu/cpu.h"
#include "backend/cpu/round.h"
#include "base/rng.h"
#include "support/op_cases.h"
#include "support/test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CHANNELS = 512 };
#define HALF_STEP  (1.0 / 256) /* of bf16, relative */
#define ORDER_STEP 1e-5        /* of sums in float32 in another order, of the largest */

#define CONV(in, out, k, s, g)                                                                               \
    .kind = YD_OP_CONV, .input_count = 1, .in_channels = (in), .out_channels = (out), .kernel_h = (k),       \
    .kernel_w = (k), .stride_h = (s), .stride_w = (s), .pad_h = (k) / 2, .pad_w = (k) / 2, .groups = (g),    \
    .weight = 1, .norm = true, .gamma = 1, .beta = 1, .mean = 1, .variance = 1, .activation = YD_ACT_SILU

static const yd_op_case more[] = {
    {"depthwise", {CONV(20, 20, 5, 1, 20)}, 2, 9, 8, {{20}}, 1, false},
    {"depthwise, stride 2", {CONV(32, 32, 3, 2, 32)}, 2, 9, 8, {{32}}, 1, false},
    {"grouped", {CONV(24, 12, 3, 1, 4)}, 2, 6, 6, {{24}}, 1, false},
    {"wide 3x3", {CONV(80, 96, 3, 1, 1)}, 2, 20, 20, {{80}}, 1, false},
    {"wide 1x1", {CONV(256, 128, 1, 1, 1)}, 2, 10, 10, {{256}}, 1, false},
    {"head of 255",
     {.kind = YD_OP_HEAD,
      .input_count = 1,
      .in_channels = 64,
      .out_channels = 255,
      .kernel_h = 1,
      .kernel_w = 1,
      .stride_h = 1,
      .stride_w = 1,
      .groups = 1,
      .anchors_per_cell = 3,
      .outputs_per_anchor = 85,
      .weight = 1,
      .beta = 1},
     2,
     20,
     10,
     {{64}},
     1,
     false},
};

static uint16_t to_half(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if (isnan(x)) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static float from_half(uint16_t half)
{
    const uint32_t bits = (uint32_t)half << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Numbers of a tensor: v, which bf16 can hold, and the same in bf16. */
typedef struct tensor {
    size_t n;
    float *v;
    uint16_t *half;
} tensor;

static void *room(size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes + 127) / 64 * 64);
    REQUIRE(memory);
    memset(memory, 0, (bytes + 127) / 64 * 64);
    return memory;
}

static tensor make_tensor(size_t n, uint32_t purpose, double low, double high)
{
    tensor t = {n, room(n * sizeof(float)), room(n * sizeof(uint16_t))};
    yd_rng rng = yd_rng_make(11, 0, 0, purpose);
    for (size_t i = 0; i < n; i++) {
        t.half[i] = to_half((float)yd_rng_between(&rng, low, high));
        t.v[i] = from_half(t.half[i]);
    }
    return t;
}

static void free_tensor(tensor *t)
{
    free(t->v);
    free(t->half);
}

/* found, in bf16 or float32, against wanted. */
static void compare(const char *name, const char *what, const void *found, bool half, const float *wanted,
                    size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs((double)wanted[i]));
    REQUIRE(most > 0);
    for (size_t i = 0; i < n; i++) {
        const double value =
            (double)(half ? from_half(((const uint16_t *)found)[i]) : ((const float *)found)[i]);
        const double room_left = most * ORDER_STEP + (half ? fabs((double)wanted[i]) * HALF_STEP : 0);
        if (!(fabs(value - (double)wanted[i]) <= room_left))
            yd_test_fatal(__FILE__, __LINE__, "%s, %s [%zu]: %g, in float32 %g", name, what, i, value,
                          (double)wanted[i]);
    }
}

static yd_channel_map make_map(int32_t *index, const int *widths, int block)
{
    yd_channel_map map = {.index = index};
    for (int s = 0; s < YD_CASE_SEGMENTS && widths[s]; s++) {
        for (int c = 0; c < widths[s]; c++) index[map.count++] = map.physical + c;
        map.physical += (widths[s] + block - 1) / block * block;
    }
    REQUIRE(map.count <= MOST_CHANNELS);
    return map;
}

/* A case, its two devices, and its numbers. All lanes have some, those too that are no channel. */
typedef struct setup {
    const yd_op_case *c;
    int32_t index[2][MOST_CHANNELS];
    yd_op_desc desc;
    yd_device *devices[2]; /* float32, bf16 */
    yd_convolution convolutions[2];
    tensor input, weight, gradient, vectors[4]; /* gamma, beta, mean, variance */
    void *working[2], *scratch;
    yd_node_params params[2];
} setup;

static void describe(setup *s, yd_mode mode)
{
    const yd_op_case *c = s->c;
    yd_error error;
    yd_op_desc *d = &s->desc;
    *d = (yd_op_desc){.node = &c->node, .mode = mode, .input_count = 1, .need_input_gradient = !c->image};
    d->input_maps[0] = make_map(s->index[0], c->channels[0], c->image ? 1 : YD_CHANNEL_BLOCK);
    d->inputs[0] = (yd_shape){c->n, d->input_maps[0].count, c->h, c->w};
    REQUIRE(yd_op_infer(&c->node, d->inputs, &d->output, &error) == YD_OK);
    d->output_map = make_map(s->index[1], (const int[YD_CASE_SEGMENTS]){d->output.c}, YD_CHANNEL_BLOCK);
}

static void prepare(setup *s, int which, yd_mode mode)
{
    yd_convolution *conv = &s->convolutions[which];
    yd_error error;
    const yd_backend *backend = which ? &yd_backend_cpu_bf16 : &yd_backend_cpu;
    REQUIRE(backend->open(2, &s->devices[which], &error) == YD_OK);
    const bool eval = mode == YD_MODE_EVAL, head = s->c->node.kind == YD_OP_HEAD;
    yd_team_enter(s->devices[which]->team);
    if (yd_convolution_prepare(conv, s->devices[which], &s->desc, head || (eval && s->c->node.norm),
                               eval ? s->c->node.activation : YD_ACT_NONE, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s: %s", s->c->name, error.message);
}

static setup *open_setup(const yd_op_case *c, yd_mode mode)
{
    setup *s = calloc(1, sizeof *s);
    REQUIRE(s);
    s->c = c;
    describe(s, mode);
    for (int i = 0; i < 2; i++) prepare(s, i, mode);
    const yd_convolution *conv = &s->convolutions[0];
    const size_t out = (size_t)conv->master.out;
    s->input = make_tensor(yd_cpu_elements(s->desc.inputs[0], s->desc.input_maps[0].physical), 0, -2, 2);
    s->weight = make_tensor(yd_weight_elements(&conv->master), 1, -0.5, 0.5);
    s->gradient = make_tensor(yd_cpu_elements(s->desc.output, conv->master.out), 2, -1, 1);
    for (int i = 0; i < 4; i++) s->vectors[i] = make_tensor(out, 3 + (uint32_t)i, 0.5, 2);
    s->scratch = room(s->convolutions[s->convolutions[1].scratch > conv->scratch].scratch);
    for (int i = 0; i < 2; i++) {
        const size_t bytes = yd_convolution_working_bytes(s->devices[i], &conv->param, mode);
        CHECK(i == 0 || bytes > 0);
        s->working[i] = room(bytes);
        s->params[i] = (yd_node_params){.weight = s->weight.v,
                                        .gamma = s->vectors[0].v,
                                        .beta = s->vectors[1].v,
                                        .mean = s->vectors[2].v,
                                        .variance = s->vectors[3].v,
                                        .working = s->working[i]};
        yd_convolution_refresh(s->devices[i], &conv->param, mode, &s->params[i], s->working[i]);
    }
    return s;
}

static void close_setup(setup *s)
{
    for (int i = 0; i < 2; i++) {
        yd_convolution_release(&s->convolutions[i]);
        yd_backend_cpu.close(s->devices[i]);
        free(s->working[i]);
    }
    for (int i = 0; i < 4; i++) free_tensor(&s->vectors[i]);
    free_tensor(&s->gradient);
    free_tensor(&s->weight);
    free_tensor(&s->input);
    free(s->scratch);
    free(s);
}

static void forward(const setup *s, int which, void *output)
{
    const yd_convolution *conv = &s->convolutions[which];
    yd_team_enter(s->devices[which]->team);
    yd_convolution_forward(conv, which ? (void *)s->input.half : s->input.v,
                           yd_convolution_weight(conv, &s->params[which]),
                           yd_convolution_bias(conv, &s->params[which]), output, s->scratch);
}

/* The result of HEAD is float32 in both. */
static void check_forward(const setup *s, const char *what)
{
    const size_t n = s->gradient.n;
    float *wanted = room(n * sizeof *wanted);
    void *found = room(n * sizeof(float));
    forward(s, 0, wanted);
    forward(s, 1, found);
    compare(s->c->name, what, found, s->c->node.kind != YD_OP_HEAD, wanted, n);
    free(found);
    free(wanted);
}

static void check_weights(const setup *s)
{
    const size_t n = s->weight.n;
    float *gradients[2];
    for (int i = 0; i < 2; i++) {
        gradients[i] = room(n * sizeof(float));
        yd_team_enter(s->devices[i]->team);
        for (int k = 0; k < 2; k++) /* written, then added to */
            yd_convolution_weights(&s->convolutions[i], i ? (void *)s->input.half : s->input.v,
                                   i ? (void *)s->gradient.half : s->gradient.v, gradients[i], k == 1,
                                   s->scratch);
    }
    compare(s->c->name, "weight gradient", gradients[1], false, gradients[0], n);
    for (int i = 0; i < 2; i++) free(gradients[i]);
}

static void check_data(const setup *s)
{
    const size_t n = s->input.n;
    float *wanted = room(n * sizeof *wanted);
    uint16_t *found = room(n * sizeof *found);
    yd_team_enter(s->devices[0]->team);
    yd_convolution_data(&s->convolutions[0], wanted, &s->params[0], s->gradient.v, s->scratch);
    yd_convolution_data(&s->convolutions[1], found, &s->params[1], s->gradient.half, s->scratch);
    compare(s->c->name, "data gradient", found, true, wanted, n);
    free(found);
    free(wanted);
}

/* The folded weight of float32, rounded as that of bf16 is. */
static void round_folded(setup *s)
{
    float *folded = s->working[0];
    for (size_t i = 0; s->c->node.norm && i < s->weight.n; i++) folded[i] = from_half(to_half(folded[i]));
}

static const yd_dnnl_conv *kernel_of(const yd_convolution *c, int pass)
{
    return pass == 0 ? c->forward.dnnl : pass == 1 ? c->data.dnnl : c->weights.dnnl;
}

/* No kernel is reference code or has its tensors converted, where float32's has not. */
static void check_kernel(const setup *s, int pass)
{
    const yd_dnnl_conv *kernel = kernel_of(&s->convolutions[1], pass),
                       *single = kernel_of(&s->convolutions[0], pass);
    if (!kernel || (single && yd_dnnl_conv_reorders(single))) return;
    const char *name = yd_dnnl_conv_implementation(kernel);
    if (!strstr(name, "jit") || yd_dnnl_conv_reorders(kernel))
        yd_test_fatal(__FILE__, __LINE__, "%s, pass %d: %s%s", s->c->name, pass, name,
                      yd_dnnl_conv_reorders(kernel) ? ", with conversions" : "");
}

static void check_case(const yd_op_case *c)
{
    if (c->node.kind != YD_OP_CONV && c->node.kind != YD_OP_HEAD) return;
    setup *s = open_setup(c, YD_MODE_TRAIN);
    for (int k = 0; k < 3; k++) check_kernel(s, k);
    check_forward(s, "forward");
    check_weights(s);
    if (!c->image) check_data(s);
    close_setup(s);
    s = open_setup(c, YD_MODE_EVAL);
    round_folded(s);
    check_forward(s, "forward in EVAL");
    close_setup(s);
}

static void require_bf16(void)
{
    if (!yd_dnnl_has_bf16()) yd_test_skip("this processor, or oneDNN here, has no bf16 of its own");
}

static void test_passes(void)
{
    require_bf16();
    int count;
    const yd_op_case *c = yd_op_cases(&count);
    for (int i = 0; i < count; i++) check_case(&c[i]);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) check_case(&more[i]);
}

/* Every element of a copy lies where its form says, and is the master's, scaled and rounded. */
static void check_copy(const yd_weight_layout *master, const yd_weight_layout *form, const float *from,
                       const float *scale, const uint16_t *copy)
{
    for (int o = 0; o < master->out; o++)
        for (int i = 0; i < master->in; i++)
            for (int p = 0; p < master->kernel_h * master->kernel_w; p++) {
                const int y = p / master->kernel_w, x = p % master->kernel_w;
                const float value =
                    from[yd_weight_offset(master, o, i, y, x)] * (scale ? scale[o % YD_MAX_BLOCK] : 1);
                CHECK(copy[yd_weight_offset(form, o, i, y, x)] == to_half(value));
            }
}

static void check_rounding(const yd_weight_layout *master, bool scaled)
{
    const yd_weight_layout forward_form = yd_weight_for_forward(master, YD_BF16),
                           data_form = yd_weight_for_data(master, YD_BF16);
    const size_t n = yd_weight_elements(master);
    float *from = room(n * sizeof *from), scale[YD_MAX_BLOCK];
    uint16_t *to = room(yd_weight_elements(&forward_form) * sizeof *to), *data = room(n * sizeof *data);
    yd_rng rng = yd_rng_make(12, 0, 0, 0);
    for (int i = 0; i < YD_MAX_BLOCK; i++) scale[i] = (float)yd_rng_between(&rng, 0.1, 3);
    for (size_t i = 0; i < n; i++) from[i] = (float)yd_rng_between(&rng, -1, 1);
    /* ties, to even both ways; what rounds up to the next power of two, or to infinity; no number */
    const float special[] = {0x1.01p0f, 0x1.03p0f, 0x1.ffp5f, 0x1.fffffep127f, NAN, INFINITY, -0.0f};
    memcpy(from, special, sizeof special);
    const bool twice = data_form.form != forward_form.form && master->form == YD_FORM_IN_OUT;
    for (int b = 0; b < master->out / YD_MAX_BLOCK; b++)
        yd_weight_round(master, b, from, scaled ? scale : NULL, to, twice ? data : NULL);
    check_copy(master, &forward_form, from, scaled ? scale : NULL, to);
    if (twice) check_copy(master, &data_form, from, scaled ? scale : NULL, data);
    if (forward_form.form == YD_FORM_IMAGE_PAIRS) /* behind an odd number of channels lie zeros */
        for (int o = 0; o < master->out; o++) CHECK(to[yd_weight_offset(&forward_form, o, 3, 5, 5)] == 0);
    free(data);
    free(to);
    free(from);
}

static void test_rounding(void)
{
    require_bf16();
    const yd_weight_layout masters[] = {{YD_FORM_IN_OUT, 16, 48, 32, 3, 3},
                                        {YD_FORM_IN_OUT, 16, 32, 48, 1, 1},
                                        {YD_FORM_IMAGE, 16, 32, 3, 6, 6},
                                        {YD_FORM_DEPTHWISE, 16, 48, 1, 5, 5}};
    for (size_t i = 0; i < sizeof masters / sizeof *masters; i++)
        for (int scaled = 0; scaled < 2; scaled++) check_rounding(&masters[i], scaled);
}

static const yd_test_case cases[] = {
    {"passes against float32", test_passes},
    {"rounding", test_rounding},
};
TEST_MAIN(cases)
