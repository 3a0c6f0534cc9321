/* Augmentations: boxes and polygons go where the pixels go. What is drawn: augment_statistics.c. */
#include "data/copy_paste.h"
#include "data/mixup.h"
#include "data/sample.h"
#include "image/draw.h"
#include "support/test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWS = 20000 };

static yd_rng stream(int i, uint32_t purpose)
{
    return yd_rng_make(42, 0, (uint32_t)i, purpose);
}

static void nothing_to_draw(void)
{
    const yd_augment a = {.hsv_v = .4}, none = {0};
    yd_rng rng = stream(0, YD_DRAW_HSV), flip = stream(0, YD_DRAW_FLIP);
    CHECK(yd_hsv_draw(&a, &rng).used && !yd_hsv_draw(&none, &rng).used);
    yd_flip_draws f = yd_flip_draw(&none, &flip);
    CHECK(!f.vertical && !f.horizontal);
}

/* Whole samples: the settings decide how often; another setting leaves the other draws as they are. */
static void sample_draws(void)
{
    yd_dataset set = {.count = 50, .options = {.image_size = 64, .rules = yd_data_rules_v7}};
    yd_augment a = {.mosaic = .75, .mixup = .4, .scale = .5, .degrees = 5, .fliplr = .5, .hsv_v = .1}, b = a;
    b.degrees = 0, b.mixup = 0;
    int mosaics = 0, mixups = 0;
    for (int i = 0; i < DRAWS / 4; i++) {
        yd_sample_key key = {1, 2, i};
        yd_sample_draws x = yd_sample_draw(&a, key, &set, 3, NULL, true),
                        y = yd_sample_draw(&b, key, &set, 3, NULL, true);
        mosaics += x.mosaic, mixups += x.mixup;
        CHECK(x.mosaic == y.mosaic && !y.mixup && x.flip.horizontal == y.flip.horizontal &&
              x.hsv.value == y.hsv.value);
        CHECK(x.views[0].perspective.scale == y.views[0].perspective.scale &&
              y.views[0].perspective.angle == 0);
        CHECK(x.views[0].mosaic.x == y.views[0].mosaic.x);
        CHECK(!yd_sample_draw(&a, key, &set, 3, NULL, false).mosaic);
        key.epoch = 3;
        y = yd_sample_draw(&a, key, &set, 3, NULL, true);
        CHECK(x.views[0].perspective.scale != y.views[0].perspective.scale);
    }
    double n = DRAWS / 4.0;
    CHECK_NEAR(mosaics, n * .75, 5 * sqrt(n * .75 * .25));
    CHECK_NEAR(mixups, n * .3, 5 * sqrt(n * .3 * .7));
}

/* ---- geometry ---- */

static yd_image filled(int width, int height, uint8_t value)
{
    yd_image image;
    REQUIRE(yd_image_create(width, height, &image, NULL) == YD_OK);
    yd_image_fill(&image, value);
    return image;
}

static bool add_box(yd_boxes *boxes, float class, float x1, float y1, float x2, float y2)
{
    yd_box box = {class, x1, y1, x2, y2, 0, 0};
    return yd_vector_push(&boxes->boxes, &box) != NULL;
}

static void add_polygon(yd_boxes *boxes, const float (*points)[2], int count)
{
    yd_box box = {0,    points[0][0], points[0][1], points[0][0], points[0][1], (int32_t)boxes->points.count,
                  count};
    for (int i = 0; i < count; i++) {
        yd_point point = {points[i][0], points[i][1]};
        box.x1 = fminf(box.x1, point.x), box.x2 = fmaxf(box.x2, point.x);
        box.y1 = fminf(box.y1, point.y), box.y2 = fmaxf(box.y2, point.y);
        REQUIRE(yd_vector_push(&boxes->points, &point));
    }
    REQUIRE(yd_vector_push(&boxes->boxes, &box));
}

/* A bright rectangle, warped: the moved box surrounds the bright pixels. */
static void boxes_follow_pixels(void)
{
    for (int i = 0; i < 40; i++) {
        yd_augment a = {.degrees = i % 2 ? 30 : 0,
                        .translate = .1,
                        .scale = .3,
                        .shear = i % 3 ? 8 : 0,
                        .perspective = i % 4 ? 0 : .0005};
        yd_rng rng = stream(i, YD_DRAW_PERSPECTIVE);
        yd_perspective_draws draws = yd_perspective_draw(&a, &rng);
        yd_image source = filled(200, 160, 0), out = filled(200, 160, 0);
        yd_draw_fill(&source, 70, 60, 130, 110, (yd_colour){255, 255, 255});
        yd_boxes boxes = yd_boxes_make();
        REQUIRE(add_box(&boxes, 1, 70, 60, 130, 110));
        double m[9];
        bool projective = a.perspective != 0;
        yd_perspective_matrix(&draws, 200, 160, 200, 160, m);
        yd_perspective_warp(&source, m, projective, &out);
        yd_perspective_boxes(&boxes, m, projective, draws.scale, 200, 160, &yd_data_rules_v7);
        REQUIRE(boxes.boxes.count == 1);
        int x1 = 200, y1 = 160, x2 = -1, y2 = -1;
        for (int y = 0; y < 160; y++)
            for (int x = 0; x < 200; x++)
                if (out.pixels[(y * 200 + x) * 3] > 180) {
                    x1 = x < x1 ? x : x1, x2 = x > x2 ? x : x2;
                    y1 = y < y1 ? y : y1, y2 = y > y2 ? y : y2;
                }
        const yd_box *box = &YD_AT(yd_box, &boxes.boxes, 0);
        CHECK_NEAR((double)box->x1, x1, 2.5);
        CHECK_NEAR((double)box->y1, y1, 2.5);
        CHECK_NEAR((double)box->x2, x2 + 1, 2.5);
        CHECK_NEAR((double)box->y2, y2 + 1, 2.5);
        yd_boxes_free(&boxes);
        yd_image_free(&source);
        yd_image_free(&out);
    }
}

static size_t survivors(float x1, float y1, float x2, float y2, const yd_data_rules *rules, double scale)
{
    yd_boxes boxes = yd_boxes_make();
    const double same[9] = {scale, 0, 0, 0, scale, 0, 0, 0, 1};
    REQUIRE(add_box(&boxes, 0, x1, y1, x2, y2));
    yd_perspective_boxes(&boxes, same, false, scale, 100, 100, rules);
    size_t count = boxes.boxes.count;
    yd_boxes_free(&boxes);
    return count;
}

/* The candidate test: strict at every limit. */
static void candidates(void)
{
    const yd_data_rules *v7 = &yd_data_rules_v7, *seed = &yd_data_rules_seed;
    CHECK(survivors(10, 10, 12, 40, v7, 1) == 0); /* 2 wide: not more than 2 */
    CHECK(survivors(10, 10, 13, 40, v7, 1) == 1);
    CHECK(survivors(-90, 10, 10, 40, v7, 1) == 0); /* 10 % left: not more */
    CHECK(survivors(-80, 10, 10, 40, v7, 1) == 1);
    CHECK(survivors(10, 10, 14, 91, seed, 1) == 0); /* 81 : 4 is beyond 20 */
    CHECK(survivors(10, 10, 14, 91, v7, 1) == 1);
    CHECK(survivors(10, 10, 90, 90, v7, .5) == 1);
    CHECK(survivors(150, 150, 190, 190, v7, 1) == 0);
    CHECK(survivors(0, 0, 0, 0, v7, 1) == 0);
}

static void polygons(void)
{
    static const float square[4][2] = {{20, 20}, {60, 20}, {60, 60}, {20, 60}};
    static const float half_out[4][2] = {{80, 20}, {160, 20}, {160, 60}, {80, 60}};
    const double turn[9] = {.70710678, .70710678, 20, -.70710678, .70710678, 50, 0, 0, 1};
    const double same[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    yd_boxes boxes = yd_boxes_make();
    add_polygon(&boxes, square, 4);
    REQUIRE(add_box(&boxes, 2, 5, 5, 25, 25)); /* a label without a polygon beside it */
    yd_perspective_boxes(&boxes, turn, false, 1, 200, 200, &yd_data_rules_v7);
    REQUIRE(boxes.boxes.count == 2);
    const yd_box *box = &YD_AT(yd_box, &boxes.boxes, 0);
    CHECK_NEAR((double)box->x1, 20 + .70710678 * 40, .2); /* corner (20, 20) */
    CHECK_NEAR((double)box->x2, 20 + .70710678 * 120, .2);
    CHECK_NEAR((double)box->y1, 50 - .70710678 * 40, .2);
    CHECK_NEAR((double)box->y2, 50 + .70710678 * 40, .2);
    CHECK(box[1].class == 2 && box[1].point_count == 0);
    yd_boxes_clear(&boxes);
    add_polygon(&boxes, half_out, 4);
    yd_perspective_boxes(&boxes, same, false, 1, 100, 100, &yd_data_rules_v7);
    REQUIRE(boxes.boxes.count == 1);
    box = &YD_AT(yd_box, &boxes.boxes, 0);
    CHECK_NEAR((double)box->x2, 100, .5); /* the last point inside */
    CHECK(box->x1 == 80 && box->y1 == 20 && box->y2 == 60);
    yd_boxes_clear(&boxes);
    /* Open, the polygon's left edge is not walked along: only its ends count. */
    static const float hook[3][2] = {{50, 10}, {50, 60}, {-50, 60}};
    add_polygon(&boxes, hook, 3);
    yd_perspective_boxes(&boxes, same, false, 1, 100, 100, &yd_data_rules_seed);
    REQUIRE(boxes.boxes.count == 1);
    CHECK_NEAR((double)YD_AT(yd_box, &boxes.boxes, 0).x1, 0, .2);
    yd_boxes_free(&boxes);
}

static void normalising(void)
{
    yd_boxes boxes = yd_boxes_make();
    float rows[10];
    REQUIRE(add_box(&boxes, 3, -10, 20, 50, 100) && add_box(&boxes, 1, 10, 10, 30, 40));
    yd_boxes_normalise(&boxes, 100, 100, 0, rows);
    CHECK_NEAR((double)rows[1], .2, 1e-7);
    CHECK_NEAR((double)rows[3], .6, 1e-7);
    yd_boxes_normalise(&boxes, 100, 100, 1e-3, rows);
    CHECK_NEAR((double)rows[1], .25, 1e-7);
    CHECK_NEAR((double)rows[3], .5, 1e-7);
    CHECK_NEAR((double)rows[4], (99.999 - 20) / 100, 1e-6); /* a thousandth inside */
    boxes.boxes.count = 0;
    REQUIRE(add_box(&boxes, 3, -10, 20, 50, 100) && add_box(&boxes, 1, 10, 10, 30, 40));
    yd_boxes_normalise(&boxes, 100, 100, 2, rows);
    CHECK_NEAR((double)rows[4], (98. - 20) / 100, 1e-6);
    yd_flip_labels((yd_flip_draws){true, true}, rows, 2);
    CHECK_NEAR((double)rows[1], .75, 1e-7);
    CHECK_NEAR((double)rows[6], .8, 1e-7);
    CHECK_NEAR((double)rows[7], .75, 1e-7);
    yd_boxes_free(&boxes);
}

static void flipping(void)
{
    yd_image image = filled(3, 2, 0);
    for (int i = 0; i < 18; i++) image.pixels[i] = (uint8_t)i;
    uint8_t planes[18];
    static const uint8_t red[4][6] = {
        {0, 3, 6, 9, 12, 15}, {9, 12, 15, 0, 3, 6}, {6, 3, 0, 15, 12, 9}, {15, 12, 9, 6, 3, 0}};
    for (int i = 0; i < 4; i++) {
        yd_flip_to_planes(&image, (yd_flip_draws){.vertical = i & 1, .horizontal = i >> 1}, planes);
        for (int k = 0; k < 6; k++)
            for (int c = 0; c < 3; c++) CHECK(planes[c * 6 + k] == red[i][k] + c);
    }
    yd_image_free(&image);
}

static void mixing(void)
{
    yd_image a = filled(4, 4, 200), b = filled(4, 4, 101);
    yd_mixup_blend(a.pixels, b.pixels, yd_image_bytes(&a), .6);
    CHECK(a.pixels[0] == 160 && a.pixels[47] == 160); /* 160.4, truncated */
    yd_image_free(&a);
    yd_image_free(&b);
}

/* ---- copy-paste ---- */

static void copy_paste(void)
{
    static const float square[4][2] = {{10, 20}, {30, 20}, {30, 40}, {10, 40}},
                       wide[4][2] = {{10, 50}, {80, 50}, {80, 60}, {10, 60}};
    for (int by_mask = 0; by_mask < 2; by_mask++) {
        yd_data_rules rules = by_mask ? yd_data_rules_v7 : yd_data_rules_seed;
        yd_image image = filled(100, 80, 50);
        yd_draw_fill(&image, 10, 20, 31, 41, (yd_colour){200, 0, 100});
        yd_boxes boxes = yd_boxes_make();
        add_polygon(&boxes, square, 4);
        add_polygon(&boxes, wide, 4); /* its mirror image covers itself: not pasted */
        int32_t picks[2] = {0, 1};
        REQUIRE(yd_copy_paste(&image, &boxes, picks, 2, &rules, NULL) == YD_OK);
        REQUIRE(boxes.boxes.count == 3);
        const yd_box *box = &YD_AT(yd_box, &boxes.boxes, 2);
        CHECK(box->x1 == 70 && box->x2 == 90 && box->y1 == 20 && box->y2 == 40 && box->point_count == 4);
        CHECK(YD_AT(yd_point, &boxes.points, (size_t)box->first_point).x == 90);
        const uint8_t *inside = image.pixels + (30 * 100 + 80) * 3,
                      *outside = image.pixels + (30 * 100 + 50) * 3;
        CHECK(inside[0] == 200 && inside[1] == (by_mask ? 0 : 50) &&
              inside[2] == 100); /* black channels: not by value */
        CHECK(outside[0] == 50 && image.pixels[(30 * 100 + 20) * 3] == 200);
        yd_boxes_free(&boxes);
        yd_image_free(&image);
    }
}

static void copy_paste_draws(void)
{
    yd_boxes boxes = yd_boxes_make();
    static const float square[3][2] = {{10, 20}, {30, 20}, {30, 40}};
    for (int i = 0; i < 5; i++) {
        add_polygon(&boxes, square, 3);
        REQUIRE(add_box(&boxes, 1, 0, 0, 5, 5));
    }
    int counts[10] = {0};
    for (int i = 0; i < DRAWS; i++) {
        int32_t picks[10];
        yd_rng rng = stream(i, YD_DRAW_COPY_PASTE);
        REQUIRE(yd_copy_paste_draw(&boxes, .5, &rng, picks) == 2); /* round half to even of 2.5 */
        CHECK(picks[0] != picks[1]);
        counts[picks[0]]++, counts[picks[1]]++;
    }
    for (int i = 0; i < 10; i++)
        CHECK(i % 2 ? counts[i] == 0 : fabs(counts[i] - DRAWS * .4) < 5 * sqrt(DRAWS * .24));
    yd_boxes_free(&boxes);
}

static const yd_test_case cases[] = {
    {"nothing to draw", nothing_to_draw},
    {"sample draws", sample_draws},
    {"boxes follow pixels", boxes_follow_pixels},
    {"candidates", candidates},
    {"polygons", polygons},
    {"normalising", normalising},
    {"flipping", flipping},
    {"mixing", mixing},
    {"copy-paste", copy_paste},
    {"copy-paste draws", copy_paste_draws},
};
TEST_MAIN(cases)
