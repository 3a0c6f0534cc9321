/* Optimizers over the three groups of a model, and the scale of the loss, against PyTorch's
 * (make_optimizers.py). */
#include "backend/cpu/cpu.h"
#include "backend/cpu/prepare.h"
#include "backend/ref/ref.h"
#include "support/golden.h"
#include "support/params.h"
#include "support/run.h"
#include "support/test.h"
#include "train/optimizer.h"
#include "train/scaler.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 6, GROUPS = 3, SKIPPED = 4 };
static const char *const kinds[] = {"SGD", "Adam", "AdamW"};
/* In the order of regions: an entry of each group, and what the pack calls it. */
static const char *const entries[GROUPS] = {"model.6.bn.weight", "model.6.conv.weight", "model.6.bn.bias"};
static const char *const groups[GROUPS] = {"norm", "weight", "bias"};

typedef struct follower {
    yd_npz *pack;
    yd_test_run run;
    yd_param_set gradients, squares;
    yd_optimizer optimizer;
    int64_t steps;
    double gradient_scale;
    int index[GROUPS];
} follower;

static yd_npz *open_pack(void)
{
    return yd_npz_open(YD_SOURCE_DIR "/tests/golden/optimizers.npz");
}

/* All other entries have gradients of zero: they add nothing to the norm. */
static void put(follower *f, yd_param_set *set, const char *of, float scale)
{
    for (int g = 0; g < GROUPS; g++) {
        char name[64];
        snprintf(name, sizeof name, "%s/%s", of, groups[g]);
        const yd_npy *array = yd_npz_need(f->pack, name);
        REQUIRE(array->elements == f->run.model->params[f->index[g]].plain);
        float *plain = malloc(array->elements * sizeof *plain);
        REQUIRE(plain);
        for (size_t i = 0; i < array->elements; i++) plain[i] = scale * (float)yd_npy_at(array, i);
        yd_param_write(f->run.model, set, f->index[g], plain);
        free(plain);
    }
}

static void compare(follower *f, const yd_param_set *set, const char *kind, const char *of)
{
    const yd_golden_tolerance tolerance = {f->run.backend->dtype == YD_F64 ? 1e-7 : 2e-6, 4};
    for (int g = 0; g < GROUPS; g++) {
        char name[64];
        snprintf(name, sizeof name, "%s/%s/%s", kind, of, groups[g]);
        if (!yd_npz_get(f->pack, name)) return;
        const size_t count = f->run.model->params[f->index[g]].plain;
        double *plain = malloc(count * sizeof *plain);
        REQUIRE(plain);
        yd_param_read(f->run.model, set, f->index[g], plain);
        yd_golden_compare(f->pack, name, plain, count, tolerance);
        free(plain);
    }
}

static void begin(follower *f, const yd_backend *backend, int kind)
{
    yd_error error = {0};
    f->pack = open_pack();
    yd_test_run_open(&f->run, backend);
    yd_model *model = f->run.model;
    const double *settings = yd_npz_doubles(f->pack, "settings");
    const yd_optimizer_config config = {.kind = yd_optimizer_find(kinds[kind]),
                                        .weight_decay = settings[0],
                                        .clip_norm = settings[1],
                                        .beta1 = settings[2]};
    yd_param_set_destroy(model, &f->run.momenta);
    yd_param_set *fresh[] = {&f->run.momenta, &f->gradients, &f->squares};
    for (int i = 0; i < 3; i++)
        REQUIRE(yd_param_set_create(model, YD_SET_GRADIENTS, fresh[i], &error) == YD_OK);
    REQUIRE(yd_optimizer_create(model, &config, &f->optimizer, &error) == YD_OK);
    for (int g = 0; g < GROUPS; g++) f->index[g] = yd_param_find(model, entries[g]);
    put(f, &f->run.values, "p0", 1);
}

static void end(follower *f)
{
    yd_optimizer_destroy(&f->optimizer);
    yd_param_set_destroy(f->run.model, &f->squares);
    yd_param_set_destroy(f->run.model, &f->gradients);
    yd_test_run_close(&f->run);
    yd_npz_close(f->pack);
}

static void follow(const yd_backend *backend, int kind, double gradient_scale)
{
    follower f = {.gradient_scale = gradient_scale};
    begin(&f, backend, kind);
    const double *lr = yd_npz_doubles(f.pack, "lr"), *momentum = yd_npz_doubles(f.pack, "momentum");
    for (int k = 0; k < STEPS; k++) {
        char name[16];
        const yd_schedule_point point = {.lr = {lr[3 * k], lr[3 * k + 1], lr[3 * k + 2]},
                                         .momentum = momentum[k]};
        const yd_optimizer_memory memory = {&f.run.momenta, &f.squares, &f.steps, f.gradient_scale};
        snprintf(name, sizeof name, "g%d", k);
        put(&f, &f.gradients, name, gradient_scale > 0 ? (float)gradient_scale : 1);
        bool taken = yd_optimizer_step(&f.optimizer, &point, &f.gradients, &memory, &f.run.values);
        CHECK(taken == (k != SKIPPED));
        snprintf(name, sizeof name, "p%d", k);
        compare(&f, &f.run.values, kinds[kind], name);
    }
    CHECK(f.steps == (kind ? STEPS - 1 : 0));
    compare(&f, &f.run.momenta, kinds[kind], "m");
    compare(&f, &f.squares, kinds[kind], "v");
    end(&f);
}

static void reference(void)
{
    for (int kind = 0; kind < 3; kind++) follow(&yd_backend_ref, kind, 0);
}

static void cpu(void)
{
    for (int kind = 0; kind < 3; kind++) follow(&yd_backend_cpu, kind, 0);
}

/* As gradients of a loss that was multiplied: nothing else changes. */
static void scaled(void)
{
    for (int kind = 0; kind < 3; kind++) follow(&yd_backend_cpu, kind, 1024);
}

static void scaler(void)
{
    yd_npz *pack = open_pack();
    const yd_npy *found = yd_npz_need(pack, "scaler/found"), *scale = yd_npz_need(pack, "scaler/scale"),
                 *tracker = yd_npz_need(pack, "scaler/tracker");
    yd_scaler s = yd_scaler_make();
    CHECK(s.scale == 65536 && s.tracker == 0 && s.interval == 2000);
    s.interval = (int)yd_params_number(yd_npz_params(pack), NAN, "interval", NULL);
    REQUIRE(s.interval == 7 && found->elements == 200);
    for (size_t i = 0; i < found->elements; i++) {
        yd_scaler_update(&s, yd_npy_at(found, i) == 0);
        CHECK((double)s.scale == yd_npy_at(scale, i) && s.tracker == (int)yd_npy_at(tracker, i));
    }
    for (int i = 0; i < 400 * s.interval; i++) yd_scaler_update(&s, true);
    CHECK(s.scale == 0x1p127F); /* the largest power of two: it does not grow beyond what is finite */
    yd_npz_close(pack);
}

int main(int argc, char **argv)
{
    static const yd_test_case cases[] = {{"optimizers of the reference backend", reference},
                                         {"optimizers of the cpu backend", cpu},
                                         {"gradients of a scaled loss", scaled},
                                         {"the scale of the loss", scaler}};
    yd_cpu_prepare(argv);
    return yd_test_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
