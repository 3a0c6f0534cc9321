/* A training step allocates nothing after the first of its shape: counted by the debug build's malloc in the
 * training thread, through forward, loss, backward, optimizer and average, on both backends. (Other builds do
 * not count: ./dev test runs this one in debug.) */
#include "backend/cpu/cpu.h"
#include "backend/ref/ref.h"
#include "base/allocation.h"
#include "support/test.h"
#include "train/loss.h"
#include "train/optimizer.h"
#include <stdlib.h>
#include <string.h>

enum { SIZE = 64, BATCH = 2 };

typedef struct step_bench {
    yd_arena *arena;
    yd_device *device;
    yd_model *model;
    yd_param_set values, gradients, momenta, squares, average;
    int64_t steps;
    yd_plan_cache *plans;
    yd_loss *loss;
    yd_optimizer optimizer;
} step_bench;

static void make_loss(step_bench *bench)
{
    const yd_model *model = bench->model;
    yd_loss_config config = {.nc = model->nc,
                             .nl = model->nl,
                             .na = model->na,
                             .box = .05,
                             .cls = .5,
                             .obj = 1,
                             .cls_pw = 1,
                             .obj_pw = 1,
                             .anchor_t = 4};
    yd_loss_default_balance(model->nl, config.balance);
    for (int level = 0; level < model->nl; level++)
        for (int i = 0; i < 2 * model->na; i++)
            config.anchors[level][i / 2][i % 2] =
                (double)(model->anchors_pixels[level][i / 2][i % 2] / model->stride[level]);
    REQUIRE(yd_loss_create(&config, &bench->loss, NULL) == YD_OK);
}

static void make(step_bench *bench, const yd_backend *backend, yd_optimizer_kind kind)
{
    yd_model_yaml yaml;
    yd_error error;
    *bench = (step_bench){.arena = yd_arena_create(0)};
    REQUIRE(yd_model_yaml_load(YD_SOURCE_DIR "/tests/support/micro.yaml", bench->arena, &yaml, &error) ==
            YD_OK);
    REQUIRE(backend->open(2, &bench->device, &error) == YD_OK);
    REQUIRE(yd_model_create(&yaml, 0, backend, bench->device, &bench->model, &error) == YD_OK);
    REQUIRE(yd_param_set_create(bench->model, YD_SET_VALUES, &bench->values, &error) == YD_OK);
    REQUIRE(yd_param_set_create(bench->model, YD_SET_VALUES, &bench->average, &error) == YD_OK);
    REQUIRE(yd_param_set_create(bench->model, YD_SET_GRADIENTS, &bench->gradients, &error) == YD_OK);
    REQUIRE(yd_param_set_create(bench->model, YD_SET_GRADIENTS, &bench->momenta, &error) == YD_OK);
    REQUIRE(yd_param_set_create(bench->model, YD_SET_GRADIENTS, &bench->squares, &error) == YD_OK);
    yd_model_init(bench->model, &bench->values, 1, .99999);
    REQUIRE(yd_plan_cache_create(bench->model, 4, &bench->plans, &error) == YD_OK);
    const yd_optimizer_config optimizer = {.kind = kind, .weight_decay = 5e-4, .clip_norm = 10, .beta1 = .9};
    REQUIRE(yd_optimizer_create(bench->model, &optimizer, &bench->optimizer, &error) == YD_OK);
    make_loss(bench);
}

static void destroy(step_bench *bench)
{
    yd_loss_destroy(bench->loss);
    yd_optimizer_destroy(&bench->optimizer);
    yd_plan_cache_destroy(bench->plans);
    yd_param_set *sets[] = {&bench->values, &bench->average, &bench->gradients, &bench->momenta,
                            &bench->squares};
    for (int i = 0; i < 5; i++) yd_param_set_destroy(bench->model, sets[i]);
    const yd_backend *backend = bench->model->backend;
    yd_model_destroy(bench->model);
    backend->close(bench->device);
    yd_arena_destroy(bench->arena);
}

static void step(step_bench *bench, int batch, int64_t number)
{
    static uint8_t images[BATCH * 3 * SIZE * SIZE];
    static const float targets[][6] = {{0, 1, .5F, .5F, .4F, .3F}, {1, 0, .3F, .6F, .2F, .5F}};
    static const yd_schedule_point point = {.lr = {.01, .01, .01}, .momentum = .9};
    yd_plan *plan;
    yd_head heads[8];
    yd_loss_items items;
    for (size_t i = 0; i < sizeof images; i++) images[i] = (uint8_t)(i * 7919 >> 3);
    REQUIRE(yd_plan_get(bench->plans, YD_MODE_TRAIN, batch, SIZE, SIZE, &plan, NULL) == YD_OK);
    yd_plan_forward(plan, &bench->values, images, NULL);
    yd_plan_heads(plan, heads);
    REQUIRE(yd_loss_compute(bench->loss, heads, targets[0], batch, &items, NULL) == YD_OK);
    yd_plan_backward(plan, &bench->values, &bench->gradients, number % 2);
    const yd_optimizer_memory memory = {
        .momenta = &bench->momenta, .squares = &bench->squares, .steps = &bench->steps};
    REQUIRE(yd_optimizer_step(&bench->optimizer, &point, &bench->gradients, &memory, &bench->values));
    yd_ema_update(bench->model, number + 1, &bench->values, &bench->average);
}

static void check(const yd_backend *backend, yd_optimizer_kind kind)
{
    step_bench bench;
    if (!yd_allocations_counted())
        yd_test_skip("this build does not count allocations (the debug build does)");
    free(malloc(1)); /* the counter counts */
    uint64_t before = yd_allocations();
    void *volatile probe = malloc(1);
    free(probe);
    REQUIRE(yd_allocations() == before + 1);
    make(&bench, backend, kind);
    for (int64_t i = 0; i < 4; i++) step(&bench, BATCH - (int)(i / 2), i); /* the first two of each shape */
    before = yd_allocations();
    for (int64_t i = 4; i < 10; i++) step(&bench, BATCH - (int)(i / 2 % 2), i);
    CHECK(yd_allocations() == before);
    destroy(&bench);
}

static void cpu(void)
{
    check(&yd_backend_cpu, YD_OPTIMIZER_SGD);
    check(&yd_backend_cpu, YD_OPTIMIZER_ADAM);
}

static void ref(void)
{
    check(&yd_backend_ref, YD_OPTIMIZER_SGD);
    check(&yd_backend_ref, YD_OPTIMIZER_ADAMW);
}

static const yd_test_case cases[] = {{"cpu", cpu}, {"ref", ref}};
TEST_MAIN(cases)
