/* Test-time augmentation: rows of all three looks against YOLOv5's own, with its levels left out and without.
 * How looks.npz was made: make_looks.py. */
#include "backend/cpu/cpu.h"
#include "backend/ref/ref.h"
#include "eval/augmented.h"
#include "support/golden_model.h"
#include "support/models.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct setting {
    yd_npz *pack, *weights;
    const char *params;
    yd_test_model test;
    yd_param_set set;
    yd_plan_cache *plans;
    float anchors[8][5][2];
    yd_batch batch;
} setting;

static void need(yd_status status, const yd_error *error)
{
    if (status != YD_OK) yd_test_fatal(__FILE__, __LINE__, "%s", error->message);
}

static void draw_pictures(setting *s)
{
    s->batch.count = (int)yd_params_number(s->params, 0, "batch", NULL);
    s->batch.height = (int)yd_params_number(s->params, 0, "height", NULL);
    s->batch.width = (int)yd_params_number(s->params, 0, "width", NULL);
    uint8_t *to = s->batch.images =
        malloc((size_t)s->batch.count * 3 * (size_t)s->batch.height * (size_t)s->batch.width);
    for (int i = 0; i < s->batch.count; i++)
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < s->batch.height; y++)
                for (int x = 0; x < s->batch.width; x++)
                    *to++ = (uint8_t)((3 * x + 5 * y + 40 * c + 17 * i) % 256);
}

static setting open_setting(const yd_backend *backend, const char *name)
{
    char path[4096];
    yd_error error;
    setting s = {.pack = yd_npz_open(YD_SOURCE_DIR "/tests/golden/looks.npz")};
    s.params = yd_npz_params(s.pack);
    snprintf(path, sizeof path, "%s/tests/golden/%s.npz", YD_SOURCE_DIR, name);
    s.weights = yd_npz_open(path);
    snprintf(path, sizeof path, "%s/tests/golden/%s.yaml", YD_SOURCE_DIR, name);
    s.test = yd_test_model_open(backend, path, 0);
    need(yd_param_set_create(s.test.model, YD_SET_VALUES, &s.set, &error), &error);
    yd_model_init(s.test.model, &s.set, 0, 0.99999);
    yd_golden_load_weights(s.weights, s.test.model, &s.set);
    need(yd_plan_cache_create(s.test.model, 4, &s.plans, &error), &error);
    memcpy(s.anchors, s.test.model->anchors_pixels, sizeof s.anchors);
    draw_pictures(&s);
    return s;
}

static void close_setting(setting *s)
{
    free(s->batch.images);
    yd_plan_cache_destroy(s->plans);
    yd_param_set_destroy(s->test.model, &s->set);
    yd_test_model_close(&s->test);
    yd_npz_close(s->weights);
    yd_npz_close(s->pack);
}

static void gather(setting *s, bool drops_tails, yd_candidates *candidates)
{
    yd_looker looker = {.plans = s->plans,
                        .model = s->test.model,
                        .set = &s->set,
                        .anchors = (const float(*)[5][2])s->anchors,
                        .drops_tails = drops_tails};
    yd_error error;
    need(yd_candidates_reset(candidates, s->batch.count, s->test.model->nc, &error), &error);
    for (int look = 0; look < YD_LOOKS; look++) {
        yd_head heads[8];
        int nl;
        need(yd_look_run(&looker, look, &s->batch, heads, &nl, &error), &error);
        need(yd_look_add(&looker, look, &s->batch, heads, nl, candidates, &error), &error);
    }
    yd_batch_resizer_free(&looker.resizer);
}

/* Every so many of the rows of all pictures, one after the other. */
static void compare(setting *s, const char *name, const char *kind, yd_candidates *candidates,
                    yd_golden_tolerance tolerance)
{
    char array[64], key[64];
    snprintf(array, sizeof array, "%s/%s", name, kind);
    snprintf(key, sizeof key, "%s_%s", name, kind);
    const size_t step = 5 + (size_t)s->test.model->nc, elements = yd_npz_need(s->pack, array)->elements;
    const int every = (int)yd_params_number(s->params, 0, "every", NULL),
              wanted = (int)yd_params_number(s->params, 0, key, NULL);
    double *found = malloc(elements * sizeof *found);
    size_t count = 0;
    for (int image = 0, n = 0; image < s->batch.count; image++) {
        int rows;
        const float *at = yd_candidates_rows(candidates, image, &rows);
        REQUIRE(rows == wanted);
        for (int row = 0; row < rows; row++, n++, at += step)
            for (size_t k = 0; n % every == 0 && k < step && count < elements; k++)
                found[count++] = (double)at[k];
    }
    yd_golden_compare(s->pack, array, found, count, tolerance);
    free(found);
}

static void check(const yd_backend *backend, const char *name)
{
    setting s = open_setting(backend, name);
    yd_candidates *candidates;
    yd_error error;
    const yd_golden_tolerance tolerance = {.floor = 1e-6, .noise_factor = 8};
    need(yd_candidates_create(0, 2, &candidates, &error), &error);
    gather(&s, true, candidates);
    compare(&s, name, "rows", candidates, tolerance);
    gather(&s, false, candidates);
    compare(&s, name, "all", candidates, tolerance);
    yd_candidates_destroy(candidates);
    close_setting(&s);
}

static void two_levels(void)
{
    check(&yd_backend_ref, "modules_parts");
    check(&yd_backend_cpu, "modules_parts");
}

static void three_levels(void)
{
    check(&yd_backend_ref, "modules");
    check(&yd_backend_cpu, "modules");
}

static const yd_test_case cases[] = {
    {"two levels", two_levels},
    {"three levels", three_levels},
};
TEST_MAIN(cases)
