/* A training step against the convolution limit, in one process.
 *
 *   bench_step [MODEL SIZE BATCH REPEATS]…      (default: yolov5n 320 8 15)
 *   THREADS=2 bench_step …                      (default: as many as there are CPUs; 1 measures processor
 * time, for busy machines)
 *
 * The limit is the sum over all convolutions of the model of what oneDNN alone needs: direct forward, data
 * gradient (not for the stem) and weight gradient, each in the layout that the library prefers, medians. The
 * step is forward, loss, backward, SGD and EMA; the loader is off. Both are measured in turns, so that what
 * else the machine does falls on both: the ratio is the figure to quote. */
#include "backend/cpu/cpu.h"
#include "backend/cpu/prepare.h"
#include "base/rng.h"
#include "model/plan.h"
#include "support/models.h"
#include "train/loss.h"
#include "train/optimizer.h"
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { MOST_REPEATS = 1000, ROUNDS = 3, TARGETS_AN_IMAGE = 8 };
enum part { FORWARD, LOSS, BACKWARD, OPTIMIZER, WHOLE, PARTS };

static _Noreturn void stop(const char *what)
{
    fprintf(stderr, "bench_step: %s\n", what);
    exit(1);
}

static void need(yd_status status, const yd_error *error)
{
    if (status != YD_OK) stop(error->message);
}

static void must(dnnl_status_t status)
{
    if (status != dnnl_success) stop("oneDNN refused");
}

/* One thread's own processor time does not depend on what else the machine does; of several only the wall
 * clock tells. */
static bool alone;

static double now(void)
{
    struct timespec t;
    clock_gettime(alone ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, int count)
{
    qsort(x, (size_t)count, sizeof *x, compare_doubles);
    return x[count / 2];
}

/* --- the limit */

/* One pass of one convolution, and its times. */
typedef struct timed {
    dnnl_primitive_t primitive;
    dnnl_memory_t memory[3];
    int arguments[3];
    double *seconds;
} timed;

typedef struct limit {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    timed *passes;
    int count;
    char *buffers[4]; /* input, weights, output, what is written */
    size_t sizes[4];
} limit;

static const dnnl_query_t queries[3][3] = {
    {dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md},
    {dnnl_query_diff_src_md, dnnl_query_weights_md, dnnl_query_diff_dst_md},
    {dnnl_query_src_md, dnnl_query_diff_weights_md, dnnl_query_diff_dst_md},
};
static const int names[3][3] = {
    {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
    {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST},
    {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST},
};
static const int written[3] = {2, 0, 1};

static void add_pass(limit *l, dnnl_primitive_desc_t desc, int pass)
{
    timed *t = &l->passes[l->count++];
    *t = (timed){.seconds = calloc(MOST_REPEATS, sizeof(double))};
    for (int i = 0; i < 3; i++) {
        const dnnl_memory_desc_t *md = dnnl_primitive_desc_query_md(desc, queries[pass][i], 0);
        const int buffer = i == written[pass] ? 3 : i;
        const size_t bytes = dnnl_memory_desc_get_size(md);
        if (bytes > l->sizes[buffer]) l->sizes[buffer] = bytes;
        must(dnnl_memory_create(&t->memory[i], md, l->engine, DNNL_MEMORY_NONE));
        t->arguments[i] = names[pass][i];
    }
    must(dnnl_primitive_create(&t->primitive, desc));
}

static void add_conv(limit *l, const yd_node *n, yd_shape in, yd_shape out)
{
    const dnnl_dims_t src = {in.n, in.c, in.h, in.w}, dst = {out.n, out.c, out.h, out.w};
    const dnnl_dims_t dense = {out.c, in.c, n->kernel_h, n->kernel_w};
    const dnnl_dims_t grouped = {n->groups, out.c / n->groups, in.c / n->groups, n->kernel_h, n->kernel_w};
    const dnnl_dims_t stride = {n->stride_h, n->stride_w}, before = {n->pad_h, n->pad_w};
    const dnnl_dims_t after = {(out.h - 1) * n->stride_h + n->kernel_h - in.h - n->pad_h,
                               (out.w - 1) * n->stride_w + n->kernel_w - in.w - n->pad_w};
    dnnl_memory_desc_t s, w, d;
    dnnl_convolution_desc_t conv;
    dnnl_primitive_desc_t forward, gradient;
    must(dnnl_memory_desc_init_by_tag(&s, 4, src, dnnl_f32, dnnl_format_tag_any));
    must(dnnl_memory_desc_init_by_tag(&w, n->groups > 1 ? 5 : 4, n->groups > 1 ? grouped : dense, dnnl_f32,
                                      dnnl_format_tag_any));
    must(dnnl_memory_desc_init_by_tag(&d, 4, dst, dnnl_f32, dnnl_format_tag_any));
    must(dnnl_convolution_forward_desc_init(&conv, dnnl_forward_training, dnnl_convolution_direct, &s, &w,
                                            NULL, &d, stride, before, after));
    must(dnnl_primitive_desc_create(&forward, &conv, NULL, l->engine, NULL));
    add_pass(l, forward, 0);
    if (n->inputs[0] != 0) { /* nobody wants the gradient of the image */
        must(dnnl_convolution_backward_data_desc_init(&conv, dnnl_convolution_direct, &s, &w, &d, stride,
                                                      before, after));
        must(dnnl_primitive_desc_create(&gradient, &conv, NULL, l->engine, forward));
        add_pass(l, gradient, 1);
        must(dnnl_primitive_desc_destroy(gradient));
    }
    must(dnnl_convolution_backward_weights_desc_init(&conv, dnnl_convolution_direct, &s, &w, NULL, &d, stride,
                                                     before, after));
    must(dnnl_primitive_desc_create(&gradient, &conv, NULL, l->engine, forward));
    add_pass(l, gradient, 2);
    must(dnnl_primitive_desc_destroy(gradient));
    must(dnnl_primitive_desc_destroy(forward));
}

/* Small numbers, never zeros, in every buffer. */
static void fill_buffers(limit *l)
{
    yd_rng rng = yd_rng_make(1, 0, 0, 0);
    for (int i = 0; i < 4; i++) {
        l->buffers[i] = yd_block_alloc(l->sizes[i]);
        if (!l->buffers[i]) stop("no memory for the limit's buffers");
        for (size_t k = 0; k < l->sizes[i] / sizeof(float); k++)
            ((float *)(void *)l->buffers[i])[k] = (float)yd_rng_between(&rng, 0.01, 0.1);
    }
    for (int i = 0; i < l->count; i++) {
        timed *t = &l->passes[i];
        for (int k = 0; k < 3; k++) {
            const bool is_written = t->arguments[k] == names[0][2] || (t->arguments[k] == names[1][0]) ||
                                    (t->arguments[k] == names[2][1]);
            must(dnnl_memory_set_data_handle(t->memory[k], l->buffers[is_written ? 3 : k]));
        }
    }
}

static limit open_limit(const yd_model *model, int batch, int size)
{
    const yd_graph *graph = &model->graph;
    limit l = {.passes = calloc(3 * (size_t)graph->node_count, sizeof *l.passes)};
    yd_shape *shapes = calloc((size_t)graph->value_count, sizeof *shapes);
    yd_error error;
    if (!l.passes || !shapes) stop("out of memory");
    must(dnnl_engine_create(&l.engine, dnnl_cpu, 0));
    must(dnnl_stream_create(&l.stream, l.engine, dnnl_stream_default_flags));
    shapes[0] = (yd_shape){batch, 3, size, size};
    for (int i = 0; i < graph->node_count; i++) {
        const yd_node *node = &graph->nodes[i];
        yd_shape inputs[YD_NODE_MAX_INPUTS];
        for (int k = 0; k < node->input_count; k++) inputs[k] = shapes[node->inputs[k]];
        need(yd_op_infer(node, inputs, &shapes[node->output], &error), &error);
        if (node->kind == YD_OP_CONV || node->kind == YD_OP_HEAD)
            add_conv(&l, node, inputs[0], shapes[node->output]);
    }
    free(shapes);
    fill_buffers(&l);
    return l;
}

static void close_limit(limit *l)
{
    for (int i = 0; i < l->count; i++) {
        for (int k = 0; k < 3; k++) dnnl_memory_destroy(l->passes[i].memory[k]);
        dnnl_primitive_destroy(l->passes[i].primitive);
        free(l->passes[i].seconds);
    }
    for (int i = 0; i < 4; i++) yd_block_free(l->buffers[i], l->sizes[i]);
    dnnl_stream_destroy(l->stream);
    dnnl_engine_destroy(l->engine);
    free(l->passes);
}

/* Runs each pass once to warm up, then times it; first: where to put the times. */
static void time_limit(limit *l, int first, int repeats)
{
    for (int i = 0; i < l->count; i++) {
        timed *t = &l->passes[i];
        dnnl_exec_arg_t arguments[3];
        for (int k = 0; k < 3; k++) arguments[k] = (dnnl_exec_arg_t){t->arguments[k], t->memory[k]};
        for (int r = -1; r < repeats; r++) {
            const double start = now();
            must(dnnl_primitive_execute(t->primitive, l->stream, 3, arguments));
            must(dnnl_stream_wait(l->stream));
            if (r >= 0) t->seconds[first + r] = now() - start;
        }
    }
}

/* --- the step */

typedef struct training {
    yd_test_model test;
    yd_param_set values, gradients, momenta, average;
    yd_plan_cache *plans;
    yd_plan *plan;
    yd_loss *loss;
    yd_optimizer optimizer;
    uint8_t *images;
    float *targets;
    int batch, size;
    double *seconds[PARTS];
} training;

static yd_loss *open_loss(const training *t)
{
    const yd_model *model = t->test.model;
    yd_loss_config config = {.nc = model->nc,
                             .nl = model->nl,
                             .na = model->na,
                             .box = 0.05,
                             .obj = 1,
                             .cls = 0.5,
                             .cls_pw = 1,
                             .obj_pw = 1,
                             .anchor_t = 4,
                             .stride16_level = 1,
                             .eps_form = 2,
                             .backend = model->backend,
                             .device = model->device};
    yd_error error;
    yd_loss *loss;
    for (int level = 0; level < model->nl; level++)
        for (int a = 0; a < model->na; a++)
            for (int i = 0; i < 2; i++)
                config.anchors[level][a][i] =
                    (double)model->anchors_pixels[level][a][i] / (double)model->stride[level];
    yd_loss_default_balance(model->nl, config.balance);
    need(yd_loss_create(&config, &loss, &error), &error);
    return loss;
}

/* Random images, and boxes of up to 0.4 of the image, as the reference's script has them. */
static void make_batch(training *t)
{
    const size_t pixels = 3 * (size_t)t->batch * (size_t)t->size * (size_t)t->size;
    yd_rng rng = yd_rng_make(2, 0, 0, 0);
    t->images = malloc(pixels);
    t->targets = malloc((size_t)t->batch * TARGETS_AN_IMAGE * 6 * sizeof *t->targets);
    if (!t->images || !t->targets) stop("no memory for a batch");
    for (size_t i = 0; i < pixels; i++) t->images[i] = (uint8_t)yd_rng_u32(&rng);
    for (int i = 0; i < t->batch * TARGETS_AN_IMAGE; i++) {
        float *target = t->targets + i * 6;
        target[0] = (float)(i / TARGETS_AN_IMAGE);
        target[1] = (float)yd_rng_below(&rng, (uint32_t)t->test.model->nc);
        for (int k = 2; k < 6; k++) target[k] = (float)(yd_rng_uniform(&rng) * (k < 4 ? 1 : 0.4));
    }
}

static training open_training(const char *name, int size, int batch, int threads)
{
    training t = {.batch = batch, .size = size};
    yd_error error;
    t.test = yd_test_model_shipped(&yd_backend_cpu, name, 80);
    t.test.backend->close(t.test.device);
    need(t.test.backend->open(threads, &t.test.device, &error), &error);
    t.test.model->device = t.test.device;
    const yd_model *model = t.test.model;
    need(yd_param_set_create(model, YD_SET_VALUES, &t.values, &error), &error);
    need(yd_param_set_create(model, YD_SET_VALUES, &t.average, &error), &error);
    need(yd_param_set_create(model, YD_SET_GRADIENTS, &t.gradients, &error), &error);
    need(yd_param_set_create(model, YD_SET_GRADIENTS, &t.momenta, &error), &error);
    yd_model_init(model, &t.values, 0, 0.99999);
    yd_param_set_copy(model, &t.average, &t.values);
    need(yd_optimizer_create(model, 5e-4, 0, &t.optimizer, &error), &error);
    need(yd_plan_cache_create(t.test.model, 2, &t.plans, &error), &error);
    need(yd_plan_get(t.plans, YD_MODE_TRAIN, batch, size, size, &t.plan, &error), &error);
    t.loss = open_loss(&t);
    make_batch(&t);
    for (int i = 0; i < PARTS; i++) t.seconds[i] = calloc(MOST_REPEATS, sizeof(double));
    return t;
}

static void close_training(training *t)
{
    const yd_model *model = t->test.model;
    for (int i = 0; i < PARTS; i++) free(t->seconds[i]);
    free(t->targets);
    free(t->images);
    yd_loss_destroy(t->loss);
    yd_plan_cache_destroy(t->plans);
    yd_optimizer_destroy(&t->optimizer);
    yd_param_set_destroy(model, &t->momenta);
    yd_param_set_destroy(model, &t->gradients);
    yd_param_set_destroy(model, &t->average);
    yd_param_set_destroy(model, &t->values);
    yd_test_model_close(&t->test);
}

static void step(training *t, int at, int64_t update)
{
    const yd_schedule_point point = {.lr = {0.001, 0.001, 0.001}, .momentum = 0.937};
    yd_head heads[8];
    yd_loss_items items;
    yd_error error;
    double times[PARTS + 1];
    yd_plan_heads(t->plan, heads);
    times[0] = now();
    yd_plan_forward(t->plan, &t->values, t->images, NULL);
    times[1] = now();
    need(yd_loss_compute(t->loss, heads, t->targets, t->batch * TARGETS_AN_IMAGE, &items, &error), &error);
    times[2] = now();
    yd_plan_backward(t->plan, &t->values, &t->gradients, false);
    times[3] = now();
    if (!yd_optimizer_step(&t->optimizer, &point, &t->gradients, &t->momenta, &t->values))
        stop("the gradients are not finite");
    yd_ema_update(t->test.model, update, &t->values, &t->average);
    times[4] = now();
    for (int i = 0; i < WHOLE && at >= 0; i++) t->seconds[i][at] = times[i + 1] - times[i];
    if (at >= 0) t->seconds[WHOLE][at] = times[4] - times[0];
}

static void report(training *t, limit *l, const char *name, int count, long peak)
{
    double parts[PARTS], bound = 0, least = 0;
    for (int i = 0; i < PARTS; i++) parts[i] = median(t->seconds[i], count);
    for (int i = 0; i < l->count; i++) {
        bound += median(l->passes[i].seconds, count); /* sorts */
        least += l->passes[i].seconds[0];
    }
    printf("%s %d batch %d (%s)\n", name, t->size, t->batch, yd_cpu_describe(t->test.device));
    printf("  step %.4f s (forward %.4f, loss %.4f, backward %.4f, optimizer %.4f), %.1f images/s\n",
           parts[WHOLE], parts[FORWARD], parts[LOSS], parts[BACKWARD], parts[OPTIMIZER],
           t->batch / parts[WHOLE]);
    printf("  convolution limit %.4f s; step / limit %.3f\n", bound, parts[WHOLE] / bound);
    printf("  fastest step %.4f s, fastest passes together %.4f s: %.3f\n", t->seconds[WHOLE][0], least,
           t->seconds[WHOLE][0] / least);
    printf("  plan %.0f MB, peak of the process before the limit was measured %ld MB\n",
           (double)yd_plan_memory(t->plans) / 1e6, peak / 1024);
}

static void bench(const char *name, int size, int batch, int repeats, int threads)
{
    training t = open_training(name, size, batch, threads);
    const int each = (repeats + ROUNDS - 1) / ROUNDS;
    struct rusage usage;
    int64_t update = 0;
    for (int i = 0; i < 2; i++) step(&t, -1, ++update);
    getrusage(RUSAGE_SELF, &usage);
    limit l = open_limit(t.test.model, batch, size);
    for (int round = 0; round < ROUNDS; round++) {
        step(&t, -1, ++update);
        for (int i = 0; i < each; i++) step(&t, round * each + i, ++update);
        time_limit(&l, round * each, each);
    }
    report(&t, &l, name, ROUNDS * each, usage.ru_maxrss);
    close_limit(&l);
    close_training(&t);
}

int main(int argc, char **argv)
{
    const char *wanted = getenv("THREADS");
    const int threads = wanted ? atoi(wanted) : 0;
    alone = threads == 1;
    yd_cpu_prepare(argv);
    if ((argc - 1) % 4) stop("usage: bench_step [MODEL SIZE BATCH REPEATS]...");
    if (argc == 1) bench("yolov5n", 320, 8, 15, threads);
    for (int i = 1; i + 3 < argc; i += 4) {
        const int repeats = atoi(argv[i + 3]);
        if (repeats < 1 || repeats > MOST_REPEATS - ROUNDS) stop("REPEATS lies between 1 and 997");
        bench(argv[i], atoi(argv[i + 1]), atoi(argv[i + 2]), repeats, threads);
    }
    return 0;
}
