/* How well anchors fit labels, clusters of sizes, genetic refinement, and anchors on their way into a model
 * and back. */
#include "train/anchors.h"
#include "backend/ref/ref.h"
#include "base/rng.h"
#include "model/model.h"
#include "support/models.h"
#include "support/test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 5000 };

typedef struct label_store {
    float width[MANY], height[MANY];
    yd_label_sizes sizes;
} label_store;

static void use(label_store *s, size_t count, int threads)
{
    s->sizes = (yd_label_sizes){s->width, s->height, count, threads};
}

/* Log-uniform sizes of all shapes. */
static void fill(label_store *s, size_t count, int threads)
{
    yd_rng rng = yd_rng_make(5, 0, 0, 1);
    for (size_t i = 0; i < count; i++) {
        s->width[i] = (float)exp(yd_rng_between(&rng, log(2), log(600)));
        s->height[i] = (float)exp(yd_rng_between(&rng, log(2), log(600)));
    }
    use(s, count, threads);
}

static void test_judged_by_hand(void)
{
    static label_store s;
    const float anchors[2][2] = {{10, 10}, {20, 40}};
    memcpy(s.width, (float[]){10, 40, 20, 300}, 4 * sizeof(float));
    memcpy(s.height, (float[]){10, 10, 20, 300}, 4 * sizeof(float));
    use(&s, 4, 1);
    /* ratios: 1 and 0.25; 0.25 (not beyond a quarter) and 0.25; 0.5 and 0.5; none */
    yd_anchor_fit fit = yd_anchors_judge(&s.sizes, anchors, 2, 4);
    CHECK(fit.recall == 0.5 && fit.per_target == 0.75 && fit.fitness == (1 + 0.5) / 4);
    fit = yd_anchors_judge(&s.sizes, anchors, 1, 4.1);
    CHECK(fit.recall == 0.75 && fit.per_target == 0.75);
    CHECK_NEAR(fit.fitness, (1 + 0.25 + 0.5) / 4, 1e-7);
    const float placeholder[1][2] = {{0, 1}};
    fit = yd_anchors_judge(&s.sizes, placeholder, 1, 4);
    CHECK(fit.recall == 0 && fit.per_target == 0 && fit.fitness == 0);
    use(&s, 0, 1);
    CHECK(yd_anchors_judge(&s.sizes, anchors, 2, 4).recall == 0);
}

/* Many labels, in pieces: as computed one by one, and the same bits for any number of threads. */
static void test_judged_in_pieces(void)
{
    static label_store s;
    const float anchors[3][2] = {{16, 30}, {62, 45}, {156, 198}};
    fill(&s, MANY, 1);
    double matched = 0, hits = 0, fitness = 0;
    for (int i = 0; i < MANY; i++) {
        double best = 0;
        for (int a = 0; a < 3; a++) {
            const double rw = (double)(s.width[i] / anchors[a][0]),
                         rh = (double)(s.height[i] / anchors[a][1]),
                         ratio = fmin(fmin(rw, 1 / rw), fmin(rh, 1 / rh));
            hits += ratio > 0.25;
            best = fmax(best, ratio);
        }
        if (best > 0.25) matched++, fitness += best;
    }
    const yd_anchor_fit alone = yd_anchors_judge(&s.sizes, anchors, 3, 4);
    CHECK_NEAR(alone.recall, matched / MANY, 1e-9);
    CHECK_NEAR(alone.per_target, hits / MANY, 1e-9);
    CHECK_NEAR(alone.fitness, fitness / MANY, 1e-7);
    use(&s, MANY, 3);
    const yd_anchor_fit shared = yd_anchors_judge(&s.sizes, anchors, 3, 4);
    CHECK(memcmp(&alone, &shared, sizeof alone) == 0);
}

static void test_clusters(void)
{
    static label_store s;
    static const float centres[3][2] = {{10, 20}, {100, 30}, {50, 200}}; /* by area */
    yd_error error;
    float anchors[3][2], again[3][2];
    bool found;
    yd_rng rng = yd_rng_make(6, 0, 0, 1);
    double means[3][2] = {{0}};
    for (int i = 0; i < 3000; i++) {
        s.width[i] = centres[i % 3][0] + (float)yd_rng_between(&rng, -2, 2);
        s.height[i] = centres[i % 3][1] + (float)yd_rng_between(&rng, -2, 2);
        means[i % 3][0] += (double)s.width[i] / 1000, means[i % 3][1] += (double)s.height[i] / 1000;
    }
    use(&s, 3000, 1);
    REQUIRE(yd_anchors_cluster(&s.sizes, 3, 0, anchors, &found, &error) == YD_OK && found);
    for (int k = 0; k < 3; k++)
        for (int side = 0; side < 2; side++) CHECK_NEAR((double)anchors[k][side], means[k][side], 1e-4);
    use(&s, 3000, 3);
    REQUIRE(yd_anchors_cluster(&s.sizes, 3, 0, again, &found, &error) == YD_OK && found);
    CHECK(memcmp(anchors, again, sizeof anchors) == 0);
}

/* More clusters than labels, or than different labels. */
static void test_no_clusters(void)
{
    static label_store s;
    yd_error error;
    float anchors[9][2];
    bool found = true;
    for (int i = 0; i < 20; i++) s.width[i] = 10, s.height[i] = 20;
    use(&s, 8, 1);
    REQUIRE(yd_anchors_cluster(&s.sizes, 9, 0, anchors, &found, &error) == YD_OK);
    CHECK(!found);
    use(&s, 20, 1);
    found = true;
    REQUIRE(yd_anchors_cluster(&s.sizes, 9, 0, anchors, &found, &error) == YD_OK);
    CHECK(!found);
    use(&s, 0, 1);
    REQUIRE(yd_anchors_cluster(&s.sizes, 9, 0, anchors, &found, &error) == YD_OK);
    CHECK(!found);
}

static void test_drawn(void)
{
    float anchors[9][2], others[9][2];
    yd_anchors_draw(640, 9, 0, anchors);
    const float *side = &anchors[0][0];
    for (int i = 0; i < 18; i++) CHECK(side[i] >= 0 && side[i] < 640 && (i == 0 || side[i] >= side[i - 1]));
    yd_anchors_draw(640, 9, 1, others);
    CHECK(memcmp(anchors, others, sizeof anchors) != 0);
}

static void test_evolved(void)
{
    static label_store s;
    float start[9][2], anchors[9][2], again[9][2], other[9][2];
    fill(&s, 2000, 1);
    yd_anchors_draw(640, 9, 0, start);
    memcpy(anchors, start, sizeof start);
    memcpy(again, start, sizeof start);
    memcpy(other, start, sizeof start);
    const double before = yd_anchors_judge(&s.sizes, (const float(*)[2])start, 9, 4).fitness;
    yd_anchors_evolve(&s.sizes, 4, 200, 7, anchors, 9);
    const double after = yd_anchors_judge(&s.sizes, (const float(*)[2])anchors, 9, 4).fitness;
    CHECK(after > before + 0.01);
    for (int i = 0; i < 9; i++) {
        CHECK(anchors[i][0] >= 2 && anchors[i][1] >= 2);
        CHECK(i == 0 || anchors[i][0] * anchors[i][1] >= anchors[i - 1][0] * anchors[i - 1][1]);
    }
    use(&s, 2000, 2);
    yd_anchors_evolve(&s.sizes, 4, 200, 7, again, 9);
    CHECK(memcmp(anchors, again, sizeof anchors) == 0);
    yd_anchors_evolve(&s.sizes, 4, 200, 8, other, 9);
    CHECK(memcmp(anchors, other, sizeof anchors) != 0);
}

static void check_entries(const yd_model *model, const yd_param_set *set, const float (*wanted)[2])
{
    double grid[18], pixels[18];
    yd_param_read(model, set, model->anchors_param, grid);
    if (model->focus_generation) yd_param_read(model, set, model->anchors_param + 1, pixels);
    for (int i = 0; i < 18; i++) {
        const float stride = model->stride[i / 6], value = wanted[i / 2][i % 2];
        CHECK(grid[i] == (double)(value / stride));
        if (model->focus_generation) CHECK(pixels[i] == (double)value);
    }
}

/* Into a model, from there into its entries, and from those into a model. */
static void check_model(const char *name)
{
    yd_test_model test = yd_test_model_shipped(&yd_backend_ref, name, 2);
    yd_param_set set;
    yd_error error;
    float anchors[9][2], turned[9][2];
    for (int i = 0; i < 9; i++) {
        anchors[i][0] = (float)(4 << i), anchors[i][1] = (float)(3 << i);
        turned[(2 - i / 3) * 3 + i % 3][0] = anchors[i][0],
                                     turned[(2 - i / 3) * 3 + i % 3][1] = anchors[i][1];
    }
    REQUIRE(yd_param_set_create(test.model, YD_SET_VALUES, &set, &error) == YD_OK);
    yd_model_set_anchors(test.model,
                         (const float(*)[2])turned); /* the largest on the least stride: turned round */
    CHECK(memcmp(test.model->anchors_pixels[0][0], anchors[0], sizeof anchors[0]) == 0);
    CHECK(memcmp(test.model->anchors_pixels[2][2], anchors[8], sizeof anchors[0]) == 0);
    yd_model_write_anchors(test.model, &set);
    check_entries(test.model, &set, (const float(*)[2])anchors);
    memset(test.model->anchors_pixels, 0, sizeof test.model->anchors_pixels);
    yd_model_read_anchors(test.model, &set);
    for (int i = 0; i < 9; i++)
        CHECK(memcmp(test.model->anchors_pixels[i / 3][i % 3], anchors[i], sizeof anchors[0]) == 0);
    yd_param_set_destroy(test.model, &set);
    yd_test_model_close(&test);
}

static void test_model(void)
{
    check_model("yolov5n");
    check_model("v5.0/yolov5s");
}

static const yd_test_case cases[] = {
    {"judged by hand", test_judged_by_hand},
    {"judged in pieces", test_judged_in_pieces},
    {"clusters", test_clusters},
    {"labels that do not cluster", test_no_clusters},
    {"drawn at random", test_drawn},
    {"evolved", test_evolved},
    {"into a model and back", test_model},
};
TEST_MAIN(cases)
