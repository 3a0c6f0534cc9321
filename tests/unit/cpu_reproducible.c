/* A whole model on the cpu backend: the same numbers, bit for bit, whatever ran before in the same memory;
 * and close to those of the reference backend at every head. */
#include "backend/cpu/cpu.h"
#include "backend/cpu/prepare.h"
#include "backend/ref/ref.h"
#include "base/rng.h"
#include "model/plan.h"
#include "support/heads.h"
#include "support/models.h"
#include "support/test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 3, SIZE = 64 };

typedef struct bench {
    yd_test_model test;
    yd_param_set values, gradients;
    yd_plan_cache *plans;
} bench;

static void need(yd_status status, const yd_error *error)
{
    if (status != YD_OK) yd_test_fatal(__FILE__, __LINE__, "%s", error->message);
}

static bench open_bench(const yd_backend *backend)
{
    bench b = {.test = yd_test_model_shipped(backend, "yolov5n", 3)};
    yd_error error;
    need(yd_param_set_create(b.test.model, YD_SET_VALUES, &b.values, &error), &error);
    need(yd_param_set_create(b.test.model, YD_SET_GRADIENTS, &b.gradients, &error), &error);
    need(yd_plan_cache_create(b.test.model, 3, &b.plans, &error), &error);
    return b;
}

static void close_bench(bench *b)
{
    yd_plan_cache_destroy(b->plans);
    yd_param_set_destroy(b->test.model, &b->gradients);
    yd_param_set_destroy(b->test.model, &b->values);
    yd_test_model_close(&b->test);
}

static float *random_images(int batch, int size)
{
    const size_t n = (size_t)batch * 3 * (size_t)size * (size_t)size;
    float *x = malloc(n * sizeof *x);
    yd_rng rng = yd_rng_make(3, 0, 0, 0);
    REQUIRE(x);
    for (size_t i = 0; i < n; i++) x[i] = (float)yd_rng_uniform(&rng);
    return x;
}

/* From the same start: one forward and one backward pass with a gradient that follows from the output. */
static void step(bench *b, int batch, int size, const float *images)
{
    yd_plan *plan;
    yd_head heads[8];
    yd_error error;
    yd_model_init(b->test.model, &b->values, 5, 0.99999);
    b->values.version++;
    need(yd_plan_get(b->plans, YD_MODE_TRAIN, batch, size, size, &plan, &error), &error);
    yd_plan_forward(plan, &b->values, NULL, images);
    const int count = yd_plan_heads(plan, heads);
    for (int i = 0; i < count; i++)
        for (size_t k = 0; k < (size_t)heads[i].b * heads[i].image; k++)
            if (heads[i].dtype == YD_F32)
                ((float *)heads[i].gradient)[k] = ((float *)heads[i].data)[k] * 0.01f;
            else
                ((double *)heads[i].gradient)[k] = ((double *)heads[i].data)[k] * 0.01;
    yd_plan_backward(plan, &b->values, &b->gradients, false);
}

static float *copy_of(const yd_model *model, const yd_param_set *set, yd_region region)
{
    const size_t bytes = model->region_elements[region] * sizeof(float);
    float *copy = malloc(bytes + 1);
    REQUIRE(copy);
    return memcpy(copy, set->region[region], bytes);
}

static void test_same_bits(void)
{
    bench b = open_bench(&yd_backend_cpu);
    const yd_model *model = b.test.model;
    float *images = random_images(BATCH, SIZE), *larger = random_images(2, 2 * SIZE);
    float *first[YD_REGION_COUNT];
    step(&b, BATCH, SIZE, images);
    for (int r = 0; r < YD_REGION_COUNT; r++)
        first[r] = copy_of(model, r == YD_REGION_STATISTIC ? &b.values : &b.gradients, (yd_region)r);
    for (int round = 0; round < 2; round++) {
        if (round == 1) step(&b, 2, 2 * SIZE, larger); /* other numbers in the same memory, which grows */
        step(&b, BATCH, SIZE, images);
        for (int r = 0; r < YD_REGION_COUNT; r++) {
            const yd_param_set *set = r == YD_REGION_STATISTIC ? &b.values : &b.gradients;
            CHECK(memcmp(first[r], set->region[r], model->region_elements[r] * sizeof(float)) == 0);
        }
    }
    for (int r = 0; r < YD_REGION_COUNT; r++) free(first[r]);
    free(larger);
    free(images);
    close_bench(&b);
}

/* Lanes that are no channel stay zero: in gradients, statistics and values alike. */
static void test_padding(void)
{
    bench b = open_bench(&yd_backend_cpu);
    const yd_model *model = b.test.model;
    float *images = random_images(BATCH, SIZE);
    step(&b, BATCH, SIZE, images);
    double kept = 0, all = 0;
    for (int i = 0; i < model->param_count; i++) {
        const yd_param *p = &model->params[i];
        if (p->counter || p->region == YD_REGION_STATISTIC) continue;
        double *plain = malloc(p->plain * sizeof *plain);
        REQUIRE(plain);
        yd_param_read(model, &b.gradients, i, plain);
        for (size_t k = 0; k < p->plain; k++) kept += fabs(plain[k]);
        const float *packed = (const float *)b.gradients.region[p->region] + p->offset;
        for (size_t k = 0; k < p->elements; k++) all += (double)fabsf(packed[k]);
        free(plain);
    }
    CHECK(kept > 0);
    CHECK_NEAR(all, kept, 1e-9 * kept); /* nothing lies outside the logical channels */
    free(images);
    close_bench(&b);
}

static void compare_heads(const yd_head *found, const yd_head *wanted)
{
    double worst = 0, largest = 0;
    for (size_t k = 0; k < yd_test_head_elements(found); k++) {
        const double w = yd_test_head_element(wanted, k);
        worst = fmax(worst, fabs(yd_test_head_element(found, k) - w));
        largest = fmax(largest, fabs(w));
    }
    CHECK_NEAR(worst / largest, 0, 2e-5);
}

static void test_against_reference(void)
{
    bench cpu = open_bench(&yd_backend_cpu), ref = open_bench(&yd_backend_ref);
    float *images = random_images(2, SIZE); /* one of twice the width */
    yd_plan *found, *wanted;
    yd_head found_heads[8], wanted_heads[8];
    yd_error error;
    yd_model_init(cpu.test.model, &cpu.values, 9, 0.99999);
    yd_model_init(ref.test.model, &ref.values, 9, 0.99999);
    cpu.values.version++, ref.values.version++;
    need(yd_plan_get(cpu.plans, YD_MODE_EVAL, 1, SIZE, 2 * SIZE, &found, &error), &error);
    need(yd_plan_get(ref.plans, YD_MODE_EVAL, 1, SIZE, 2 * SIZE, &wanted, &error), &error);
    yd_plan_forward(found, &cpu.values, NULL, images);
    yd_plan_forward(wanted, &ref.values, NULL, images);
    const int count = yd_plan_heads(found, found_heads);
    CHECK(yd_plan_heads(wanted, wanted_heads) == count);
    for (int i = 0; i < count; i++) compare_heads(&found_heads[i], &wanted_heads[i]);
    free(images);
    close_bench(&ref);
    close_bench(&cpu);
}

int main(int argc, char **argv)
{
    static const yd_test_case cases[] = {
        {"same bits", test_same_bits},
        {"padding stays zero", test_padding},
        {"close to the reference", test_against_reference},
    };
    yd_cpu_prepare(argv);
    return yd_test_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
