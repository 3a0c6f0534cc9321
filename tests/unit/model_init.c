/* Fresh models: PyTorch's uniform values, the traces of the stride pass, Detect's biases; and reading entries
 * back. */
#include "backend/ref/ref.h"
#include "model/plan.h"
#include "support/heads.h"
#include "support/models.h"
#include "support/test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct fresh {
    yd_test_model test;
    yd_param_set set;
} fresh;

static fresh open_fresh(const char *name, uint64_t seed, double denominator)
{
    yd_error error;
    fresh f = {.test = yd_test_model_shipped(&yd_backend_ref, name, 0)};
    REQUIRE(yd_param_set_create(f.test.model, YD_SET_VALUES, &f.set, &error) == YD_OK);
    yd_model_init(f.test.model, &f.set, seed, denominator);
    return f;
}

static void close_fresh(fresh *f)
{
    yd_param_set_destroy(f->test.model, &f->set);
    yd_test_model_close(&f->test);
}

static double *values_of(const fresh *f, const char *name, size_t *count)
{
    int index = yd_param_find(f->test.model, name);
    if (index < 0) yd_test_fatal(__FILE__, __LINE__, "no entry %s", name);
    *count = f->test.model->params[index].plain;
    double *plain = malloc(*count * sizeof *plain);
    yd_param_read(f->test.model, &f->set, index, plain);
    return plain;
}

static void check_all(const fresh *f, const char *name, double wanted)
{
    size_t count;
    double *plain = values_of(f, name, &count);
    for (size_t i = 0; i < count; i++) CHECK_NEAR(plain[i], wanted, 1e-7);
    free(plain);
}

static void test_norms(void)
{
    fresh f = open_fresh("yolov5n", 1, 0.99);
    check_all(&f, "model.3.bn.weight", 1);
    check_all(&f, "model.3.bn.bias", 0);
    check_all(&f, "model.3.bn.running_mean", 0);
    check_all(&f, "model.3.bn.running_var", 0.9);
    check_all(&f, "model.3.bn.num_batches_tracked", 1);
    close_fresh(&f);
}

/* U(-b, b): mean 0, variance b^2 / 3, nothing outside, the ends nearly reached. */
static void test_uniform(void)
{
    fresh f = open_fresh("yolov5n", 1, 0.99);
    size_t count;
    double *plain = values_of(&f, "model.7.conv.weight", &count), bound = 1 / sqrt(128 * 9), sum = 0,
           squares = 0, most = 0;
    for (size_t i = 0; i < count; i++) {
        sum += plain[i];
        squares += plain[i] * plain[i];
        most = fmax(most, fabs(plain[i]));
    }
    CHECK(count == 256 * 128 * 9);
    CHECK(most <= bound && most > 0.999 * bound);
    CHECK_NEAR(sum / (double)count, 0, 4 * bound / sqrt(3 * (double)count));
    CHECK_NEAR(squares / (double)count, bound * bound / 3, 0.01 * bound * bound);
    free(plain);
    close_fresh(&f);
}

static void check_head(const fresh *f, const char *name, double objectness, double class, double bound)
{
    size_t count;
    double *plain = values_of(f, name, &count);
    REQUIRE(count == 255);
    for (size_t i = 0; i < count; i++) {
        double centre = i % 85 < 4 ? 0 : i % 85 == 4 ? objectness : class;
        CHECK_NEAR(plain[i], centre, bound);
    }
    free(plain);
}

static void test_head_biases(void)
{
    fresh f = open_fresh("yolov5n", 1, 0.99);
    check_head(&f, "model.24.m.0.bias", -6.68461, -4.88040, 1 / sqrt(64) + 1e-5);
    check_head(&f, "model.24.m.1.bias", -5.29832, -4.88040, 1 / sqrt(128) + 1e-5);
    check_head(&f, "model.24.m.2.bias", -3.91202, -4.88040, 1 / sqrt(256) + 1e-5);
    fresh v7 = open_fresh("yolov5n", 1, 0.99999);
    size_t count;
    double *a = values_of(&f, "model.24.m.0.bias", &count), *b = values_of(&v7, "model.24.m.0.bias", &count);
    CHECK_NEAR(b[5] - a[5], log((80 - 0.99) / (80 - 0.99999)), 1e-6);
    CHECK(a[4] == b[4] && a[0] == b[0]);
    free(a);
    free(b);
    close_fresh(&v7);
    close_fresh(&f);
}

static void test_anchors(void)
{
    fresh v6 = open_fresh("yolov5n", 1, 0.99), v5 = open_fresh("v5.0/yolov5s", 1, 0.99);
    size_t count;
    double *grid = values_of(&v6, "model.24.anchors", &count),
           *pixels = values_of(&v5, "model.24.anchor_grid", &count);
    CHECK(count == 18);
    CHECK(grid[0] == 1.25 && grid[1] == 1.625 && grid[6] == 30.0 / 16 && grid[17] == 326.0 / 32);
    CHECK(pixels[0] == 10 && pixels[1] == 13 && pixels[17] == 326);
    free(grid);
    free(pixels);
    close_fresh(&v6);
    close_fresh(&v5);
}

static bool same_values(const fresh *a, const fresh *b)
{
    size_t bytes = a->test.model->region_elements[YD_REGION_WEIGHT] * sizeof(double);
    return memcmp(a->set.region[YD_REGION_WEIGHT], b->set.region[YD_REGION_WEIGHT], bytes) == 0;
}

static void test_seeds(void)
{
    fresh a = open_fresh("yolov5n", 1, 0.99), b = open_fresh("yolov5n", 1, 0.99),
          c = open_fresh("yolov5n", 2, 0.99);
    CHECK(same_values(&a, &b) && !same_values(&a, &c));
    close_fresh(&a);
    close_fresh(&b);
    close_fresh(&c);
}

/* A fresh model sees nothing in a black image: what it puts out is Detect's biases, exactly. */
static void test_black_image(void)
{
    fresh f = open_fresh("yolov5n", 1, 0.99);
    yd_plan_cache *cache;
    yd_plan *plan;
    yd_error error;
    yd_head heads[8];
    REQUIRE(yd_plan_cache_create(f.test.model, 2, &cache, &error) == YD_OK);
    REQUIRE(yd_plan_get(cache, YD_MODE_EVAL, 1, 32, 32, &plan, &error) == YD_OK);
    float *images = calloc(3 * 32 * 32, sizeof *images);
    yd_plan_forward(plan, &f.set, NULL, images);
    REQUIRE(yd_plan_heads(plan, heads) == 3);
    size_t count;
    double *bias = values_of(&f, "model.24.m.0.bias", &count);
    CHECK(heads[0].h == 4 && heads[0].w == 4 && heads[0].no == 85 && heads[0].stride == 8);
    for (size_t i = 0; i < yd_test_head_elements(&heads[0]); i++)
        CHECK(yd_test_head_element(&heads[0], i) == bias[i / (16 * 85) * 85 + i % 85]);
    free(bias);
    free(images);
    yd_plan_cache_destroy(cache);
    close_fresh(&f);
}

/* Every entry comes back as it was written, Focus's permuted weight too, and no write touches another entry.
 */
static void test_round_trip(void)
{
    fresh f = open_fresh("v5.0/yolov5s", 1, 0.99);
    const yd_model *model = f.test.model;
    for (int p = 0; p < model->param_count; p++) {
        float *plain = malloc(model->params[p].plain * sizeof *plain);
        for (size_t i = 0; i < model->params[p].plain; i++) plain[i] = (float)(p * 1000 + (int)(i % 997));
        yd_param_write(model, &f.set, p, plain);
        free(plain);
    }
    for (int p = 0; p < model->param_count; p++) {
        double *plain = malloc(model->params[p].plain * sizeof *plain);
        bool same = true;
        yd_param_read(model, &f.set, p, plain);
        for (size_t i = 0; i < model->params[p].plain; i++)
            same = same && plain[i] == p * 1000 + (int)(i % 997);
        if (!same) yd_test_fatal(__FILE__, __LINE__, "%s did not come back", model->params[p].name);
        free(plain);
    }
    close_fresh(&f);
}

static void test_copies(void)
{
    fresh a = open_fresh("yolov5n", 1, 0.99), b = open_fresh("yolov5n", 2, 0.99);
    uint64_t version = b.set.version;
    yd_param_set_copy(b.test.model, &b.set, &a.set);
    CHECK(same_values(&a, &b) && b.set.version > version);
    close_fresh(&a);
    close_fresh(&b);
}

/* Entries that are given stay as they are; the others get what they get among all. */
static void test_rest(void)
{
    fresh all = open_fresh("yolov5n", 4, 0.99), rest = {.test = all.test};
    const yd_model *model = all.test.model;
    yd_error error;
    bool *given = calloc((size_t)model->param_count, sizeof *given);
    REQUIRE(given && yd_param_set_create(model, YD_SET_VALUES, &rest.set, &error) == YD_OK);
    for (int i = 0; i < model->param_count; i++) given[i] = i % 3 == 1;
    yd_model_init_rest(model, &rest.set, 4, 0.99, given);
    for (int i = 0; i < model->param_count; i++) {
        size_t count;
        double *drawn = values_of(&rest, model->params[i].name, &count),
               *wanted = values_of(&all, model->params[i].name, &count);
        if (given[i]) memset(wanted, 0, count * sizeof *wanted); /* as the set was made */
        CHECK(memcmp(drawn, wanted, count * sizeof *drawn) == 0);
        free(drawn);
        free(wanted);
    }
    free(given);
    yd_param_set_destroy(model, &rest.set);
    close_fresh(&all);
}

static const yd_test_case cases[] = {
    {"norms after the stride pass", test_norms},
    {"uniform weights", test_uniform},
    {"biases of the heads", test_head_biases},
    {"anchors", test_anchors},
    {"seeds", test_seeds},
    {"the rest of a model", test_rest},
    {"a black image", test_black_image},
    {"entries come back", test_round_trip},
    {"copies of a set", test_copies},
};
TEST_MAIN(cases)
