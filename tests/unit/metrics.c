/* Matching, average precision, confusion matrix and rescaling on the specification's examples and on edges.
 */
#include "eval/metrics.h"
#include "base/rng.h"
#include "eval/rescale.h"
#include "support/test.h"
#include <math.h>
#include <string.h>

/* data_and_metrics.md, 25: ten detections, their best IoU with a label of their class, 4 and 5 labels. */
static const float confidences[10] = {.95f, .9f, .85f, .8f, .7f, .6f, .5f, .4f, .3f, .2f};
static const int classes[10] = {0, 1, 0, 0, 1, 0, 1, 0, 0, 1};
static const float overlaps[10] = {.97f, .81f, 0, .66f, .56f, 0, .91f, .52f, 0, 0};

static yd_metrics *make(const yd_metrics_config *config)
{
    yd_metrics *metrics;
    yd_error error;
    REQUIRE(yd_metrics_create(config, &metrics, &error) == YD_OK);
    return metrics;
}

static void add(yd_metrics *metrics, const float *detections, int n, const float *labels, int m)
{
    yd_error error = {0};
    if (yd_metrics_add_image(metrics, detections, n, labels, m, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
}

static void finish(yd_metrics *metrics, yd_metrics_result *result)
{
    yd_error error;
    REQUIRE(yd_metrics_finish(metrics, result, &error) == YD_OK);
}

/* The example as pictures: label i is [100 i, 0, 100 i + 10, 10], its detection covers the share that gives
 * the IoU. */
static void add_example(yd_metrics *metrics)
{
    float detections[10][6], labels[9][5];
    int used[2] = {0, 0}, limit[2] = {4, 5}, m = 0;
    for (int d = 0; d < 10; d++) {
        float left = (float)(1000 + 100 * d), width = 10;
        if (overlaps[d] > 0) {
            left = (float)(100 * m), width = 10 * overlaps[d];
            const float label[5] = {(float)classes[d], left, 0, left + 10, 10};
            memcpy(labels[m++], label, sizeof label);
            used[classes[d]]++;
        }
        const float row[6] = {left, 0, left + width, 10, confidences[d], (float)classes[d]};
        memcpy(detections[d], row, sizeof row);
    }
    for (int c = 0; c < 2; c++)
        for (; used[c] < limit[c]; used[c]++) {
            const float label[5] = {(float)c, (float)(5000 + 100 * m), 0, (float)(5010 + 100 * m), 10};
            memcpy(labels[m++], label, sizeof label);
        }
    add(metrics, detections[0], 10, labels[0], 9);
}

static void published_example(void)
{
    static const struct {
        yd_matching match;
        yd_ap_tail tail;
        double ap50[2], ap[2];
    } forms[] = {{YD_MATCH_PER_CLASS, YD_AP_TAIL_LAST_RECALL, {.56666667, .6025}, {.32916667, .30066667}},
                 {YD_MATCH_ONCE, YD_AP_TAIL_ONE, {.62666667, .74875}, {.39666667, .42341667}},
                 {YD_MATCH_PER_THRESHOLD, YD_AP_TAIL_ONE, {.62666667, .74875}, {.39666667, .42341667}}};
    static const double precision[2] = {.5997998, .91700033}, recall[2] = {.74949951, .6};
    static const double f1[2] = {.66634534, .72537914};
    for (int form = 0; form < 3; form++) {
        yd_metrics *metrics =
            make(&(yd_metrics_config){.nc = 3, .match = forms[form].match, .tail = forms[form].tail});
        yd_metrics_result result;
        add_example(metrics);
        finish(metrics, &result);
        REQUIRE(result.class_count == 2);
        for (int c = 0; c < 2; c++) {
            CHECK_NEAR(result.classes[c].map50, forms[form].ap50[c], 1e-8);
            CHECK_NEAR(result.classes[c].map50_95, forms[form].ap[c], 1e-8);
            CHECK_NEAR(result.classes[c].precision, precision[c], 1e-7);
            CHECK_NEAR(result.classes[c].recall, recall[c], 1e-7);
            CHECK_NEAR(result.classes[c].f1, f1[c], 1e-7);
            CHECK_NEAR(result.maps[c], forms[form].ap[c], 1e-8);
            CHECK(result.classes[c].labels == 4 + c && result.classes[c].images == 1);
        }
        double map = (forms[form].ap[0] + forms[form].ap[1]) / 2;
        CHECK_NEAR(result.map50_95, map, 1e-8);
        CHECK_NEAR(result.maps[2], map, 1e-8); /* no labels of that class */
        CHECK_NEAR(result.fitness, .1 * result.map50 + .9 * map, 1e-8);
        CHECK(result.images == 1 && result.labels == 9);
        yd_metrics_destroy(metrics);
    }
}

/* data_and_metrics.md, 25: recall .2 .4 .4 .6, precision 1 1 .6667 .75 at five labels. */
static void published_curve(void)
{
    static const uint16_t masks[4] = {1, 1, 0, 1};
    yd_ap_point points[16];
    double curve[YD_CURVE_POINTS];
    REQUIRE(yd_ap_point_limit(4, 5) <= 16);
    CHECK_NEAR(yd_average_precision(masks, 4, 0, 5, YD_AP_TAIL_LAST_RECALL, points, NULL), .5525, 1e-9);
    CHECK_NEAR(yd_average_precision(masks, 4, 0, 5, YD_AP_TAIL_ONE, points, curve), .69875, 1e-9);
    CHECK_NEAR(curve[0], 1, 1e-12);
    CHECK_NEAR(curve[YD_CURVE_POINTS - 1], 0, 1e-12);
    CHECK_NEAR(yd_average_precision(masks, 0, 0, 5, YD_AP_TAIL_ONE, points, NULL), .5,
               1e-9); /* from (0, 1) to (1, 0) */
}

/* Two detections on one label, the less confident one the better: it counts at high thresholds only where
 * labels are taken anew. */
static void matching_rules_differ(void)
{
    static const float detections[2][6] = {{0, 0, 6, 10, .9f, 0}, {0, 0, 10, 10, .8f, 0}};
    static const float label[5] = {0, 0, 0, 10, 10};
    uint16_t masks[2], taken[1];
    yd_match(detections[0], 2, label, 1, YD_MATCH_PER_CLASS, 0, taken, masks);
    CHECK(masks[0] == 0x3 && masks[1] == 0); /* 0.6 is not above float32's 0.6 */
    yd_match(detections[0], 2, label, 1, YD_MATCH_ONCE, 0, taken, masks);
    CHECK(masks[0] == 0x7 && masks[1] == 0);
    yd_match(detections[0], 2, label, 1, YD_MATCH_PER_THRESHOLD, 0, taken, masks);
    CHECK(masks[0] == 0x7 && masks[1] == 0x3f8);
}

static void taken_best_label_is_a_miss(void)
{
    /* both prefer the first label; the second label is free, but nobody falls back on it */
    static const float detections[2][6] = {{0, 0, 10, 10, .9f, 0}, {0, 0, 10, 9, .8f, 0}};
    static const float labels[2][5] = {{0, 0, 0, 10, 10}, {0, 0, 0, 10, 6}};
    uint16_t masks[2], taken[2];
    for (int rule = YD_MATCH_PER_CLASS; rule <= YD_MATCH_PER_THRESHOLD; rule++) {
        yd_match(detections[0], 2, labels[0], 2, (yd_matching)rule, 0, taken, masks);
        CHECK(masks[0] == 0x3ff && masks[1] == 0);
    }
    static const float other[1][5] = {{1, 0, 0, 10, 10}};
    yd_match(detections[0], 2, other[0], 1, YD_MATCH_ONCE, 0, taken, masks);
    CHECK(masks[0] == 0 && masks[1] == 0); /* another class */
}

static void thresholds_are_float32(void)
{
    for (int t = 0; t < YD_MATCH_THRESHOLDS; t++) CHECK(yd_match_thresholds[t] == (float)(.5 + .05 * t));
}

/* data_and_metrics.md, 26 */
static void published_confusion(void)
{
    static const float detections[4][6] = {
        {0, 0, 10, 10, .9f, 0}, {1, 1, 11, 11, .8f, 1}, {50, 50, 60, 60, .7f, 1}, {0, 0, 9, 9, .2f, 0}};
    static const float labels[2][5] = {{0, 0, 0, 10, 10}, {1, 100, 100, 110, 110}};
    static const double wanted[9] = {1, 0, 0, 0, 0, 2, 0, 1, 0};
    yd_metrics *metrics = make(&(yd_metrics_config){.nc = 2, .match = YD_MATCH_ONCE, .confusion = true});
    yd_metrics_result result;
    add(metrics, detections[0], 4, labels[0], 2);
    finish(metrics, &result);
    for (int k = 0; k < 9; k++) CHECK(result.confusion[k] == wanted[k]);
    yd_metrics_destroy(metrics);
}

static void confusion_quirks(void)
{
    static const float far[1][6] = {{50, 50, 60, 60, .9f, 1}}, label[1][5] = {{0, 0, 0, 10, 10}};
    for (int counts = 0; counts < 2; counts++) {
        yd_metrics *metrics =
            make(&(yd_metrics_config){.nc = 2, .confusion = true, .confusion_counts_missed = counts});
        yd_metrics_result result;
        add(metrics, far[0], 1, label[0], 1); /* nothing matched: the wrong detection is not counted */
        add(metrics, far[0], 1, NULL, 0);     /* no labels: skipped */
        add(metrics, NULL, 0, label[0], 1);   /* no detections: missed, from v6.2 on */
        finish(metrics, &result);
        for (int k = 0; k < 9; k++) CHECK(result.confusion[k] == (k == 6 ? 1 + counts : 0));
        yd_metrics_destroy(metrics);
    }
}

/* One box that is taken for two classes overlaps its label as much with either. */
static void confusion_of_one_box_twice(void)
{
    static const float detections[2][6] = {{0, 0, 10, 10, .9f, 1}, {0, 0, 10, 10, .8f, 0}},
                       label[1][5] = {{1, 0, 0, 10, 10}};
    static const double wanted[9] = {0, 0, 1, 0, 1, 0, 0, 0, 0};
    yd_metrics *metrics = make(&(yd_metrics_config){.nc = 2, .confusion = true});
    yd_metrics_result result;
    add(metrics, detections[0], 2, label[0], 1);
    finish(metrics, &result);
    for (int k = 0; k < 9; k++) CHECK(result.confusion[k] == wanted[k]);
    yd_metrics_destroy(metrics);
}

static void nothing_found(void)
{
    static const float label[2][5] = {{1, 0, 0, 10, 10}, {1, 20, 0, 30, 10}},
                       wrong[1][6] = {{70, 0, 80, 10, .9f, 1}};
    yd_metrics *metrics = make(&(yd_metrics_config){.nc = 2});
    yd_metrics_result result;
    finish(metrics, &result);
    CHECK(result.images == 0 && result.labels == 0 && result.class_count == 0 && result.fitness == 0);
    add(metrics, NULL, 0, label[0], 2);
    add(metrics, NULL, 0, NULL, 0);
    add(metrics, wrong[0], 1, label[0], 1);
    finish(metrics, &result);
    CHECK(result.images == 3 && result.labels == 3 && result.class_count == 1);
    CHECK(result.classes[0].cls == 1 && result.classes[0].images == 2 && result.classes[0].map50 == 0);
    CHECK(result.precision == 0 && result.recall == 0 && result.map50 == 0 && result.map50_95 == 0);
    CHECK(result.maps[0] == 0 && result.maps[1] == 0);
    yd_metrics_reset(metrics);
    finish(metrics, &result);
    CHECK(result.images == 0 && result.labels == 0);
    yd_metrics_destroy(metrics);
}

static void perfect(void)
{
    yd_metrics *metrics = make(&(yd_metrics_config){.nc = 2,
                                                    .match = YD_MATCH_PER_THRESHOLD,
                                                    .match_eps = 1e-7,
                                                    .tail = YD_AP_TAIL_ONE,
                                                    .f1_smoothing = .1});
    yd_metrics_result result;
    for (int i = 0; i < 20; i++) {
        const float detections[2][6] = {{0, 0, 10, 10, .9f, 0}, {20, 0, 30, 10, .8f, 1}};
        const float labels[2][5] = {{1, 20, 0, 30, 10}, {0, 0, 0, 10, 10}};
        add(metrics, detections[0], 2, labels[0], 2);
    }
    finish(metrics, &result);
    CHECK_NEAR(result.map50, .995, 1e-9); /* the ramp to (1, 0): the trapezoid rule loses half a cell */
    CHECK_NEAR(result.map50_95, .995, 1e-9);
    CHECK_NEAR(result.precision, 1, 1e-9);
    CHECK_NEAR(result.recall, 1, 1e-9);
    yd_metrics_destroy(metrics);
}

static void single_class_folds_all(void)
{
    static const float detection[1][6] = {{0, 0, 10, 10, .9f, 7}}, label[1][5] = {{5, 0, 0, 10, 10}};
    yd_metrics *metrics = make(&(yd_metrics_config){.nc = 1, .single_cls = true, .match = YD_MATCH_ONCE});
    yd_metrics_result result;
    add(metrics, detection[0], 1, label[0], 1);
    finish(metrics, &result);
    CHECK(result.class_count == 1 && result.recall > .99);
    yd_metrics_destroy(metrics);
}

static void bad_rows(void)
{
    static const float good[1][5] = {{0, 0, 0, 10, 10}};
    yd_metrics *metrics =
        make(&(yd_metrics_config){.nc = 2, .match = YD_MATCH_PER_THRESHOLD, .confusion = true});
    yd_metrics_result result;
    yd_error error;
    const float classes_out[3] = {2, -1, NAN};
    for (int i = 0; i < 3; i++) {
        const float detection[6] = {0, 0, 10, 10, .9f, classes_out[i]},
                    label[5] = {classes_out[i], 0, 0, 1, 1};
        CHECK(yd_metrics_add_image(metrics, detection, 1, good[0], 1, &error) == YD_ERR_INTERNAL);
        CHECK(yd_metrics_add_image(metrics, NULL, 0, label, 1, &error) == YD_ERR_INTERNAL);
    }
    /* confidences that are no numbers, boxes without area or that are not finite: left out or unmatched,
     * never a crash */
    const float odd[6][6] = {{0, 0, 10, 10, NAN, 0},   {0, 0, 10, 10, INFINITY, 0},
                             {0, 0, 10, 10, -1, 0},    {5, 5, 5, 5, .9f, 0},
                             {NAN, 0, 10, 10, .8f, 0}, {-INFINITY, 0, INFINITY, 10, .7f, 0}};
    const float flat[2][5] = {{0, 5, 5, 5, 5}, {0, NAN, NAN, NAN, NAN}};
    add(metrics, odd[0], 6, flat[0], 2);
    finish(metrics, &result);
    CHECK(result.images == 1 && result.labels == 2 && result.map50 == 0);
    yd_metrics_destroy(metrics);
    CHECK(yd_metrics_create(&(yd_metrics_config){.nc = 0}, &metrics, &error) == YD_ERR_UNSUPPORTED);
    CHECK(yd_metrics_create(&(yd_metrics_config){.nc = 70000}, &metrics, &error) == YD_ERR_UNSUPPORTED);
}

/* Order of pictures, and finishing in between, change nothing. */
static void order_of_images_does_not_matter(void)
{
    double first = 0;
    for (int pass = 0; pass < 2; pass++) {
        yd_metrics *metrics =
            make(&(yd_metrics_config){.nc = 3, .match = YD_MATCH_PER_THRESHOLD, .tail = YD_AP_TAIL_ONE});
        yd_metrics_result result;
        for (int i = 0; i < 200; i++) {
            yd_rng rng = yd_rng_make(5, 0, (uint32_t)(pass ? 199 - i : i), 0);
            float labels[4][5], detections[6][6];
            for (int k = 0; k < 4; k++) {
                const float x = (float)(40 * k), w = (float)yd_rng_between(&rng, 10, 30);
                const float label[5] = {(float)yd_rng_below(&rng, 3), x, 0, x + w, 20};
                memcpy(labels[k], label, sizeof label);
            }
            for (int k = 0; k < 6; k++) {
                const float *label = labels[k % 4], shift = (float)yd_rng_between(&rng, -6, 6);
                const float row[6] = {label[1] + shift,
                                      0,
                                      label[3] + shift,
                                      20,
                                      (float)yd_rng_uniform(&rng),
                                      yd_rng_uniform(&rng) < .8 ? label[0] : (float)yd_rng_below(&rng, 3)};
                memcpy(detections[k], row, sizeof row);
            }
            add(metrics, detections[0], 6, labels[0], 4);
            if (i == 50) finish(metrics, &result);
        }
        finish(metrics, &result);
        CHECK(result.map50 > .2 && result.map50 < .99);
        if (pass) CHECK_NEAR(result.map50_95, first, 1e-12);
        first = result.map50_95;
        yd_metrics_destroy(metrics);
    }
}

static void back_to_native_pixels(void)
{
    const yd_fit fit = {.native_width = 200,
                        .native_height = 150,
                        .ratio_width = .65,
                        .ratio_height = .64,
                        .pad_x = 16.5,
                        .pad_y = 32};
    float boxes[2][6] = {{16.5f, 32, 144.5f, 128, .5f, 1}, {-50, -50, 900, 900, .4f, 2}};
    yd_rescale_boxes(&fit, boxes[0], 2, 6);
    CHECK(boxes[0][0] == 0 && boxes[0][1] == 0);
    CHECK_NEAR((double)boxes[0][2], 128 / .64, 1e-4);
    CHECK_NEAR((double)boxes[0][3], 96 / .64, 1e-4); /* the height's ratio on both axes */
    CHECK(boxes[1][0] == 0 && boxes[1][1] == 0 && boxes[1][2] == 200 && boxes[1][3] == 150);
    CHECK(boxes[0][4] == .5f && boxes[0][5] == 1);

    static const float targets[3][6] = {
        {0, 4, .5f, .5f, .2f, .2f}, {1, 3, .5f, .5f, .25f, .5f}, {1, 1, .1f, .2f, .05f, .1f}};
    float labels[3][5];
    const yd_fit same = {.native_width = 160, .native_height = 80, .ratio_width = 1, .ratio_height = 1};
    REQUIRE(yd_rescale_labels(&same, targets[0], 3, 1, 80, 160, labels[0]) == 2);
    static const float wanted[2][5] = {{3, 60, 20, 100, 60}, {1, 12, 12, 20, 20}};
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 5; k++) CHECK_NEAR((double)labels[i][k], (double)wanted[i][k], 1e-5);
    CHECK(yd_rescale_labels(&same, targets[0], 3, 7, 80, 160, labels[0]) == 0);
}

static const yd_test_case cases[] = {
    {"published example", published_example},
    {"published curve", published_curve},
    {"matching rules differ", matching_rules_differ},
    {"a taken best label is a miss", taken_best_label_is_a_miss},
    {"thresholds are float32", thresholds_are_float32},
    {"published confusion", published_confusion},
    {"confusion quirks", confusion_quirks},
    {"confusion of one box twice", confusion_of_one_box_twice},
    {"nothing found", nothing_found},
    {"perfect", perfect},
    {"single class folds all", single_class_folds_all},
    {"bad rows", bad_rows},
    {"order of images does not matter", order_of_images_does_not_matter},
    {"back to native pixels", back_to_native_pixels},
};
TEST_MAIN(cases)
