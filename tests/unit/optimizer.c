/* SGD, the moving average and its decay against the numbers of the specification (training.md, 16), on every
 * backend; frozen entries and gradients that are not finite on a whole model. */
#include "train/optimizer.h"
#include "backend/cpu/cpu.h"
#include "backend/ref/ref.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const yd_backend *const backends[] = {&yd_backend_ref, &yd_backend_cpu};
enum { BACKENDS = 2, LANES = 35 }; /* a length that leaves a tail in every vector width */

static double get(const yd_backend *backend, const void *x, size_t i)
{
    return backend->dtype == YD_F64 ? ((const double *)x)[i] : (double)((const float *)x)[i];
}

static void put(const yd_backend *backend, void *x, size_t i, double value)
{
    if (backend->dtype == YD_F64)
        ((double *)x)[i] = value;
    else
        ((float *)x)[i] = (float)value;
}

static void fill(const yd_backend *backend, void *x, double value)
{
    for (size_t i = 0; i < LANES; i++) put(backend, x, i, value);
}

static void follows_the_vector(void)
{
    static const double gradients[] = {.5, .25, -.3}, p[] = {.886, .773066, .744211},
                        buffer[] = {.6, .8786, .568047};
    for (int b = 0; b < BACKENDS; b++) {
        const yd_backend *backend = backends[b];
        yd_device *device;
        REQUIRE(backend->open(2, &device, NULL) == YD_OK);
        size_t bytes = LANES * yd_dtype_size(backend->dtype);
        void *x = backend->allocate(device, bytes), *g = backend->allocate(device, bytes),
             *m = backend->allocate(device, bytes);
        fill(backend, x, 1);
        for (int step = 0; step < 3; step++) {
            fill(backend, g, 2 * gradients[step]);
            backend->sgd(device, LANES, x, g, m,
                         &(yd_sgd){.lr = .1, .momentum = .9, .weight_decay = .1, .scale = .5});
            for (size_t i = 0; i < LANES; i++) {
                CHECK_NEAR(get(backend, x, i), p[step], 1e-6);
                CHECK_NEAR(get(backend, m, i), buffer[step], 1e-6);
            }
        }
        fill(backend, x, 2);
        fill(backend, g, 4);
        backend->ema(device, LANES, x, g, .75);
        for (size_t i = 0; i < LANES; i++) CHECK_NEAR(get(backend, x, i), 2.5, 1e-6);
        CHECK_NEAR(backend->sum_squares(device, LANES, x), LANES * 6.25, 1e-4);
        put(backend, x, LANES - 1, NAN);
        CHECK(!isfinite(backend->sum_squares(device, LANES, x)));
        put(backend, x, 0, 1.0 + 1.0 / 4096);
        put(backend, x, 1, 1.0 + 3.0 / 2048);
        put(backend, x, LANES - 1, 65504);
        backend->round_half(device, LANES, x);
        CHECK(get(backend, x, 0) == 1 && get(backend, x, 1) == 1 + 2.0 / 1024 &&
              get(backend, x, LANES - 1) == 65504);
        backend->deallocate(device, x, bytes);
        backend->deallocate(device, g, bytes);
        backend->deallocate(device, m, bytes);
        backend->close(device);
    }
}

static void decays_as_stated(void)
{
    static const struct {
        int64_t updates;
        double decay;
    } rows[] = {{1, .000499825033},    {2, .000999400217},    {10, .004987022055},   {100, .048765698442},
                {1000, .393429993353}, {2000, .632057346775}, {10000, .993162726796}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_NEAR(yd_ema_decay(rows[i].updates), rows[i].decay, 1e-11);
}

typedef struct whole_model {
    yd_arena *arena;
    yd_device *device;
    yd_model *model;
    yd_param_set values, gradients, momenta, squares;
    int64_t steps;
} whole_model;

static void make(whole_model *whole)
{
    yd_model_yaml yaml;
    yd_error error;
    *whole = (whole_model){.arena = yd_arena_create(0)};
    const yd_backend *backend = &yd_backend_ref;
    REQUIRE(yd_model_yaml_load(YD_SOURCE_DIR "/tests/support/micro.yaml", whole->arena, &yaml, &error) ==
            YD_OK);
    REQUIRE(backend->open(1, &whole->device, &error) == YD_OK);
    REQUIRE(yd_model_create(&yaml, 0, backend, whole->device, &whole->model, &error) == YD_OK);
    REQUIRE(yd_param_set_create(whole->model, YD_SET_VALUES, &whole->values, &error) == YD_OK);
    REQUIRE(yd_param_set_create(whole->model, YD_SET_GRADIENTS, &whole->gradients, &error) == YD_OK);
    REQUIRE(yd_param_set_create(whole->model, YD_SET_GRADIENTS, &whole->momenta, &error) == YD_OK);
    REQUIRE(yd_param_set_create(whole->model, YD_SET_GRADIENTS, &whole->squares, &error) == YD_OK);
    for (int region = 0; region < YD_REGION_STATISTIC; region++)
        for (size_t i = 0; i < whole->model->region_elements[region]; i++) {
            ((double *)whole->values.region[region])[i] = 1;
            ((double *)whole->gradients.region[region])[i] = 1;
        }
}

static void destroy(whole_model *whole)
{
    yd_param_set_destroy(whole->model, &whole->values);
    yd_param_set_destroy(whole->model, &whole->gradients);
    yd_param_set_destroy(whole->model, &whole->momenta);
    yd_param_set_destroy(whole->model, &whole->squares);
    yd_model_destroy(whole->model);
    yd_backend_ref.close(whole->device);
    yd_arena_destroy(whole->arena);
}

static const yd_schedule_point point = {.lr = {.1, .2, .3}, .momentum = 0};

static bool take_step(whole_model *whole, const yd_optimizer *optimizer)
{
    const yd_optimizer_memory memory = {
        .momenta = &whole->momenta, .squares = &whole->squares, .steps = &whole->steps};
    return yd_optimizer_step(optimizer, &point, &whole->gradients, &memory, &whole->values);
}

static void leaves_frozen_entries_alone(void)
{
    whole_model whole;
    make(&whole);
    CHECK(yd_model_freeze(whole.model, (int[]){2}, 1) > 0);
    yd_optimizer optimizer;
    REQUIRE(yd_optimizer_create(whole.model, &(yd_optimizer_config){0}, &optimizer, NULL) == YD_OK);
    CHECK(take_step(&whole, &optimizer));
    for (int i = 0; i < whole.model->param_count; i++) {
        const yd_param *param = &whole.model->params[i];
        if (param->counter || param->region == YD_REGION_STATISTIC) continue;
        double wanted = param->frozen ? 1 : 1 - point.lr[param->region];
        CHECK_NEAR(((double *)whole.values.region[param->region])[param->offset], wanted, 1e-12);
        CHECK_NEAR(((double *)whole.values.region[param->region])[param->offset + param->elements - 1],
                   wanted, 1e-12);
        CHECK(param->frozen ==
              (strncmp(param->name, "model.0.", 8) == 0 || strncmp(param->name, "model.1.", 8) == 0));
    }
    yd_optimizer_destroy(&optimizer);
    destroy(&whole);
}

static void clips_the_norm(void)
{
    whole_model whole;
    make(&whole);
    yd_optimizer optimizer;
    REQUIRE(yd_optimizer_create(whole.model, &(yd_optimizer_config){.clip_norm = 10}, &optimizer, NULL) ==
            YD_OK);
    double elements = 0;
    for (int i = 0; i < whole.model->param_count; i++) {
        const yd_param *param = &whole.model->params[i];
        if (!param->counter && param->region != YD_REGION_STATISTIC) elements += (double)param->elements;
    }
    CHECK(take_step(&whole, &optimizer));
    CHECK_NEAR(*(double *)whole.values.region[YD_REGION_BIAS], 1 - .3 * 10 / (sqrt(elements) + 1e-6), 1e-12);
    yd_optimizer_destroy(&optimizer);
    destroy(&whole);
}

static void changes_nothing_where_a_gradient_is_not_finite(void)
{
    for (int kind = YD_OPTIMIZER_SGD; kind <= YD_OPTIMIZER_ADAMW; kind++) {
        whole_model whole;
        make(&whole);
        yd_optimizer optimizer;
        const yd_optimizer_config config = {
            .kind = (yd_optimizer_kind)kind, .weight_decay = .1, .clip_norm = 10, .beta1 = .9};
        REQUIRE(yd_optimizer_create(whole.model, &config, &optimizer, NULL) == YD_OK);
        ((double *)whole.gradients.region[YD_REGION_WEIGHT])[17] = INFINITY;
        CHECK(!take_step(&whole, &optimizer));
        CHECK(whole.steps == 0);
        for (int region = 0; region < YD_REGION_STATISTIC; region++)
            for (size_t i = 0; i < whole.model->region_elements[region]; i++)
                REQUIRE(((double *)whole.values.region[region])[i] == 1 &&
                        ((double *)whole.momenta.region[region])[i] == 0 &&
                        ((double *)whole.squares.region[region])[i] == 0);
        yd_optimizer_destroy(&optimizer);
        destroy(&whole);
    }
}

/* At its first step Adam moves every entry by its rate, whatever the gradient; decay goes through the
 * gradient with Adam and past it with AdamW, and to the group of decayed weights alone. */
static void adam_knows_its_groups(void)
{
    for (int kind = YD_OPTIMIZER_ADAM; kind <= YD_OPTIMIZER_ADAMW; kind++) {
        whole_model whole;
        make(&whole);
        yd_optimizer optimizer;
        const yd_optimizer_config config = {
            .kind = (yd_optimizer_kind)kind, .weight_decay = .25, .beta1 = .937};
        REQUIRE(yd_optimizer_create(whole.model, &config, &optimizer, NULL) == YD_OK);
        CHECK(take_step(&whole, &optimizer));
        CHECK(whole.steps == 1);
        for (int region = 0; region < YD_REGION_STATISTIC; region++) {
            bool decayed = region == YD_REGION_WEIGHT, w = kind == YD_OPTIMIZER_ADAMW;
            double g = decayed && !w ? 1.25 : 1, lr = point.lr[region];
            CHECK_NEAR(*(double *)whole.momenta.region[region], .063 * g, 1e-12);
            CHECK_NEAR(*(double *)whole.squares.region[region], .001 * g * g, 1e-12);
            CHECK_NEAR(*(double *)whole.values.region[region], 1 - lr - (decayed && w ? lr * .25 : 0), 1e-8);
        }
        yd_optimizer_destroy(&optimizer);
        destroy(&whole);
    }
    CHECK(yd_optimizer_find("SGD") == YD_OPTIMIZER_SGD && yd_optimizer_find("Adam") == YD_OPTIMIZER_ADAM &&
          yd_optimizer_find("AdamW") == YD_OPTIMIZER_ADAMW);
}

static const yd_test_case cases[] = {
    {"follows the vector", follows_the_vector},
    {"decays as stated", decays_as_stated},
    {"leaves frozen entries alone", leaves_frozen_entries_alone},
    {"clips the norm", clips_the_norm},
    {"changes nothing where a gradient is not finite", changes_nothing_where_a_gradient_is_not_finite},
    {"Adam knows its groups", adam_knows_its_groups}};
TEST_MAIN(cases)
