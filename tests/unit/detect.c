/* Detections of a batch on several threads against NMS image by image. */
#include "eval/detect.h"
#include "base/rng.h"
#include "support/heads.h"
#include "support/test.h"
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 23, NA = 3, SIDE = 12, NC = 20, NO = NC + 5, MOST = 40 };

static const float anchors[1][5][2] = {{{30, 61}, {62, 45}, {59, 119}}};
static const yd_nms_config config = {
    .conf = .001, .iou = .6, .multi_label = true, .max_det = MOST, .max_wh = 7680};

static float *make_logits(void)
{
    size_t count = (size_t)IMAGES * NA * SIDE * SIDE * NO;
    float *logits = malloc(count * sizeof *logits);
    REQUIRE(logits);
    yd_rng rng = yd_rng_make(5, 0, 0, 0);
    for (size_t i = 0; i < count; i++) /* few, some and many candidates */
        logits[i] = (float)(3 * yd_rng_normal(&rng) - (i % NO == 4 ? (double)(i * IMAGES / count) - 2 : 0));
    return logits;
}

static void equals_one_by_one(void)
{
    float *logits = make_logits();
    const yd_head head = yd_test_plain_head((yd_head){.data = logits,
                                                      .b = IMAGES,
                                                      .na = NA,
                                                      .h = SIDE,
                                                      .w = SIDE,
                                                      .no = NO,
                                                      .dtype = YD_F32,
                                                      .stride = 16});
    const yd_decoder decoder = {.heads = &head, .nl = 1, .anchors = anchors};
    static float wanted[IMAGES][MOST][6], out[IMAGES * MOST][6];
    int counts[IMAGES], found[IMAGES], total = 0;
    yd_error error;
    yd_nms *nms;
    REQUIRE(yd_nms_create(&config, &nms, &error) == YD_OK);
    for (int i = 0; i < IMAGES; i++) {
        const float *rows;
        REQUIRE(yd_nms_heads(nms, &decoder, i, &rows, &counts[i], &error) == YD_OK);
        memcpy(wanted[i], rows, (size_t)counts[i] * sizeof wanted[i][0]);
        total += counts[i];
    }
    yd_nms_destroy(nms);
    CHECK(total > IMAGES);
    for (int threads = 1; threads <= 5; threads += 2) {
        yd_detector *detector;
        REQUIRE(yd_detector_create(&config, threads, &detector, &error) == YD_OK);
        REQUIRE(yd_detector_run(detector, &decoder, IMAGES, out, found, &error) == YD_OK);
        for (int i = 0; i < IMAGES; i++) {
            REQUIRE(found[i] == counts[i]);
            CHECK(memcmp(out[i * MOST], wanted[i], (size_t)found[i] * sizeof out[0]) == 0);
        }
        yd_detector_destroy(detector);
    }
    free(logits);
}

static void wrong_settings_and_sizes(void)
{
    yd_detector *detector;
    yd_error error;
    yd_nms_config bad = config;
    bad.conf = -1;
    CHECK(yd_detector_create(&bad, 2, &detector, &error) == YD_ERR_CONFIG && detector == NULL);
    float out[MOST][6];
    int found;
    const yd_head huge = yd_test_plain_head(
        (yd_head){.b = 1, .na = 3, .h = 20000, .w = 20000, .no = NO, .dtype = YD_F32, .stride = 16});
    const yd_decoder decoder = {.heads = &huge, .nl = 1, .anchors = anchors};
    REQUIRE(yd_detector_create(&config, 2, &detector, &error) == YD_OK);
    CHECK(yd_detector_run(detector, &decoder, 1, out, &found, &error) == YD_ERR_UNSUPPORTED);
    yd_detector_destroy(detector);
}

static const yd_test_case cases[] = {
    {"equals one by one", equals_one_by_one},
    {"wrong settings and sizes", wrong_settings_and_sizes},
};
TEST_MAIN(cases)
