/* Gradients of the loss against central differences, in double. Box logits move the objectness targets too,
 * and alpha is held constant in their gradient, so that only objectness and class logits can be met this way;
 * the packs of tests/golden check the boxes. */
#include "train/loss.h"
#include "base/rng.h"
#include "support/heads.h"
#include "support/test.h"
#include <math.h>
#include <string.h>

enum {
    NC = 3,
    NO = NC + 5,
    SIDE = 4,
    BATCH = 2,
    NA = 2,
    ELEMENTS = BATCH * NA * SIDE * SIDE * NO,
    TARGETS = 5
};

static void check(double gamma, double smoothing, double cls_pw, double obj_pw)
{
    static double data[ELEMENTS], gradient[ELEMENTS];
    yd_head head = yd_test_plain_head((yd_head){.data = data,
                                                .gradient = gradient,
                                                .b = BATCH,
                                                .na = NA,
                                                .h = SIDE,
                                                .w = SIDE,
                                                .no = NO,
                                                .dtype = YD_F64,
                                                .stride = 8});
    const yd_loss_config config = {.nc = NC,
                                   .nl = 1,
                                   .na = NA,
                                   .anchors = {{{1, 1}, {2, 1.5}}},
                                   .box = .05,
                                   .obj = .7,
                                   .cls = .3,
                                   .cls_pw = cls_pw,
                                   .obj_pw = obj_pw,
                                   .anchor_t = 4,
                                   .fl_gamma = gamma,
                                   .label_smoothing = smoothing,
                                   .balance = {1}};
    yd_rng rng = yd_rng_make(11, 0, 0, 0);
    float targets[TARGETS][6];
    for (int t = 0; t < TARGETS; t++) {
        targets[t][0] = (float)yd_rng_below(&rng, BATCH), targets[t][1] = (float)yd_rng_below(&rng, NC);
        for (int k = 2; k < 4; k++) targets[t][k] = (float)yd_rng_uniform(&rng);
        for (int k = 4; k < 6; k++) targets[t][k] = (float)yd_rng_between(&rng, .1, .6);
    }
    for (int k = 0; k < ELEMENTS; k++) data[k] = yd_rng_normal(&rng);
    yd_loss *loss;
    yd_loss_items items, low, high;
    yd_error error;
    REQUIRE(yd_loss_create(&config, &loss, &error) == YD_OK);
    REQUIRE(yd_loss_compute(loss, &head, targets[0], TARGETS, &items, &error) == YD_OK);
    REQUIRE(items.cls > 0);
    head.gradient = NULL;
    for (int k = 0; k < ELEMENTS; k++) {
        if (k % NO < 4) continue;
        double kept = data[k], step = 1e-5;
        data[k] = kept - step;
        REQUIRE(yd_loss_compute(loss, &head, targets[0], TARGETS, &low, &error) == YD_OK);
        data[k] = kept + step;
        REQUIRE(yd_loss_compute(loss, &head, targets[0], TARGETS, &high, &error) == YD_OK);
        data[k] = kept;
        CHECK_NEAR(gradient[k], (high.total - low.total) / (2 * step), 1e-9);
    }
    yd_loss_destroy(loss);
}

static void plain(void)
{
    check(0, 0, 1, 1);
}

static void weighted_and_smoothed(void)
{
    check(0, .1, 1.7, .6);
}

static void focal(void)
{
    check(1.5, 0, 1, 1);
    check(.5, .1, .7, 1.3);
}

static const yd_test_case cases[] = {
    {"plain", plain}, {"weighted and smoothed", weighted_and_smoothed}, {"focal", focal}};
TEST_MAIN(cases)
