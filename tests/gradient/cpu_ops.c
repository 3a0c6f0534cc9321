/* Every operation of the cpu backend against the reference backend: forward, all gradients, running
 * statistics, EVAL; with padded channel maps, slices, several gradients and accumulation. Then all of it once
 * more for each narrower instruction set. */
#include "backend/cpu/cpu.h"
#include "backend/cpu/device.h"
#include "backend/cpu/prepare.h"
#include "backend/ref/ref.h"
#include "base/rng.h"
#include "ops/conv.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_CHANNELS = 256, TERMS = YD_MAX_GRADIENT_VIEWS };

/* A channel map: segments of the given logical widths, each padded to a whole number of blocks. */
typedef struct map {
    yd_channel_map map;
    int32_t index[MOST_CHANNELS];
} map;

static void make_map(map *m, bool padded, int segments, const int *widths)
{
    int count = 0, physical = 0;
    for (int s = 0; s < segments; s++) {
        for (int c = 0; c < widths[s]; c++) m->index[count++] = physical + c;
        physical +=
            padded ? (widths[s] + YD_CHANNEL_BLOCK - 1) / YD_CHANNEL_BLOCK * YD_CHANNEL_BLOCK : widths[s];
    }
    m->map = (yd_channel_map){count, physical, m->index};
}

/* What is tested: a node, its inputs' shapes and how their channels are cut into segments. */
typedef struct op_case {
    const char *name;
    yd_node node;
    int batch, height, width;
    int segments[YD_NODE_MAX_INPUTS][4]; /* of each input; 0 ends the list */
    bool image;                          /* the input is the image */
    bool first;                          /* no gradient of the input */
    bool slices;                         /* views are slices where the backend can take them */
    int gradients;                       /* how many are summed; 0 means 1 */
    bool accumulate;
} op_case;

/* One backend's buffers for a case. Values in logical order are kept by the test as float. */
typedef struct side {
    const yd_backend *backend;
    yd_device *device;
    const op_case *c;
    map inputs[YD_NODE_MAX_INPUTS], output;
    yd_op_desc desc;
    yd_op_pass pass;
    void *state, *blocks[64];
    size_t sizes[64];
    int block_count;
    yd_param_layout weight, vector;
} side;

typedef struct results {
    double *output, *eval, *input[YD_NODE_MAX_INPUTS], *weight, *gamma, *beta, *mean, *variance;
    size_t outputs, inputs[YD_NODE_MAX_INPUTS], weights, channels;
} results;

static void *block(side *s, size_t bytes)
{
    REQUIRE(s->block_count < 64);
    void *memory = s->backend->allocate(s->device, bytes);
    REQUIRE(memory);
    s->sizes[s->block_count] = bytes;
    return s->blocks[s->block_count++] = memory;
}

/* What bf16 holds of it: all backends are given the same numbers. */
static float eight_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits &= 0xffff0000u;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static float *numbers(size_t n, uint32_t purpose, double centre, double spread)
{
    yd_rng rng = yd_rng_make(7, 0, 0, purpose);
    float *x = malloc((n ? n : 1) * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = eight_bits((float)(centre + spread * (yd_rng_uniform(&rng) * 2 - 1)));
    return x;
}

static size_t count_of(yd_shape s)
{
    return (size_t)s.n * (size_t)s.c * (size_t)s.h * (size_t)s.w;
}

static size_t activation_size(const side *s)
{
    return yd_dtype_size(s->backend->activation_dtype);
}

/* Of the output: a head's is of the regions' type. */
static size_t output_size(const side *s)
{
    return s->c->node.kind == YD_OP_HEAD ? yd_dtype_size(s->backend->dtype) : activation_size(s);
}

/* A view of its own memory; sliced: inside a wider one whose other channels are full of rubbish. */
static yd_view make_view(side *s, yd_shape shape, int physical, size_t element, bool sliced)
{
    const size_t area = (size_t)shape.h * (size_t)shape.w;
    const size_t own = (size_t)physical * area, wide = sliced ? own + 3 * YD_CHANNEL_BLOCK * area : own;
    char *memory = block(s, (size_t)shape.n * wide * element);
    if (sliced) memset(memory, 0x7f, (size_t)shape.n * wide * element);
    return (yd_view){memory + (sliced ? YD_CHANNEL_BLOCK * area * element : 0), wide, shape, physical};
}

/* Logical numbers into a view. Padded lanes become zero. */
static void write_view(const side *s, const yd_view *view, const yd_channel_map *m, const float *plain)
{
    if (s->backend->activation_dtype == YD_BF16) {
        const size_t n =
            (size_t)view->shape.n * (size_t)m->count * (size_t)view->shape.h * (size_t)view->shape.w;
        double *wide = malloc(n * sizeof *wide);
        for (size_t i = 0; i < n; i++) wide[i] = (double)plain[i];
        s->backend->write_view(s->device, wide, m, view);
        free(wide);
        return;
    }
    const size_t area = (size_t)view->shape.h * (size_t)view->shape.w;
    const bool ref = s->backend == &yd_backend_ref;
    const size_t lanes = ref || m->physical % YD_CHANNEL_BLOCK ? 1 : (size_t)s->device->vector->block;
    for (size_t n = 0; n < (size_t)view->shape.n; n++) {
        const size_t at = n * view->image_stride;
        if (!ref) memset((float *)view->data + at, 0, (size_t)view->physical * area * sizeof(float));
        for (int c = 0; c < m->count; c++)
            for (size_t i = 0; i < area; i++) {
                const size_t lane = (size_t)m->index[c],
                             to = at + (lane / lanes * area + i) * lanes + lane % lanes;
                const float value = plain[(n * (size_t)m->count + (size_t)c) * area + i];
                if (ref)
                    ((double *)view->data)[to] = (double)value;
                else
                    ((float *)view->data)[to] = value;
            }
    }
}

static void describe(side *s, yd_mode mode)
{
    const op_case *c = s->c;
    const bool padded = s->backend != &yd_backend_ref;
    yd_op_desc *d = &s->desc;
    int all[32], total = 0;
    *d = (yd_op_desc){
        .node = &c->node, .mode = mode, .input_count = c->node.input_count, .need_input_gradient = !c->first};
    for (int i = 0; i < d->input_count; i++) {
        int segments = 0, channels = 0;
        while (segments < 4 && c->segments[i][segments]) channels += c->segments[i][segments++];
        make_map(&s->inputs[i], padded && !c->image, segments, c->segments[i]);
        for (int k = 0; k < segments; k++) all[total++] = c->segments[i][k];
        d->inputs[i] = (yd_shape){c->batch, channels, c->height, c->width};
        d->input_maps[i] = s->inputs[i].map;
    }
    yd_error error;
    if (yd_op_infer(&c->node, d->inputs, &d->output, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s: %s", c->name, error.message);
    if (c->node.kind == YD_OP_CONV || c->node.kind == YD_OP_HEAD) {
        const bool depthwise = c->node.groups > 1 && c->node.groups == c->node.out_channels;
        all[0] = d->output.c, total = 1;
        for (int k = 0; depthwise && k < 4 && c->segments[0][k]; k++)
            all[k] = c->segments[0][k], total = k + 1;
    } else if (c->node.kind == YD_OP_ATTENTION || c->node.kind == YD_OP_DEPTH_TO_SPACE) {
        all[0] = d->output.c, total = 1;
    } else if (c->node.kind == YD_OP_SPACE_TO_DEPTH) { /* as its input, over and over */
        int segments = total;
        for (total = 0; total < segments * c->node.factor * c->node.factor; total++)
            all[total] = c->segments[0][total % segments];
    } else if (c->node.kind != YD_OP_CONCAT) { /* as its first input */
        for (total = 0; total < 4 && c->segments[0][total];) total++;
    }
    make_map(&s->output, padded, total, all);
    d->output_map = s->output.map;
}

static void prepare(side *s)
{
    yd_error error = {0};
    yd_op_needs needs = {0};
    const yd_op_kernels *kernels = s->backend->ops[s->c->node.kind];
    if (kernels->prepare(s->device, &s->desc, &s->state, &needs, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s: %s", s->c->name, error.message);
    s->pass.saved = needs.saved ? block(s, needs.saved) : NULL;
    s->pass.scratch = needs.scratch ? block(s, needs.scratch) : NULL;
    if (needs.saved) memset(s->pass.saved, 0x7f, needs.saved); /* nothing may be expected of it */
    if (needs.scratch) memset(s->pass.scratch, 0x7f, needs.scratch);
}

static void *make_param(side *s, const yd_param_layout *layout, uint32_t purpose, double centre,
                        double spread)
{
    float *plain = numbers(layout->plain, purpose, centre, spread);
    void *packed = block(s, s->backend->param_elements(s->device, layout) * yd_dtype_size(s->backend->dtype));
    s->backend->param_pack(s->device, layout, plain, packed);
    free(plain);
    return packed;
}

static bool has_weight(const side *s)
{
    return s->c->node.kind == YD_OP_CONV || s->c->node.kind == YD_OP_HEAD;
}

static bool has_params(const side *s)
{
    return has_weight(s) || s->c->node.kind == YD_OP_NORM;
}

static void make_params(side *s)
{
    const yd_node *node = &s->c->node;
    if (!has_params(s)) return;
    const size_t weights = has_weight(s) ? yd_conv_weight_count(node) : 0;
    s->weight = (yd_param_layout){YD_ROLE_CONV_WEIGHT, node, s->inputs[0].map, s->output.map, weights};
    s->vector = (yd_param_layout){YD_ROLE_CHANNEL_VECTOR, node, s->inputs[0].map, s->output.map,
                                  (size_t)node->out_channels};
    if (weights) s->pass.params.weight = make_param(s, &s->weight, 1, 0.02, 0.3);
    if (node->norm || node->beta >= 0) s->pass.params.beta = make_param(s, &s->vector, 3, 0.1, 1);
    if (!node->norm) return;
    s->pass.params.gamma = make_param(s, &s->vector, 2, 0.8, 1.5);
    s->pass.params.mean = make_param(s, &s->vector, 4, 0.2, 0.5);
    s->pass.params.variance = make_param(s, &s->vector, 5, 1.5, 1);
}

/* The plan's part: working copies for the mode. */
static void refresh(side *s, yd_mode mode)
{
    s->pass.params.working = NULL;
    if (!has_weight(s) || !s->backend->working_bytes) return;
    const size_t bytes = s->backend->working_bytes(s->device, &s->weight, mode);
    if (!bytes) return;
    void *working = block(s, bytes);
    s->backend->refresh_working(s->device, &s->weight, mode, &s->pass.params, working);
    s->pass.params.working = working;
}

static bool sliced(const side *s, bool (*can)(const yd_op_desc *))
{
    return s->c->slices && can(&s->desc);
}

static void make_inputs(side *s)
{
    const yd_op_kernels *kernels = s->backend->ops[s->c->node.kind];
    for (int i = 0; i < s->desc.input_count; i++) {
        const size_t n = count_of(s->desc.inputs[i]);
        float *plain = numbers(n, 10 + (uint32_t)i, 0.1, 1);
        /* ties for the pool */
        for (size_t k = 0; s->c->node.kind == YD_OP_MAX_POOL && k < n; k++)
            plain[k] = roundf(plain[k] * 4) / 4;
        s->pass.inputs[i] = make_view(s, s->desc.inputs[i], s->desc.input_maps[i].physical,
                                      activation_size(s), sliced(s, kernels->reads_slices));
        write_view(s, &s->pass.inputs[i], &s->desc.input_maps[i], plain);
        free(plain);
    }
}

static void make_output(side *s)
{
    const yd_op_kernels *kernels = s->backend->ops[s->c->node.kind];
    s->pass.output = make_view(s, s->desc.output, s->desc.output_map.physical, output_size(s),
                               sliced(s, kernels->writes_slices));
}

/* A head's float32 output beside activations of another type. */
static void read_wide(const side *s, double *plain)
{
    const yd_view *view = &s->pass.output;
    const size_t area = (size_t)view->shape.h * (size_t)view->shape.w,
                 lanes = (size_t)s->backend->lanes(s->device);
    for (size_t n = 0; n < (size_t)view->shape.n; n++)
        for (int c = 0; c < s->desc.output_map.count; c++) {
            const size_t lane = (size_t)s->desc.output_map.index[c];
            const float *from =
                (const float *)view->data + n * view->image_stride + lane / lanes * lanes * area;
            for (size_t i = 0; i < area; i++) *plain++ = (double)from[i * lanes + lane % lanes];
        }
}

static double *read_output(const side *s)
{
    double *plain = malloc(count_of(s->desc.output) * sizeof *plain);
    if (output_size(s) != activation_size(s))
        read_wide(s, plain);
    else
        s->backend->read_view(s->device, &s->pass.output, &s->desc.output_map, plain);
    return plain;
}

static void make_gradients(side *s)
{
    const bool head = s->c->node.kind == YD_OP_HEAD; /* its one gradient is dense */
    s->pass.output_gradient_count = s->c->gradients ? s->c->gradients : 1;
    for (int k = 0; k < s->pass.output_gradient_count; k++) {
        float *plain = numbers(count_of(s->desc.output), 20 + (uint32_t)k, 0.05, 1);
        yd_view *view = &s->pass.output_gradients[k];
        *view = make_view(s, s->desc.output, s->desc.output_map.physical, activation_size(s),
                          k % 2 == 1 && !head);
        write_view(s, view, &s->desc.output_map, plain);
        free(plain);
    }
}

/* What is there before gradients are added is 1 everywhere, where logical channels lie. */
static void make_param_gradients(side *s)
{
    if (!has_params(s)) return;
    s->pass.grads.accumulate = s->c->accumulate;
    if (has_weight(s)) s->pass.grads.weight = make_param(s, &s->weight, 6, 1, 0);
    if (s->pass.params.beta) s->pass.grads.beta = make_param(s, &s->vector, 6, 1, 0);
    if (s->pass.params.gamma) s->pass.grads.gamma = make_param(s, &s->vector, 6, 1, 0);
}

static double *read_param(const side *s, const yd_param_layout *layout, const void *packed)
{
    if (!packed) return NULL;
    double *plain = malloc(layout->plain * sizeof *plain);
    s->backend->param_unpack(s->device, layout, packed, plain);
    return plain;
}

/* The optimizer sees all that is packed: nothing may lie where no logical element does. */
static void check_padding(const side *s, const yd_param_layout *layout, const void *packed,
                          const double *plain)
{
    double all = 0, logical = 0;
    if (!packed || s->backend == &yd_backend_ref) return;
    for (size_t i = 0; i < s->backend->param_elements(s->device, layout); i++)
        all += (double)fabsf(((const float *)packed)[i]);
    for (size_t i = 0; i < layout->plain; i++) logical += fabs(plain[i]);
    if (!(fabs(all - logical) <= 1e-9 * logical))
        yd_test_fatal(__FILE__, __LINE__, "%s: a gradient where no channel is: %g beside %g", s->c->name,
                      all - logical, logical);
}

static void run_backward(side *s)
{
    const yd_op_kernels *kernels = s->backend->ops[s->c->node.kind];
    for (int i = 0; i < s->desc.input_count && !s->c->first; i++) {
        const yd_shape shape = s->desc.inputs[i];
        const int physical = s->desc.input_maps[i].physical;
        s->pass.input_gradients[i] = make_view(s, shape, physical, activation_size(s), false);
        const size_t bytes =
            (size_t)shape.n * (size_t)physical * (size_t)shape.h * (size_t)shape.w * activation_size(s);
        memset(s->pass.input_gradients[i].data, 0x7f, bytes);
    }
    for (int phase = YD_PHASE_OUTPUT; phase <= (s->c->first ? YD_PHASE_WEIGHTS : YD_PHASE_DATA); phase++)
        kernels->backward(s->state, &s->pass, (yd_phase)phase);
}

static void read_gradients(side *s, results *r)
{
    for (int i = 0; i < s->desc.input_count && !s->c->first; i++) {
        r->inputs[i] = count_of(s->desc.inputs[i]);
        r->input[i] = malloc(r->inputs[i] * sizeof(double));
        s->backend->read_view(s->device, &s->pass.input_gradients[i], &s->desc.input_maps[i], r->input[i]);
    }
    if (!has_params(s)) return;
    r->weights = s->weight.plain, r->channels = s->vector.plain;
    r->weight = read_param(s, &s->weight, s->pass.grads.weight);
    r->gamma = read_param(s, &s->vector, s->pass.grads.gamma);
    r->beta = read_param(s, &s->vector, s->pass.grads.beta);
    check_padding(s, &s->weight, s->pass.grads.weight, r->weight);
    check_padding(s, &s->vector, s->pass.grads.gamma, r->gamma);
    check_padding(s, &s->vector, s->pass.grads.beta, r->beta);
    r->mean = read_param(s, &s->vector, s->pass.params.mean);
    r->variance = read_param(s, &s->vector, s->pass.params.variance);
}

/* TRAIN forward and backward, then EVAL with the statistics that this left. */
static results run_case(const yd_backend *backend, yd_device *device, const op_case *c)
{
    results r = {0};
    side s = {.backend = backend, .device = device, .c = c};
    const yd_op_kernels *kernels = backend->ops[c->node.kind];
    describe(&s, YD_MODE_TRAIN);
    prepare(&s);
    make_params(&s);
    make_inputs(&s);
    make_output(&s);
    refresh(&s, YD_MODE_TRAIN);
    kernels->forward(s.state, &s.pass);
    r.outputs = count_of(s.desc.output);
    r.output = read_output(&s);
    if (kernels->backward) {
        make_gradients(&s);
        make_param_gradients(&s);
        run_backward(&s);
        read_gradients(&s, &r);
    }
    kernels->release(s.state);

    describe(&s, YD_MODE_EVAL);
    prepare(&s);
    make_output(&s);
    refresh(&s, YD_MODE_EVAL);
    kernels->forward(s.state, &s.pass);
    r.eval = read_output(&s);
    kernels->release(s.state);
    for (int i = 0; i < s.block_count; i++) backend->deallocate(device, s.blocks[i], s.sizes[i]);
    return r;
}

static void free_results(results *r)
{
    double *all[] = {r->output, r->eval, r->weight, r->gamma, r->beta, r->mean, r->variance};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
    for (int i = 0; i < YD_NODE_MAX_INPUTS; i++) free(r->input[i]);
}

/* The largest difference relative to the largest magnitude. */
static void compare(const op_case *c, const char *what, double tolerance, const double *found,
                    const double *wanted, size_t n)
{
    if (!found && !wanted) return;
    if (!found || !wanted) yd_test_fatal(__FILE__, __LINE__, "%s: %s only on one side", c->name, what);
    double largest = 1e-30, worst = 0;
    size_t where = 0;
    for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(wanted[i]));
    for (size_t i = 0; i < n; i++)
        if (!(fabs(found[i] - wanted[i]) <= worst)) worst = fabs(found[i] - wanted[i]), where = i;
    if (!(worst <= tolerance * largest))
        yd_test_fatal(__FILE__, __LINE__, "%s: %s[%zu of %zu] is %g, wanted %g (relative error %.2g)",
                      c->name, what, where, n, found[where], wanted[where], worst / largest);
}

/* float32 against double; or bf16, whose roundings of z, of the output and of each gradient add up. */
static void compare_case(const yd_backend *backend, yd_device *cpu, yd_device *ref, const op_case *c)
{
    const double t = backend->activation_dtype == YD_BF16 ? 0.02 : 1e-5;
    results found = run_case(backend, cpu, c), wanted = run_case(&yd_backend_ref, ref, c);
    compare(c, "output", t, found.output, wanted.output, wanted.outputs);
    compare(c, "EVAL output", t, found.eval, wanted.eval, wanted.outputs);
    for (int i = 0; i < c->node.input_count; i++)
        compare(c, "input gradient", t, found.input[i], wanted.input[i], wanted.inputs[i]);
    compare(c, "weight gradient", t, found.weight, wanted.weight, wanted.weights);
    compare(c, "gamma gradient", t, found.gamma, wanted.gamma, wanted.channels);
    compare(c, "beta gradient", t, found.beta, wanted.beta, wanted.channels);
    compare(c, "running mean", t, found.mean, wanted.mean, wanted.channels);
    compare(c, "running variance", t, found.variance, wanted.variance, wanted.channels);
    free_results(&found);
    free_results(&wanted);
}

/* clang-format off */
#define SIZE(n, h, w) .batch = (n), .height = (h), .width = (w)
#define ANY_CONV(in, out, kh, kw, sh, sw, ph, pw, g)                                                        \
    .kind = YD_OP_CONV, .input_count = 1, .in_channels = (in), .out_channels = (out), .kernel_h = (kh),      \
    .kernel_w = (kw), .stride_h = (sh), .stride_w = (sw), .pad_h = (ph), .pad_w = (pw), .groups = (g),       \
    .beta = -1
#define GROUPED(in, out, k, s, p, g) ANY_CONV(in, out, k, k, s, s, p, p, g)
#define OBLONG(in, out, kh, kw, sh, ph, pw) ANY_CONV(in, out, kh, kw, sh, 1, ph, pw, 1)
#define CONV(in, out, k, s, p) GROUPED(in, out, k, s, p, 1)
#define NORMED(act) .norm = true, .activation = (act), .slope = 0.1f
#define SILU        NORMED(YD_ACT_SILU)
#define IN(...)     .segments = {__VA_ARGS__}
#define POOL(k, s, p) .kind = YD_OP_MAX_POOL, .input_count = 1, .kernel_h = (k), .stride_h = (s), .pad_h = (p)
#define UPSAMPLE(...) .kind = YD_OP_UPSAMPLE, .input_count = 1, .resize = {__VA_ARGS__}
#define STEM        IN({3}), .image = true, .first = true

static const op_case conv_cases[] = {
    {"3x3", {CONV(16, 32, 3, 1, 1), SILU}, SIZE(2, 9, 11), IN({16})},
    {"3x3, odd channels", {CONV(5, 7, 3, 1, 1), SILU},
     SIZE(3, 6, 5), IN({5}), .slices = true, .gradients = 2},
    {"3x3 stride 2", {CONV(20, 40, 3, 2, 1), SILU},
     SIZE(2, 10, 14), IN({20}), .gradients = 4, .accumulate = true},
    {"3x3 stride 2, odd size", {CONV(16, 16, 3, 2, 1), SILU}, SIZE(2, 9, 7), IN({16})},
    {"1x1", {CONV(33, 48, 1, 1, 0), SILU}, SIZE(2, 8, 8), IN({33}), .slices = true, .gradients = 3},
    {"1x1 of a concatenation", {CONV(42, 24, 1, 1, 0), SILU},
     SIZE(2, 7, 5), IN({24, 8, 10}), .accumulate = true},
    {"3x3 of a concatenation", {CONV(29, 17, 3, 1, 1), SILU}, SIZE(2, 7, 5), IN({12, 17}), .slices = true},
    {"6x6 stem", {CONV(3, 16, 6, 2, 2), SILU}, SIZE(2, 32, 36), STEM},
    {"Focus", {CONV(3, 24, 6, 2, 2), .focus = true, SILU}, SIZE(2, 16, 20), STEM, .accumulate = true},
    {"3x3 stem", {CONV(3, 20, 3, 1, 1), NORMED(YD_ACT_LEAKY_RELU)}, SIZE(1, 16, 12), STEM},
    {"1x1 stem", {CONV(3, 20, 1, 1, 0), SILU}, SIZE(1, 16, 12), STEM},
    {"leaky ReLU", {CONV(16, 16, 3, 1, 1), NORMED(YD_ACT_LEAKY_RELU)},
     SIZE(2, 6, 6), IN({16}), .gradients = 2},
    {"ReLU", {CONV(16, 16, 1, 1, 0), NORMED(YD_ACT_RELU)}, SIZE(2, 6, 6), IN({16})},
    {"hard swish", {CONV(16, 16, 3, 1, 1), NORMED(YD_ACT_HARDSWISH)}, SIZE(2, 6, 6), IN({16})},
    {"norm alone", {CONV(16, 10, 1, 1, 0), NORMED(YD_ACT_NONE)}, SIZE(2, 6, 6), IN({16})},
    {"bare", {CONV(20, 30, 1, 1, 0)}, SIZE(2, 6, 7), IN({20}), .slices = true, .gradients = 2},
    {"activation without norm", {CONV(20, 30, 3, 1, 1), .activation = YD_ACT_SILU}, SIZE(2, 6, 7), IN({20})},
    {"(1, 3)", {OBLONG(16, 32, 1, 3, 1, 0, 1), SILU}, SIZE(2, 6, 7), IN({16})},
    {"(3, 1) stride (2, 1)", {OBLONG(16, 32, 3, 1, 2, 1, 0), SILU}, SIZE(2, 6, 7), IN({16})},
    {"large kernel", {CONV(16, 16, 7, 1, 3), SILU}, SIZE(1, 9, 9), IN({16})},
    {"one pixel", {CONV(16, 32, 3, 2, 1), SILU}, SIZE(4, 2, 2), IN({16})},
    {"many pixels", {CONV(8, 8, 1, 1, 0), SILU}, SIZE(2, 70, 70), IN({8}), .slices = true, .gradients = 2},
    {"many channels", {CONV(16, 256, 1, 1, 0), SILU}, SIZE(1, 4, 4), IN({16})},
};

static const op_case group_cases[] = {
    {"depthwise 5x5", {GROUPED(32, 32, 5, 1, 2, 32), SILU}, SIZE(2, 9, 9), IN({32}), .accumulate = true},
    {"depthwise, odd channels", {GROUPED(20, 20, 3, 2, 1, 20), NORMED(YD_ACT_NONE)},
     SIZE(2, 8, 10), IN({20}), .gradients = 2},
    {"depthwise of a concatenation", {GROUPED(22, 22, 3, 1, 1, 22), SILU}, SIZE(2, 8, 10), IN({12, 10})},
    {"two groups", {GROUPED(20, 12, 3, 1, 1, 2), SILU}, SIZE(2, 6, 6), IN({20})},
    {"transposed", {GROUPED(20, 12, 4, 1, 2, 1), .transposed = true},
     SIZE(2, 6, 5), IN({20}), .gradients = 2, .accumulate = true},
    {"transposed, groups", {GROUPED(24, 12, 3, 1, 1, 4), .transposed = true}, SIZE(2, 6, 6), IN({24})},
    {"transposed, depthwise", {GROUPED(20, 20, 3, 1, 1, 20), .transposed = true}, SIZE(2, 6, 6), IN({20})},
    {"norm", {.kind = YD_OP_NORM, .input_count = 1, .out_channels = 23, .norm = true},
     SIZE(3, 7, 9), IN({20, 3}), .slices = true, .gradients = 3, .accumulate = true},
    {"groups across segments", {GROUPED(24, 12, 3, 1, 1, 4), SILU},
     SIZE(2, 6, 6), IN({10, 14}), .accumulate = true},
};

#define HEAD(in, anchors, numbers)                                                                           \
    .kind = YD_OP_HEAD, .input_count = 1, .in_channels = (in), .out_channels = (anchors) * (numbers),        \
    .kernel_h = 1, .kernel_w = 1, .stride_h = 1, .stride_w = 1, .groups = 1, .anchors_per_cell = (anchors),  \
    .outputs_per_anchor = (numbers)

static const op_case head_cases[] = {
    {"head of COCO", {HEAD(32, 3, 85)}, SIZE(2, 5, 7), IN({32}), .accumulate = true},
    {"head of one class", {HEAD(20, 3, 6)}, SIZE(3, 4, 4), IN({20})},
    {"head of eleven", {HEAD(16, 1, 16)}, SIZE(1, 3, 3), IN({16})},
};

static const op_case other_cases[] = {
    {"add", {.kind = YD_OP_ADD, .input_count = 2}, SIZE(2, 5, 7), IN({20}, {20}), .slices = true},
    {"add of five", {.kind = YD_OP_ADD, .input_count = 5},
     SIZE(2, 5, 3), IN({8, 9}, {8, 9}, {8, 9}, {8, 9}, {8, 9})},
    {"concat", {.kind = YD_OP_CONCAT, .input_count = 3},
     SIZE(3, 5, 7), IN({20}, {7, 16}, {32}), .slices = true},
    {"concat, one image", {.kind = YD_OP_CONCAT, .input_count = 2}, SIZE(1, 3, 3), IN({5}, {40})},
    {"pool 5", {POOL(5, 1, 2)},
     SIZE(2, 10, 9), IN({20}), .slices = true, .gradients = 2},
    {"pool 13", {POOL(13, 1, 6)},
     SIZE(2, 6, 7), IN({16, 3}), .gradients = 4},
    {"pool 3 of a pixel", {POOL(3, 1, 1)}, SIZE(2, 1, 1), IN({16})},
    {"pool 2, stride 2", {POOL(2, 2, 0)}, SIZE(2, 9, 10), IN({20}), .slices = true, .gradients = 2},
    {"pool 3, stride 2", {POOL(3, 2, 1)}, SIZE(2, 9, 10), IN({20})},
    {"pool 2, stride 1", {POOL(2, 1, 0)}, SIZE(3, 4, 5), IN({16, 3}), .gradients = 3},
    {"pad", {.kind = YD_OP_PAD, .input_count = 1, .factor = 1, .pads = {0, 1, 2, 1}},
     SIZE(2, 5, 7), IN({20}), .slices = true, .gradients = 2},
    {"pad, spread", {.kind = YD_OP_PAD, .input_count = 1, .factor = 2, .pads = {0, 1, 0, 1}},
     SIZE(2, 3, 4), IN({20, 5}), .gradients = 4},
    {"upsample", {UPSAMPLE(.factor = 2)}, SIZE(2, 5, 7), IN({20}), .slices = true, .gradients = 2},
    {"upsample by 4", {UPSAMPLE(.factor = 4)}, SIZE(2, 3, 2), IN({20}), .slices = true, .gradients = 2},
    {"bilinear", {UPSAMPLE(.factor = 2, .bilinear = true)},
     SIZE(2, 5, 7), IN({20, 3}), .slices = true, .gradients = 4},
    {"bilinear to a size", {UPSAMPLE(.height = 6, .width = 3, .bilinear = true, .align_corners = true)},
     SIZE(2, 5, 7), IN({20})},
    {"space to depth", {.kind = YD_OP_SPACE_TO_DEPTH, .input_count = 1, .factor = 2},
     SIZE(2, 6, 10), IN({32}), .slices = true, .gradients = 2},
    {"space to depth, odd channels", {.kind = YD_OP_SPACE_TO_DEPTH, .input_count = 1, .factor = 2},
     SIZE(3, 4, 4), IN({20, 5})},
    {"depth to space", {.kind = YD_OP_DEPTH_TO_SPACE, .input_count = 1, .factor = 2},
     SIZE(2, 3, 5), IN({64}), .slices = true, .gradients = 3},
    {"depth to space, odd channels", {.kind = YD_OP_DEPTH_TO_SPACE, .input_count = 1, .factor = 3},
     SIZE(3, 2, 4), IN({20, 7})},
    {"attention", {.kind = YD_OP_ATTENTION, .input_count = 3, .heads = 4},
     SIZE(2, 5, 7), IN({64}, {64}, {64}), .slices = true, .gradients = 2},
    {"attention, odd channels", {.kind = YD_OP_ATTENTION, .input_count = 3, .heads = 3},
     SIZE(2, 4, 3), IN({12, 9}, {21}, {21})},
    {"attention, blocks of rows", {.kind = YD_OP_ATTENTION, .input_count = 3, .heads = 2},
     SIZE(1, 20, 21), IN({16}, {16}, {16}), .gradients = 4},
};
/* clang-format on */

/* Where the processor has no bf16 of its own, that backend is left out. */
static bool open_both(const yd_backend *backend, int threads, yd_device **cpu, yd_device **ref)
{
    yd_error error;
    const yd_status status = backend->open(threads, cpu, &error);
    if (backend->activation_dtype == YD_BF16 && status == YD_ERR_UNSUPPORTED) return false;
    if (status != YD_OK || yd_backend_ref.open(1, ref, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return true;
}

static void compare_all_of(const yd_backend *backend, const op_case *cases, size_t count)
{
    const bool limited = getenv("ONEDNN_MAX_CPU_ISA");
    yd_device *cpu, *ref;
    for (int threads = limited ? 2 : 1; threads <= (limited ? 2 : 3); threads++) {
        if (!open_both(backend, threads, &cpu, &ref)) return;
        for (size_t i = 0; i < count; i++) compare_case(backend, cpu, ref, &cases[i]);
        backend->close(cpu);
        yd_backend_ref.close(ref);
    }
}

static void compare_all(const op_case *cases, size_t count)
{
    compare_all_of(&yd_backend_cpu, cases, count);
    compare_all_of(&yd_backend_cpu_bf16, cases, count);
}

static void test_conv(void)
{
    compare_all(conv_cases, sizeof conv_cases / sizeof *conv_cases);
}

static void test_groups(void)
{
    compare_all(group_cases, sizeof group_cases / sizeof *group_cases);
}

static void test_head(void)
{
    compare_all(head_cases, sizeof head_cases / sizeof *head_cases);
}

static void test_others(void)
{
    compare_all(other_cases, sizeof other_cases / sizeof *other_cases);
}

static void same(const double *a, const double *b, size_t n)
{
    CHECK(!a == !b);
    if (a && b) CHECK(memcmp(a, b, n * sizeof *a) == 0);
}

/* Twice the same, bit for bit. */
static void test_reproducible(void)
{
    yd_device *cpu, *ref;
    REQUIRE(open_both(&yd_backend_cpu, 2, &cpu, &ref));
    for (size_t i = 0; i < sizeof conv_cases / sizeof *conv_cases; i++) {
        results a = run_case(&yd_backend_cpu, cpu, &conv_cases[i]),
                b = run_case(&yd_backend_cpu, cpu, &conv_cases[i]);
        same(a.output, b.output, a.outputs);
        same(a.eval, b.eval, a.outputs);
        same(a.input[0], b.input[0], a.inputs[0]);
        same(a.weight, b.weight, a.weights);
        same(a.gamma, b.gamma, a.channels);
        same(a.beta, b.beta, a.channels);
        free_results(&a);
        free_results(&b);
    }
    yd_backend_cpu.close(cpu);
    yd_backend_ref.close(ref);
}

/* What cannot be done is refused when it is prepared, in words. */
static void test_refusals(void)
{
    static const op_case refused[] = {
        /* clang-format off */
        {"gradient of the image", {CONV(3, 16, 3, 1, 1), SILU}, SIZE(1, 8, 8), IN({3}), .image = true},
        {"pool of the image", {POOL(5, 1, 2)},
         SIZE(1, 8, 8), IN({3}), .image = true},
        {"more elements than memory has", {CONV(16, 16, 3, 1, 1), SILU},
         SIZE(1 << 30, 1 << 15, 1 << 15), IN({16})},
        /* clang-format on */
    };
    yd_device *cpu, *ref;
    REQUIRE(open_both(&yd_backend_cpu, 1, &cpu, &ref));
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        side s = {.backend = &yd_backend_cpu, .device = cpu, .c = &refused[i]};
        yd_error error = {0};
        yd_op_needs needs;
        describe(&s, YD_MODE_TRAIN);
        const yd_status status =
            yd_backend_cpu.ops[s.c->node.kind]->prepare(cpu, &s.desc, &s.state, &needs, &error);
        if (status != YD_ERR_UNSUPPORTED)
            yd_test_fatal(__FILE__, __LINE__, "%s: status %d", s.c->name, (int)status);
        CHECK(strstr(error.message, "layer"));
    }
    yd_backend_cpu.close(cpu);
    yd_backend_ref.close(ref);
}

/* This program once more, with oneDNN held to a narrower instruction set (which it reads when it is loaded).
 */
static void run_limited(const char *isa)
{
    if (getenv("ONEDNN_MAX_CPU_ISA")) yd_test_skip("already limited to %s", getenv("ONEDNN_MAX_CPU_ISA"));
    fflush(NULL);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        setenv("ONEDNN_MAX_CPU_ISA", isa, 1);
        execl("/proc/self/exe", "cpu_ops", (char *)NULL);
        _exit(127);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_avx2(void)
{
    run_limited("AVX2");
}

static void test_sse41(void)
{
    run_limited("SSE41");
}

int main(int argc, char **argv)
{
    static const yd_test_case cases[] = {
        {"conv", test_conv},
        {"grouped conv", test_groups},
        {"head", test_head},
        {"operations without parameters", test_others},
        {"reproducible", test_reproducible},
        {"refusals", test_refusals},
        {"with AVX2", test_avx2},
        {"with SSE 4.1", test_sse41},
    };
    yd_cpu_prepare(argv);
    return yd_test_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
