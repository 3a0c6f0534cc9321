/* NMS: rules one by one, both ways in, bad input. The packs of tests/golden compare it with torchvision. */
#include "eval/nms.h"
#include "base/rng.h"
#include "eval/sort.h"
#include "support/heads.h"
#include "support/test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const yd_nms_config plain = {.conf = .1, .iou = .5, .max_wh = 7680};

static int run(const yd_nms_config *config, const float *rows, int count, int nc, float (*out)[6])
{
    yd_nms *nms;
    yd_error error;
    const float *found;
    int kept;
    REQUIRE(yd_nms_create(config, &nms, &error) == YD_OK);
    REQUIRE(yd_nms_rows(nms, rows, count, nc, &found, &kept, &error) == YD_OK);
    if (kept) memcpy(out, found, (size_t)kept * sizeof *out);
    yd_nms_destroy(nms);
    return kept;
}

static void suppresses_within_a_class(void)
{
    static const float rows[4][7] = {{50, 50, 20, 20, 1, .5f, .1f},
                                     {51, 50, 20, 20, 1, .9f, .1f},
                                     {50, 51, 20, 20, 1, .1f, .8f},
                                     {90, 50, 20, 20, .9f, .7f, 0}};
    float out[4][6];
    REQUIRE(run(&plain, rows[0], 4, 2, out) == 3);
    CHECK(out[0][4] == .9f && out[0][5] == 0 && out[0][0] == 41 && out[0][2] == 61);
    CHECK(out[1][4] == .8f && out[1][5] == 1 && out[1][1] == 41 && out[1][3] == 61);
    CHECK(out[2][4] == .9f * .7f);
    yd_nms_config agnostic = plain;
    agnostic.agnostic = true;
    REQUIRE(run(&agnostic, rows[0], 4, 2, out) == 2);
    CHECK(out[0][4] == .9f && out[1][4] == .9f * .7f);
    const bool second_only[2] = {false, true};
    yd_nms_config filtered = plain;
    filtered.classes = second_only;
    REQUIRE(run(&filtered, rows[0], 4, 2, out) == 1);
    CHECK(out[0][5] == 1);
}

static void multi_label_needs_two_classes(void)
{
    static const float rows[2][7] = {{50, 50, 20, 20, 1, .5f, .4f}, {90, 50, 20, 20, .05f, 1, 1}};
    static const float single[1][6] = {{50, 50, 20, 20, .5f, .9f}};
    yd_nms_config config = plain;
    float out[4][6];
    config.multi_label = true;
    REQUIRE(run(&config, rows[0], 2, 2, out) == 2);
    CHECK(out[0][5] == 0 && out[0][4] == .5f && out[1][5] == 1 && out[1][4] == .4f);
    REQUIRE(run(&config, single[0], 1, 1, out) == 1);
    CHECK(out[0][4] == .5f * .9f);
}

/* Thresholds are strict, in float32: a score of exactly conf is out, an overlap of exactly iou stays. */
static void thresholds_are_strict(void)
{
    static const float score[2][6] = {{10, 10, 4, 4, .25f, 1}, {90, 10, 4, 4, .26f, 1}};
    static const float half[2][6] = {{10, 10, 20, 30, .9f, 1}, {10, 15, 20, 20, .8f, 1}}; /* IoU 2/3 */
    yd_nms_config config = plain;
    float out[2][6];
    config.conf = .25;
    REQUIRE(run(&config, score[0], 2, 1, out) == 1);
    CHECK(out[0][4] == .26f);
    config.iou = .67;
    CHECK(run(&config, half[0], 2, 1, out) == 2);
    config.iou = .66;
    CHECK(run(&config, half[0], 2, 1, out) == 1);
}

static void ties_keep_their_order(void)
{
    float rows[100][6], out[100][6];
    for (int i = 0; i < 100; i++) {
        const float row[6] = {(float)(20 * i + 10), 10, 8, 8, .5f, i % 3 ? 1 : .8f};
        memcpy(rows[i], row, sizeof row);
    }
    REQUIRE(run(&plain, rows[0], 100, 1, out) == 100);
    for (int i = 1; i < 100; i++) CHECK(out[i - 1][4] > out[i][4] || out[i - 1][0] < out[i][0]);
}

static void limits(void)
{
    float rows[50][6], out[50][6];
    for (int i = 0; i < 50; i++) {
        const float row[6] = {(float)(20 * (i / 2) + 10), 10, 8, 8, .5f + .004f * (float)(i * 17 % 50), 1};
        memcpy(rows[i], row, sizeof row);
    }
    yd_nms_config config = plain;
    REQUIRE(run(&config, rows[0], 50, 1, out) == 25);
    float top[3][6];
    config.max_det = 3;
    REQUIRE(run(&config, rows[0], 50, 1, top) == 3);
    CHECK(memcmp(top, out, sizeof top) == 0);
    /* only the two most confident candidates enter: more of them than the buffer of 4 * max_nms holds come by
     */
    config.max_det = 0, config.max_nms = 2;
    REQUIRE(run(&config, rows[0], 50, 1, top) == 2);
    CHECK(memcmp(top, out, 2 * sizeof *top) == 0);
}

static void rows_that_are_not_finite_are_dropped(void)
{
    static const float good[7] = {50, 50, 20, 20, .9f, .5f, .6f};
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int multi = 0; multi < 2; multi++)
        for (int column = 0; column < 7; column++)
            for (int b = 0; b < 3; b++) {
                float rows[2][7], out[4][6];
                yd_nms_config config = plain;
                config.multi_label = multi, config.iou = 1;
                memcpy(rows[0], good, sizeof good), memcpy(rows[1], good, sizeof good);
                rows[0][column] = bad[b];
                int kept = run(&config, rows[0], 2, 2, out);
                for (int i = 0; i < kept; i++)
                    for (int k = 0; k < 6; k++) CHECK(isfinite(out[i][k]));
                CHECK(kept >= 1 + multi);
            }
    float none[1][6];
    CHECK(run(&plain, NULL, 0, 3, none) == 0);
}

static void boxes_without_area(void)
{
    static const float rows[4][6] = {{50, 50, 0, 0, .9f, 1},
                                     {50, 50, 0, 0, .8f, 1},
                                     {50, 50, -4, -4, .7f, 1},
                                     {50, 50, 1e30f, 1e30f, .6f, 1}};
    float out[4][6];
    CHECK(run(&plain, rows[0], 4, 1, out) >= 2);
    yd_nms_config config = plain;
    config.min_wh = 2;
    CHECK(run(&config, rows[0], 4, 1, out) == 0);
}

/* Boxes wider than the offset between classes do meet, as they do in the reference. */
static void giant_boxes_reach_other_classes(void)
{
    static const float rows[2][7] = {{0, 0, 9000, 9000, .9f, 1, 0}, {100, 100, 9000, 9000, .8f, 0, 1}};
    yd_nms_config config = plain;
    float out[2][6];
    config.max_wh = 100, config.iou = .9;
    CHECK(run(&config, rows[0], 2, 2, out) == 1);
    config.max_wh = 20000;
    CHECK(run(&config, rows[0], 2, 2, out) == 2);
}

/* Random heads with everything in them: decoding first or not gives the same bits. */
static void check_heads(int nc)
{
    enum { SIDE = 16, IMAGES = 2, NA = 3, ROWS = NA * (SIDE * SIDE + SIDE * SIDE / 4), MOST_NO = 50 };
    static const float anchors[2][5][2] = {{{10, 13}, {16, 30}, {33, 23}}, {{30, 61}, {62, 45}, {59, 119}}};
    static float raw[2][IMAGES * NA * SIDE * SIDE * MOST_NO], rows[IMAGES * ROWS * MOST_NO];
    size_t no = (size_t)nc + 5;
    yd_rng rng = yd_rng_make(7, 0, (uint32_t)nc, 0);
    for (int level = 0; level < 2; level++)
        for (size_t k = 0; k < sizeof raw[0] / sizeof(float); k++)
            raw[level][k] = (float)(4 * yd_rng_normal(&rng) - (k % no == 4 ? 3 : 0));
    raw[0][4] = NAN, raw[0][no] = NAN, raw[0][2 * no + 7] = NAN, raw[0][3 * no + 4] = INFINITY;
    yd_head heads[2];
    for (int level = 0; level < 2; level++)
        heads[level] = yd_test_plain_head((yd_head){.data = raw[level],
                                                    .b = IMAGES,
                                                    .na = NA,
                                                    .h = SIDE >> level,
                                                    .w = SIDE >> level,
                                                    .no = (int)no,
                                                    .dtype = YD_F32,
                                                    .stride = 8 << level});
    const yd_decoder decoder = {heads, 2, anchors};
    const yd_head blocked[2] = {yd_test_blocked_head(&heads[0], 16, YD_F32),
                                yd_test_blocked_head(&heads[1], 16, YD_F32)};
    const yd_decoder from_blocks = {blocked, 2, anchors};
    yd_decode(&decoder, rows);
    static const double thresholds[] = {0, .001, .1, .25, .6, .999};
    for (int pass = 0; pass < 12; pass++) {
        yd_nms_config config = {
            .conf = thresholds[pass / 2], .iou = .6, .multi_label = pass % 2, .max_wh = 7680};
        config.max_nms = pass == 3 ? 100 : 0;
        yd_nms *nms;
        yd_error error;
        REQUIRE(yd_nms_create(&config, &nms, &error) == YD_OK);
        for (int image = 0; image < IMAGES; image++) {
            const float *found, *from = rows + (size_t)image * ROWS * no;
            float kept[300][6];
            int count, again;
            REQUIRE(yd_nms_rows(nms, from, ROWS, nc, &found, &count, &error) == YD_OK);
            if (count) memcpy(kept, found, (size_t)count * sizeof *kept);
            REQUIRE(yd_nms_heads(nms, &decoder, image, &found, &again, &error) == YD_OK);
            REQUIRE(again == count);
            CHECK(count == 0 || memcmp(kept, found, (size_t)count * sizeof *kept) == 0);
            REQUIRE(yd_nms_heads(nms, &from_blocks, image, &found, &again, &error) == YD_OK);
            REQUIRE(again == count);
            CHECK(count == 0 || memcmp(kept, found, (size_t)count * sizeof *kept) == 0);
            CHECK(count > 0 || pass >= 10);
        }
        yd_nms_destroy(nms);
    }
    for (int level = 0; level < 2; level++) free(blocked[level].data), free(blocked[level].gradient);
}

static void heads_equal_decoded_rows(void)
{
    static const int classes[] = {1, 5, 16, 17, 45}; /* around whole blocks of them */
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) check_heads(classes[i]);
}

static void sort_is_stable(void)
{
    enum { COUNT = 5000 };
    static yd_scored items[COUNT], scratch[COUNT];
    static const size_t sizes[] = {0, 1, 2, 63, 64, 65, COUNT};
    yd_rng rng = yd_rng_make(3, 0, 0, 0);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (uint32_t i = 0; i < sizes[s]; i++) {
            float score = (float)yd_rng_below(&rng, 500) / 499;
            items[i] = (yd_scored){.score = i % 7 ? score : score * 1e-20f, .index = i};
        }
        yd_sort_scores(items, scratch, sizes[s]);
        for (size_t i = 1; i < sizes[s]; i++)
            CHECK(items[i - 1].score > items[i].score ||
                  (items[i - 1].score == items[i].score && items[i - 1].index < items[i].index));
    }
}

static void wrong_settings_are_refused(void)
{
    static const yd_nms_config bad[] = {{.conf = -.1},          {.conf = NAN},   {.iou = 1.1},
                                        {.max_wh = -1},         {.max_det = -1}, {.max_nms = -5},
                                        {.max_nms = 2000000000}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        yd_nms *nms;
        yd_error error;
        CHECK(yd_nms_create(&bad[i], &nms, &error) == YD_ERR_CONFIG && nms == NULL);
    }
    yd_nms *nms;
    yd_error error;
    const float *found;
    int count;
    REQUIRE(yd_nms_create(&plain, &nms, &error) == YD_OK);
    CHECK(yd_nms_rows(nms, NULL, 2000000000, 80, &found, &count, &error) == YD_ERR_UNSUPPORTED);
    yd_nms_destroy(nms);
}

static const yd_test_case cases[] = {
    {"suppresses within a class", suppresses_within_a_class},
    {"multi-label needs two classes", multi_label_needs_two_classes},
    {"thresholds are strict", thresholds_are_strict},
    {"ties keep their order", ties_keep_their_order},
    {"limits", limits},
    {"rows that are not finite are dropped", rows_that_are_not_finite_are_dropped},
    {"boxes without area", boxes_without_area},
    {"giant boxes reach other classes", giant_boxes_reach_other_classes},
    {"heads equal decoded rows", heads_equal_decoded_rows},
    {"sort is stable", sort_is_stable},
    {"wrong settings are refused", wrong_settings_are_refused},
};
TEST_MAIN(cases)
