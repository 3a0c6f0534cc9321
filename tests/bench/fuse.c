/* What folding norms into convolutions brings to a validation.
 *
 *   bench_fuse [MODEL [BATCH [SIZE [RUNS]]]]        (default: yolov5n 16 320 15)
 *   THREADS=2 bench_fuse …                          (default: 1, measured in processor time)
 *
 * A forward pass in evaluation mode is timed as validations run it, norms folded; then, in turns, all its
 * convolutions as they are there, with bias and activation done by the convolution, and the same with a bare
 * convolution and a pass for norm and activation behind it. The difference, added to the whole pass, is what
 * one without folding would take. Medians of RUNS. */
#include "backend/cpu/cpu.h"
#include "backend/cpu/prepare.h"
#include "model/params.h"
#include "model/plan.h"
#include "model/summary.h"
#include "support/models.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_RUNS = 101, BUFFERS = 3 };

/* One operation with all that it reads and writes. */
typedef struct operation {
    const yd_op_kernels *kernels;
    yd_node node;
    yd_op_desc desc;
    yd_op_pass pass;
    void *state;
} operation;

typedef struct convolution {
    operation folded, bare, norm;
} convolution;

typedef struct bench {
    yd_test_model test;
    yd_shape *shapes; /* of all values */
    convolution *convolutions;
    int count;
    size_t most, scratch; /* bytes of the largest value; of scratch */
    void *buffers[BUFFERS], *scratch_memory;
} bench;

static void *memory(const bench *b, size_t bytes)
{
    void *made = b->test.backend->allocate(b->test.device, bytes + 64);
    if (!made) yd_test_fatal(__FILE__, __LINE__, "no memory");
    return made;
}

static size_t bytes_of(const bench *b, int value)
{
    const yd_shape *s = &b->shapes[value];
    return (size_t)s->n * (size_t)b->test.model->maps[value].physical * (size_t)s->h * (size_t)s->w *
           sizeof(float);
}

static yd_view view_of(const bench *b, int value, void *data)
{
    const yd_shape shape = b->shapes[value];
    return (yd_view){data, bytes_of(b, value) / sizeof(float) / (size_t)shape.n, shape,
                     b->test.model->maps[value].physical};
}

static void open_operation(bench *b, operation *op, yd_node node, int input, int output)
{
    const yd_model *model = b->test.model;
    yd_op_needs needs;
    yd_error error;
    op->node = node;
    op->kernels = b->test.backend->ops[node.kind];
    op->desc = (yd_op_desc){.node = &op->node,
                            .mode = YD_MODE_EVAL,
                            .input_count = 1,
                            .inputs = {b->shapes[input]},
                            .output = b->shapes[output],
                            .input_maps = {model->maps[input]},
                            .output_map = model->maps[output]};
    if (op->kernels->prepare(b->test.device, &op->desc, &op->state, &needs, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    if (needs.scratch > b->scratch) b->scratch = needs.scratch;
    if (bytes_of(b, input) > b->most) b->most = bytes_of(b, input);
    if (bytes_of(b, output) > b->most) b->most = bytes_of(b, output);
}

static void give_params(const bench *b, operation *op, const yd_param_set *set, const yd_node *original)
{
    const yd_backend *backend = b->test.backend;
    yd_param_layout layout = yd_model_weight_layout(b->test.model, original);
    op->pass.params = yd_model_node_params(b->test.model, set, YD_MODE_EVAL, original);
    op->pass.params.working = NULL;
    if (op->node.kind != YD_OP_CONV) return;
    layout.node = &op->node;
    size_t bytes = backend->working_bytes(b->test.device, &layout, YD_MODE_EVAL);
    void *working = bytes ? memory(b, bytes) : NULL;
    if (bytes) backend->refresh_working(b->test.device, &layout, YD_MODE_EVAL, &op->pass.params, working);
    op->pass.params.working = working;
}

static void add_convolution(bench *b, const yd_node *node, const yd_param_set *set)
{
    convolution *c = &b->convolutions[b->count++];
    yd_node bare = *node, norm = *node;
    bare.norm = false, bare.activation = YD_ACT_NONE, bare.gamma = bare.beta = -1;
    norm.kind = YD_OP_NORM;
    open_operation(b, &c->folded, *node, node->inputs[0], node->output);
    open_operation(b, &c->bare, bare, node->inputs[0], node->output);
    open_operation(b, &c->norm, norm, node->output, node->output);
    give_params(b, &c->folded, set, node);
    give_params(b, &c->bare, set, node);
    give_params(b, &c->norm, set, node);
}

static void bind(const bench *b, operation *op, int from, int to)
{
    op->pass.inputs[0] =
        view_of(b, op->node.kind == YD_OP_NORM ? op->node.output : op->node.inputs[0], b->buffers[from]);
    op->pass.output = view_of(b, op->node.output, b->buffers[to]);
    op->pass.scratch = b->scratch_memory;
}

static void run(const operation *op)
{
    op->kernels->forward(op->state, &op->pass);
}

static bool alone; /* one thread: processor time, for busy machines */

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(alone ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, ascending);
    return values[count / 2];
}

/* whole, folded, apart: medians in milliseconds of the batch. */
static void measure(bench *b, yd_plan *plan, yd_param_set *set, const uint8_t *images, int runs,
                    double out[3])
{
    static double times[3][MOST_RUNS];
    for (int r = -1; r < runs; r++) { /* the first warms up */
        const int at = r < 0 ? 0 : r;
        double start = now_ms();
        yd_plan_forward(plan, set, images, NULL);
        times[0][at] = now_ms() - start;
        start = now_ms();
        for (int i = 0; i < b->count; i++) run(&b->convolutions[i].folded);
        times[1][at] = now_ms() - start;
        start = now_ms();
        for (int i = 0; i < b->count; i++) run(&b->convolutions[i].bare), run(&b->convolutions[i].norm);
        times[2][at] = now_ms() - start;
    }
    for (int i = 0; i < 3; i++) out[i] = median(times[i], runs);
}

static void open_all(bench *b, int batch, int size, const yd_param_set *set)
{
    const yd_graph *graph = &b->test.model->graph;
    yd_error error;
    b->shapes = calloc((size_t)graph->value_count, sizeof *b->shapes);
    b->convolutions = calloc((size_t)graph->node_count, sizeof *b->convolutions);
    if (!b->shapes || !b->convolutions) yd_test_fatal(__FILE__, __LINE__, "no memory");
    if (yd_model_infer(b->test.model, size, b->shapes, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    for (int v = 0; v < graph->value_count; v++) b->shapes[v].n = batch;
    for (int n = 0; n < graph->node_count; n++)
        if (graph->nodes[n].kind == YD_OP_CONV && graph->nodes[n].norm)
            add_convolution(b, &graph->nodes[n], set);
    for (int i = 0; i < BUFFERS; i++) b->buffers[i] = memory(b, b->most);
    b->scratch_memory = memory(b, b->scratch);
    for (int i = 0; i < b->count; i++) {
        bind(b, &b->convolutions[i].folded, 0, 1);
        bind(b, &b->convolutions[i].bare, 0, 1);
        bind(b, &b->convolutions[i].norm, 1, 2);
    }
}

static void open_model(yd_test_model *test, const char *name, int threads)
{
    char path[1024];
    yd_model_yaml yaml;
    yd_error error;
    yd_arena *arena = yd_arena_create(0);
    snprintf(path, sizeof path, "%s/configs/models/%s.yaml", YD_SOURCE_DIR, name);
    test->backend = &yd_backend_cpu;
    if (test->backend->open(threads, &test->device, &error) != YD_OK ||
        yd_model_yaml_load(path, arena, &yaml, &error) != YD_OK ||
        yd_model_create(&yaml, 0, test->backend, test->device, &test->model, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    yd_arena_destroy(arena);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "yolov5n", *threads = getenv("THREADS");
    const int batch = argc > 2 ? atoi(argv[2]) : 16, size = argc > 3 ? atoi(argv[3]) : 320,
              runs = argc > 4 ? atoi(argv[4]) : 15;
    bench b = {0};
    yd_param_set set;
    yd_plan_cache *plans;
    yd_plan *plan;
    yd_error error;
    double ms[3];
    if (batch < 1 || size < 32 || size % 32 || runs < 1 || runs > MOST_RUNS)
        yd_test_fatal(__FILE__, __LINE__, "a batch from 1 up, a size in 32s and 1 to %d runs are wanted",
                      MOST_RUNS);
    yd_cpu_prepare(argv);
    alone = !threads || atoi(threads) == 1;
    open_model(&b.test, name, threads ? atoi(threads) : 1);
    if (yd_param_set_create(b.test.model, YD_SET_VALUES, &set, &error) != YD_OK ||
        yd_plan_cache_create(b.test.model, 2, &plans, &error) != YD_OK ||
        yd_plan_get(plans, YD_MODE_EVAL, batch, size, size, &plan, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    yd_model_init(b.test.model, &set, 1, 0.99999);
    open_all(&b, batch, size, &set);
    uint8_t *images = memory(&b, (size_t)batch * 3 * (size_t)size * (size_t)size);
    measure(&b, plan, &set, images, runs, ms);
    printf("%s, batch %d, %d x %d, %s: a forward pass %.2f ms an image; its %d convolutions %.2f with norms "
           "folded, "
           "%.2f without\n",
           name, batch, size, size, yd_backend_cpu.describe(b.test.device), ms[0] / batch, b.count,
           ms[1] / batch, ms[2] / batch);
    printf("result forward_folded_%s_%d %.3f ms\n", name, size, ms[0] / batch);
    printf("result forward_unfolded_%s_%d %.3f ms\n", name, size, (ms[0] + ms[2] - ms[1]) / batch);
    return 0; /* the process ends: what it holds goes with it */
}
