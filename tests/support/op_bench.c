/* One case on one backend: its numbers in plain order go in, what the operation makes of them comes out in
 * plain order. */
#include "backend/ref/ref.h"
#include "base/rng.h"
#include "ops/conv.h"
#include "support/op_cases.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *list_name(int which)
{
    static const char *const names[] = {
        [YD_CASE_WEIGHT] = "weight", [YD_CASE_GAMMA] = "gamma",       [YD_CASE_BETA] = "beta",
        [YD_CASE_MEAN] = "mean",     [YD_CASE_VARIANCE] = "variance", [YD_CASE_GRADIENT] = "gradient",
        [YD_CASE_OUTPUT] = "output"};
    return which < YD_CASE_WEIGHT ? "input" : names[which];
}

void yd_op_list_make(yd_op_list *l, size_t n)
{
    l->n = n;
    l->v = calloc(n ? n : 1, sizeof *l->v);
    REQUIRE(l->v);
}

void yd_op_numbers_free(yd_op_numbers *all)
{
    for (int i = 0; i < YD_CASE_LISTS; i++) free(all->lists[i].v);
    *all = (yd_op_numbers){0};
}

/* The case set up on a backend. */
typedef struct bench {
    const yd_backend *backend;
    const yd_op_case *c;
    yd_device *device;
    const yd_op_kernels *kernels;
    yd_op_desc desc;
    yd_op_pass pass;
    yd_op_needs needs;
    void *state;
    int32_t *index[YD_NODE_MAX_INPUTS + 1];
    struct {
        void *memory;
        size_t bytes;
    } blocks[64];
    int block_count;
} bench;

static void *memory(bench *b, size_t bytes)
{
    REQUIRE(b->block_count < 64);
    void *block = b->backend->allocate(b->device, bytes ? bytes : 64);
    REQUIRE(block);
    b->blocks[b->block_count].memory = block;
    b->blocks[b->block_count++].bytes = bytes ? bytes : 64;
    return block;
}

static int total(const int *segments)
{
    int sum = 0;
    for (int s = 0; s < YD_CASE_SEGMENTS && segments[s]; s++) sum += segments[s];
    return sum;
}

/* Appends padded segments to a map whose index has room. */
static void add_segments(yd_channel_map *map, int32_t *index, const int *segments, int block)
{
    for (int s = 0; s < YD_CASE_SEGMENTS && segments[s]; s++) {
        for (int c = 0; c < segments[s]; c++) index[map->count++] = map->physical + c;
        map->physical += (segments[s] + block - 1) / block * block;
    }
    map->index = index;
}

static void make_maps(bench *b)
{
    const yd_op_case *c = b->c;
    int block = b->backend->channel_block;
    yd_op_kind kind = c->node.kind;
    bool own = kind == YD_OP_CONV || kind == YD_OP_HEAD || kind == YD_OP_ATTENTION ||
               kind == YD_OP_DEPTH_TO_SPACE; /* else the output's channels are the inputs' */
    int times = kind == YD_OP_SPACE_TO_DEPTH ? c->node.factor * c->node.factor : 1;
    b->index[c->node.input_count] = calloc((size_t)b->desc.output.c, sizeof(int32_t));
    for (int i = 0; i < c->node.input_count; i++) {
        b->index[i] = calloc((size_t)b->desc.inputs[i].c, sizeof(int32_t));
        add_segments(&b->desc.input_maps[i], b->index[i], c->channels[i], c->image ? 1 : block);
        for (int t = 0; t < times && !own && (i == 0 || kind == YD_OP_CONCAT); t++)
            add_segments(&b->desc.output_map, b->index[c->node.input_count], c->channels[i], block);
    }
    if (own)
        add_segments(&b->desc.output_map, b->index[c->node.input_count],
                     (int[YD_CASE_SEGMENTS]){b->desc.output.c}, block);
}

static bench open_bench(const yd_backend *backend, const yd_op_case *c, yd_mode mode)
{
    bench b = {.backend = backend, .c = c, .kernels = backend->ops[c->node.kind]};
    yd_error error = {0};
    b.desc = (yd_op_desc){
        .node = &c->node, .mode = mode, .input_count = c->node.input_count, .need_input_gradient = !c->image};
    for (int i = 0; i < c->node.input_count; i++)
        b.desc.inputs[i] = (yd_shape){c->n, total(c->channels[i]), c->h, c->w};
    if (yd_op_infer(&c->node, b.desc.inputs, &b.desc.output, &error) != YD_OK ||
        backend->open(1, &b.device, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s: %s", c->name, error.message);
    make_maps(&b);
    if (b.kernels->prepare(b.device, &b.desc, &b.state, &b.needs, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s: %s", c->name, error.message);
    b.pass.saved = memory(&b, b.needs.saved);
    b.pass.scratch = memory(&b, b.needs.scratch);
    return b;
}

static void close_bench(bench *b)
{
    b->kernels->release(b->state);
    for (int i = 0; i < b->block_count; i++)
        b->backend->deallocate(b->device, b->blocks[i].memory, b->blocks[i].bytes);
    for (int i = 0; i <= YD_NODE_MAX_INPUTS; i++) free(b->index[i]);
    b->backend->close(b->device);
}

/* Views. A slice lies behind as many other channels as it has itself. */
static yd_view make_view(bench *b, yd_shape shape, const yd_channel_map *map, bool slice)
{
    size_t image = (size_t)map->physical * (size_t)shape.h * (size_t)shape.w,
           wide = slice ? 2 * image : image;
    size_t element = yd_dtype_size(b->backend->dtype);
    char *data = memory(b, (size_t)shape.n * wide * element);
    return (yd_view){data + (slice ? image * element : 0), wide, shape, map->physical};
}

static size_t elements(yd_shape s)
{
    return (size_t)s.n * (size_t)s.c * (size_t)s.h * (size_t)s.w;
}

static void make_values(bench *b, const yd_op_numbers *in)
{
    bool head = b->c->node.kind == YD_OP_HEAD;
    for (int i = 0; i < b->desc.input_count; i++) {
        bool slice = !b->c->image && b->kernels->reads_slices(&b->desc);
        b->pass.inputs[i] = make_view(b, b->desc.inputs[i], &b->desc.input_maps[i], slice);
        b->backend->write_view(b->device, in->lists[YD_CASE_INPUT + i].v, &b->desc.input_maps[i],
                               &b->pass.inputs[i]);
        b->pass.input_gradients[i] = make_view(b, b->desc.inputs[i], &b->desc.input_maps[i], false);
    }
    b->pass.output = make_view(b, b->desc.output, &b->desc.output_map, b->kernels->writes_slices(&b->desc));
    b->pass.output_gradient_count = b->c->gradients;
    for (int k = 0; k < b->c->gradients; k++) {
        b->pass.output_gradients[k] = make_view(b, b->desc.output, &b->desc.output_map, !head && k % 2);
        b->backend->write_view(b->device, in->lists[YD_CASE_GRADIENT + k].v, &b->desc.output_map,
                               &b->pass.output_gradients[k]);
    }
}

static yd_param_layout layout_of(const bench *b, int which, size_t plain)
{
    return (yd_param_layout){which == YD_CASE_WEIGHT ? YD_ROLE_CONV_WEIGHT : YD_ROLE_CHANNEL_VECTOR,
                             &b->c->node, b->desc.input_maps[0], b->desc.output_map, plain};
}

/* Packs the list; NULL where there is none. */
static void *pack(bench *b, int which, const yd_op_list *from)
{
    if (!from->n) return NULL;
    yd_param_layout layout = layout_of(b, which, from->n);
    void *packed =
        memory(b, b->backend->param_elements(b->device, &layout) * yd_dtype_size(b->backend->dtype));
    float *plain = malloc(from->n * sizeof *plain);
    for (size_t i = 0; i < from->n; i++) plain[i] = (float)from->v[i];
    b->backend->param_pack(b->device, &layout, plain, packed);
    free(plain);
    if (b->backend == &yd_backend_ref && which != YD_CASE_WEIGHT)
        memcpy(packed, from->v, from->n * sizeof(double));
    return packed;
}

static void unpack(bench *b, int which, const void *packed, yd_op_list *to, size_t n)
{
    if (!packed) return;
    yd_param_layout layout = layout_of(b, which, n);
    yd_op_list_make(to, n);
    b->backend->param_unpack(b->device, &layout, packed, to->v);
}

static void make_params(bench *b, const yd_op_numbers *in)
{
    yd_node_params *p = &b->pass.params;
    p->weight = pack(b, YD_CASE_WEIGHT, &in->lists[YD_CASE_WEIGHT]);
    p->gamma = pack(b, YD_CASE_GAMMA, &in->lists[YD_CASE_GAMMA]);
    p->beta = pack(b, YD_CASE_BETA, &in->lists[YD_CASE_BETA]);
    p->mean = pack(b, YD_CASE_MEAN, &in->lists[YD_CASE_MEAN]);
    p->variance = pack(b, YD_CASE_VARIANCE, &in->lists[YD_CASE_VARIANCE]);
    if (p->weight) {
        yd_param_layout weight = layout_of(b, YD_CASE_WEIGHT, in->lists[YD_CASE_WEIGHT].n);
        size_t bytes = b->backend->working_bytes(b->device, &weight, b->desc.mode);
        void *working = memory(b, bytes);
        b->backend->refresh_working(b->device, &weight, b->desc.mode, p, working);
        p->working = bytes ? working : NULL;
    }
    b->pass.grads.weight = pack(
        b, YD_CASE_WEIGHT, &in->lists[YD_CASE_WEIGHT]); /* something that must be overwritten, or added to */
    b->pass.grads.gamma = pack(b, YD_CASE_GAMMA, &in->lists[YD_CASE_GAMMA]);
    b->pass.grads.beta = pack(b, YD_CASE_BETA, &in->lists[YD_CASE_BETA]);
}

static void read_output(bench *b, yd_op_numbers *out)
{
    yd_op_list_make(&out->lists[YD_CASE_OUTPUT], elements(b->desc.output));
    b->backend->read_view(b->device, &b->pass.output, &b->desc.output_map, out->lists[YD_CASE_OUTPUT].v);
}

static void run_backward(bench *b, const yd_op_numbers *in, yd_op_numbers *out)
{
    yd_op_kind kind = b->c->node.kind;
    if (!b->kernels->backward) return;
    if (kind == YD_OP_CONV || kind == YD_OP_HEAD || kind == YD_OP_NORM) {
        b->kernels->backward(b->state, &b->pass, YD_PHASE_OUTPUT);
        b->kernels->backward(b->state, &b->pass, YD_PHASE_WEIGHTS);
    }
    if (b->desc.need_input_gradient) {
        b->kernels->backward(b->state, &b->pass, YD_PHASE_DATA);
        for (int i = 0; i < b->desc.input_count; i++) {
            yd_op_list_make(&out->lists[YD_CASE_INPUT + i], elements(b->desc.inputs[i]));
            b->backend->read_view(b->device, &b->pass.input_gradients[i], &b->desc.input_maps[i],
                                  out->lists[YD_CASE_INPUT + i].v);
        }
    }
    unpack(b, YD_CASE_WEIGHT, b->pass.grads.weight, &out->lists[YD_CASE_WEIGHT], in->lists[YD_CASE_WEIGHT].n);
    unpack(b, YD_CASE_GAMMA, b->pass.grads.gamma, &out->lists[YD_CASE_GAMMA], in->lists[YD_CASE_GAMMA].n);
    unpack(b, YD_CASE_BETA, b->pass.grads.beta, &out->lists[YD_CASE_BETA], in->lists[YD_CASE_BETA].n);
}

void yd_op_case_run(const yd_backend *backend, const yd_op_case *c, yd_mode mode, bool accumulate,
                    const yd_op_numbers *in, yd_op_numbers *out)
{
    bench b = open_bench(backend, c, mode);
    make_values(&b, in);
    make_params(&b, in);
    b.pass.grads.accumulate = accumulate;
    b.kernels->forward(b.state, &b.pass);
    read_output(&b, out);
    if (mode == YD_MODE_TRAIN) run_backward(&b, in, out);
    unpack(&b, YD_CASE_MEAN, b.pass.params.mean, &out->lists[YD_CASE_MEAN], in->lists[YD_CASE_MEAN].n);
    unpack(&b, YD_CASE_VARIANCE, b.pass.params.variance, &out->lists[YD_CASE_VARIANCE],
           in->lists[YD_CASE_VARIANCE].n);
    close_bench(&b);
}

static void fill(yd_op_list *l, size_t n, uint32_t purpose, double low, double high)
{
    yd_op_list_make(l, n);
    yd_rng rng = yd_rng_make(7, 0, 0, purpose);
    for (size_t i = 0; i < n; i++) l->v[i] = (double)(float)yd_rng_between(&rng, low, high);
}

static yd_op_numbers draw(const yd_op_case *c)
{
    yd_op_numbers in = {0};
    yd_shape inputs[YD_NODE_MAX_INPUTS], output;
    yd_error error;
    for (int i = 0; i < c->node.input_count; i++) {
        inputs[i] = (yd_shape){c->n, total(c->channels[i]), c->h, c->w};
        fill(&in.lists[YD_CASE_INPUT + i], elements(inputs[i]), (uint32_t)(YD_CASE_INPUT + i), -2, 2);
    }
    REQUIRE(yd_op_infer(&c->node, inputs, &output, &error) == YD_OK);
    size_t out = (size_t)c->node.out_channels;
    if (c->node.weight > 0)
        fill(&in.lists[YD_CASE_WEIGHT], yd_conv_weight_count(&c->node), YD_CASE_WEIGHT, -0.5, 0.5);
    if (c->node.gamma > 0) fill(&in.lists[YD_CASE_GAMMA], out, YD_CASE_GAMMA, 0.5, 2);
    if (c->node.beta > 0) fill(&in.lists[YD_CASE_BETA], out, YD_CASE_BETA, -1, 1);
    if (c->node.mean > 0) fill(&in.lists[YD_CASE_MEAN], out, YD_CASE_MEAN, -0.5, 0.5);
    if (c->node.variance > 0) fill(&in.lists[YD_CASE_VARIANCE], out, YD_CASE_VARIANCE, 0.5, 2);
    for (int k = 0; k < c->gradients; k++)
        fill(&in.lists[YD_CASE_GRADIENT + k], elements(output), (uint32_t)(YD_CASE_GRADIENT + k), -1, 1);
    return in;
}

static double magnitude(const yd_op_list *l)
{
    double most = 0;
    for (size_t i = 0; i < l->n; i++) most = fmax(most, fabs(l->v[i]));
    return most;
}

static void check_lists(const yd_op_case *c, const char *what, const yd_op_numbers *found,
                        const yd_op_numbers *wanted, double tolerance)
{
    for (int which = 0; which < YD_CASE_LISTS; which++) {
        const yd_op_list *f = &found->lists[which], *w = &wanted->lists[which];
        if (f->n != w->n)
            yd_test_fatal(__FILE__, __LINE__, "%s, %s: %s: %zu of %zu", c->name, what, list_name(which), f->n,
                          w->n);
        double off = 0, scale = fmax(magnitude(w), 1e-3);
        for (size_t i = 0; i < f->n; i++)
            if (!(fabs(f->v[i] - w->v[i]) <= off)) off = fabs(f->v[i] - w->v[i]);
        if (off <= tolerance * scale) continue;
        char message[256];
        snprintf(message, sizeof message, "%s, %s: %s is off by %.3g of %.3g", c->name, what,
                 list_name(which), off / scale, scale);
        yd_test_check(false, message, __FILE__, __LINE__);
    }
}

void yd_op_case_compare(const yd_backend *backend, const yd_op_case *c, double tolerance)
{
    yd_op_numbers in = draw(c);
    for (int round = 0; round < 3; round++) {
        static const char *const names[] = {"training", "accumulating", "evaluating"};
        yd_mode mode = round < 2 ? YD_MODE_TRAIN : YD_MODE_EVAL;
        yd_op_numbers found = {0}, wanted = {0};
        yd_op_case_run(backend, c, mode, round == 1, &in, &found);
        yd_op_case_run(&yd_backend_ref, c, mode, round == 1, &in, &wanted);
        check_lists(c, names[round], &found, &wanted, tolerance);
        yd_op_numbers_free(&found);
        yd_op_numbers_free(&wanted);
    }
    yd_op_numbers_free(&in);
}

/* Sum of the output times the gradients that come in. */
static double loss_of(const yd_backend *backend, const yd_op_case *c, const yd_op_numbers *in)
{
    yd_op_numbers out = {0};
    yd_op_case_run(backend, c, YD_MODE_TRAIN, false, in, &out);
    double loss = 0;
    for (size_t i = 0; i < out.lists[YD_CASE_OUTPUT].n; i++)
        for (int k = 0; k < c->gradients; k++)
            loss += out.lists[YD_CASE_OUTPUT].v[i] * in->lists[YD_CASE_GRADIENT + k].v[i];
    yd_op_numbers_free(&out);
    return loss;
}

static double slope(const yd_backend *backend, const yd_op_case *c, yd_op_numbers *in, double *element,
                    double step)
{
    REQUIRE(element);
    double value = *element;
    *element = (double)(float)(value + step); /* parameters go in as float */
    double above = loss_of(backend, c, in), up = *element - value;
    *element = (double)(float)(value - step);
    double below = loss_of(backend, c, in), down = value - *element;
    *element = value;
    return (above - below) / (up + down);
}

void yd_op_case_differentiate(const yd_backend *backend, const yd_op_case *c, double step, double tolerance)
{
    yd_op_numbers in = draw(c), gradients = {0};
    yd_op_case_run(backend, c, YD_MODE_TRAIN, false, &in, &gradients);
    for (int which = 0; which <= YD_CASE_BETA; which++) {
        const yd_op_list *analytic = &gradients.lists[which];
        size_t stride = analytic->n / 24 + 1; /* some of them, spread over all */
        for (size_t i = 0; i < analytic->n; i += stride) {
            double numeric = slope(backend, c, &in, in.lists[which].v ? &in.lists[which].v[i] : NULL, step);
            if (fabs(numeric - analytic->v[i]) <= tolerance * magnitude(analytic)) continue;
            char message[256];
            snprintf(message, sizeof message, "%s: gradient of %s[%zu] is %.9g, the difference says %.9g",
                     c->name, list_name(which), i, analytic->v[i], numeric);
            yd_test_check(false, message, __FILE__, __LINE__);
        }
    }
    yd_op_numbers_free(&in);
    yd_op_numbers_free(&gradients);
}
