/* A training step against the convolution limit (step/limit.h), in one process for each configuration.
 *
 *   bench_step [MODEL SIZE BATCH REPEATS [f32|bf16]]…
 *
 * By default yolov5n 320/8 and 640/4, yolov5s 320/4 and 640/4, in both types. THREADS=2: how many (default:
 * as many as there are CPUs); with 1 processor time is measured, for busy machines.
 *
 * The limit is the sum over all convolutions of the model of what oneDNN alone needs in the type of the step:
 * direct forward, data gradient (not for the stem) and weight gradient, each in the layout that the library
 * prefers, medians. The step is forward, loss, backward, SGD and EMA; the loader is off. Both are measured in
 * turns, so that what else the machine does falls on both: the ratio is the figure to quote. */
#include "backend/cpu/cpu.h"
#include "backend/cpu/dnnl.h"
#include "backend/cpu/prepare.h"
#include "base/rng.h"
#include "bench/step/limit.h"
#include "model/plan.h"
#include "support/models.h"
#include "train/loss.h"
#include "train/optimizer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

/* What is measured. */
typedef struct setting {
    const char *model;
    int size, batch, repeats;
    yd_dtype type;
} setting;

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

static training open_training(const setting *s, int threads)
{
    training t = {.batch = s->batch, .size = s->size};
    yd_error error;
    t.test = yd_test_model_shipped(s->type == YD_BF16 ? &yd_backend_cpu_bf16 : &yd_backend_cpu, s->model, 80);
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
    need(yd_optimizer_create(model, &(yd_optimizer_config){.weight_decay = 5e-4}, &t.optimizer, &error),
         &error);
    need(yd_plan_cache_create(t.test.model, 2, &t.plans, &error), &error);
    need(yd_plan_get(t.plans, YD_MODE_TRAIN, t.batch, t.size, t.size, &t.plan, &error), &error);
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
    const yd_optimizer_memory memory = {.momenta = &t->momenta};
    if (!yd_optimizer_step(&t->optimizer, &point, &t->gradients, &memory, &t->values))
        stop("the gradients are not finite");
    yd_ema_update(t->test.model, update, &t->values, &t->average);
    times[4] = now();
    for (int i = 0; i < WHOLE && at >= 0; i++) t->seconds[i][at] = times[i + 1] - times[i];
    if (at >= 0) t->seconds[WHOLE][at] = times[4] - times[0];
}

static void report(training *t, yd_limit *l, const setting *s, int count, long peak)
{
    const char *type = s->type == YD_BF16 ? "bf16" : "f32";
    double parts[PARTS], bound, least;
    char name[128];
    snprintf(name, sizeof name, "%s_%d_%d_%s", s->model, s->size, s->batch, type);
    for (int i = 0; i < PARTS; i++) parts[i] = median(t->seconds[i], count);
    printf("%s %d batch %d %s (%s)\n", s->model, s->size, s->batch, type, yd_cpu_describe(t->test.device));
    printf("  step %.4f s (forward %.4f, loss %.4f, backward %.4f, optimizer %.4f), %.1f images/s\n",
           parts[WHOLE], parts[FORWARD], parts[LOSS], parts[BACKWARD], parts[OPTIMIZER],
           t->batch / parts[WHOLE]);
    printf("  plan %.0f MB; peak: of the process before the limit was measured\n",
           (double)yd_plan_memory(t->plans) / 1e6);
    printf("result step_%s %.4f s\n", name, parts[WHOLE]);
    printf("result step_peak_%s %ld MB\n", name, peak / 1024);
    if (!l) return;
    yd_limit_sums(l, &bound, &least);
    printf("  convolution limit %.4f s; step / limit %.3f; of the fastest %.4f, %.4f: %.3f\n", bound,
           parts[WHOLE] / bound, t->seconds[WHOLE][0], least, t->seconds[WHOLE][0] / least);
    printf("result limit_%s %.4f s\n", name, bound);
    printf("result step_over_limit_%s %.3f ratio\n", name, parts[WHOLE] / bound);
}

static void bench(const setting *s, int threads)
{
    training t = open_training(s, threads);
    const char *wanted = getenv("LIMIT");
    const bool limited = !wanted || atoi(wanted);
    const int rounds = limited ? ROUNDS : 1, each = (s->repeats + rounds - 1) / rounds;
    struct rusage usage;
    int64_t update = 0;
    for (int i = 0; i < 2; i++) step(&t, -1, ++update);
    getrusage(RUSAGE_SELF, &usage);
    yd_limit *l = NULL;
    if (limited) l = yd_limit_open(t.test.model, s->batch, s->size, s->type, rounds * each, now);
    for (int round = 0; round < rounds; round++) {
        if (limited) step(&t, -1, ++update); /* after the limit's last round the caches are cold */
        for (int i = 0; i < each; i++) step(&t, round * each + i, ++update);
        if (limited) yd_limit_time(l, each);
    }
    report(&t, l, s, rounds * each, usage.ru_maxrss);
    if (limited) yd_limit_close(l);
    close_training(&t);
}

/* A process of its own for each: the peak is one configuration's. */
static void bench_apart(const setting *s, int threads)
{
    if (s->type == YD_BF16 && !yd_dnnl_has_bf16()) {
        printf("%s %d batch %d bf16: this processor, or oneDNN here, has none of its own\n", s->model,
               s->size, s->batch);
        return;
    }
    fflush(NULL);
    const pid_t child = fork();
    if (child < 0) stop("cannot fork");
    if (child == 0) {
        bench(s, threads);
        exit(0);
    }
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) stop("a configuration failed");
}

/* The next setting of the command line, which at moves behind. */
static setting read_setting(int argc, char **argv, int *at)
{
    if (argc - *at < 4) stop("usage: bench_step [MODEL SIZE BATCH REPEATS [f32|bf16]]...");
    setting s = {.model = argv[*at],
                 .size = atoi(argv[*at + 1]),
                 .batch = atoi(argv[*at + 2]),
                 .repeats = atoi(argv[*at + 3]),
                 .type = YD_F32};
    *at += 4;
    if (s.repeats < 1 || s.repeats > MOST_REPEATS - ROUNDS) stop("REPEATS lies between 1 and 997");
    if (*at < argc && (strcmp(argv[*at], "f32") == 0 || strcmp(argv[*at], "bf16") == 0))
        s.type = strcmp(argv[(*at)++], "bf16") == 0 ? YD_BF16 : YD_F32;
    return s;
}

int main(int argc, char **argv)
{
    static const setting all[] = {{"yolov5n", 320, 8, 15, YD_F32}, {"yolov5n", 320, 8, 15, YD_BF16},
                                  {"yolov5n", 640, 4, 15, YD_F32}, {"yolov5n", 640, 4, 15, YD_BF16},
                                  {"yolov5s", 320, 4, 15, YD_F32}, {"yolov5s", 320, 4, 15, YD_BF16},
                                  {"yolov5s", 640, 4, 9, YD_F32},  {"yolov5s", 640, 4, 9, YD_BF16}};
    const char *wanted = getenv("THREADS");
    const int threads = wanted ? atoi(wanted) : 0;
    alone = threads == 1;
    yd_cpu_prepare(argv);
    for (size_t i = 0; argc == 1 && i < sizeof all / sizeof *all; i++) bench_apart(&all[i], threads);
    for (int at = 1; at < argc;) {
        const setting s = read_setting(argc, argv, &at);
        bench_apart(&s, threads);
    }
    return 0;
}
