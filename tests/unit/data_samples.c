/* Samples of the reference, redone from its own random draws (data_and_metrics.md, 32): the pixels' sums and
 * three of them, and the labels, of mosaics, warps, colours, mixup and letterboxes on a small synthetic set.
 */
#include "base/file.h"
#include "data/sample.h"
#include "image/write.h"
#include "support/mt19937.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 128, PICTURES = 4 };

static yd_image draw_picture(int i, int height, int width)
{
    yd_image image;
    REQUIRE(yd_image_create(width, height, &image, NULL) == YD_OK);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++) /* c counts from blue */
                image.pixels[(y * width + x) * 3 + 2 - c] = (uint8_t)(3 * x + 5 * y + 40 * c + 17 * i);
    return image;
}

static yd_dataset *open_set(bool augment, bool shuffle_tiles)
{
    static const int sizes[PICTURES][2] = {{96, 128}, {200, 150}, {64, 64}, {120, 300}};
    static const char *const labels[PICTURES] = {"0 .5 .5 .4 .6\n1 .2 .3 .2 .2\n", "2 .6 .4 .5 .5\n", NULL,
                                                 "1 .3 .5 .3 .8\n0 .8 .2 .1 .1\n"};
    char folder[4200], path[4300];
    snprintf(folder, sizeof folder, "%s/labels", yd_test_folder());
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    for (int i = 0; i < PICTURES; i++) {
        snprintf(path, sizeof path, "%s/labels/%d.txt", yd_test_folder(), i);
        if (labels[i]) REQUIRE(yd_file_write(path, labels[i], strlen(labels[i]), NULL) == YD_OK);
        snprintf(path, sizeof path, "%s/images/%d.png", yd_test_folder(), i);
        if (yd_file_exists(path)) continue;
        snprintf(folder, sizeof folder, "%s/images", yd_test_folder());
        REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
        yd_image image = draw_picture(i, sizes[i][0], sizes[i][1]);
        REQUIRE(yd_image_write(&image, path, NULL) == YD_OK);
        yd_image_free(&image);
    }
    snprintf(folder, sizeof folder, "%s/images", yd_test_folder());
    const char *entry = folder;
    yd_data_rules rules = yd_data_rules_seed;
    rules.label_margin = 1e-3;
    rules.shuffle_tiles = shuffle_tiles;
    yd_dataset_options options = {.entries = &entry,
                                  .entry_count = 1,
                                  .image_size = SIZE,
                                  .batch_size = 4,
                                  .stride = 32,
                                  .augment = augment,
                                  .classes = 3,
                                  .no_cache_file = true,
                                  .rules = rules};
    yd_dataset *set;
    yd_error error;
    if (yd_dataset_open(&options, &set, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    CHECK(set->count == PICTURES);
    return set;
}

/* The settings of a case; translate .1, scale .5, fliplr .5 throughout. */
typedef struct settings {
    const char *name;
    bool augment, shuffle_tiles, mosaic, mixup, hsv;
    double degrees, shear;
    int picture, shape; /* shape: side of the batch's pictures */
} settings;

typedef struct outcome {
    int64_t sums[3];
    int pixels[3]; /* red at (10, 20), (64, 64), (100, 7) */
    int label_count, checked;
    float labels[3][5];
} outcome;

static yd_mosaic_draws replay_mosaic(yd_mt19937 *r, int32_t picture, bool shuffle)
{
    yd_mosaic_draws draws = {.count = 4};
    draws.y = (int)yd_mt_between(r, SIZE / 2.0, 1.5 * SIZE);
    draws.x = (int)yd_mt_between(r, SIZE / 2.0, 1.5 * SIZE);
    draws.pictures[0] = picture;
    for (int i = 1; i < 4; i++) draws.pictures[i] = (int32_t)(yd_mt_uniform(r) * PICTURES);
    if (shuffle) yd_mt_shuffle(r, draws.pictures, 4);
    return draws;
}

static yd_perspective_draws replay_perspective(yd_mt19937 *r, const settings *s)
{
    yd_perspective_draws draws;
    draws.x = yd_mt_between(r, 0, 0);
    draws.y = yd_mt_between(r, 0, 0);
    draws.angle = yd_mt_between(r, -s->degrees, s->degrees);
    draws.scale = yd_mt_between(r, 0.5, 1.5);
    draws.shear_x = yd_mt_between(r, -s->shear, s->shear);
    draws.shear_y = yd_mt_between(r, -s->shear, s->shear);
    draws.translate_x = yd_mt_between(r, 0.4, 0.6);
    draws.translate_y = yd_mt_between(r, 0.4, 0.6);
    return draws;
}

/* The draws in the reference's own order, from both of its streams, each seeded with 0. */
static yd_sample_draws replay(const settings *s)
{
    yd_mt19937 r, np;
    yd_mt_seed_python(&r, 0);
    yd_mt_seed_numpy(&np, 0);
    yd_sample_draws draws = {.mosaic = yd_mt_uniform(&r) < (s->mosaic ? 1 : 0)};
    if (draws.mosaic) draws.views[0].mosaic = replay_mosaic(&r, s->picture, s->shuffle_tiles);
    draws.views[0].perspective = replay_perspective(&r, s);
    if (draws.mosaic) draws.mixup = yd_mt_uniform(&r) < (s->mixup ? 1 : 0);
    if (draws.mixup) {
        int32_t second = (int32_t)yd_mt_below(&r, PICTURES);
        draws.views[1].mosaic = replay_mosaic(&r, second, s->shuffle_tiles);
        draws.views[1].perspective = replay_perspective(&r, s);
        draws.mix_ratio = yd_mt_beta(&np, 32, 32);
    }
    if (s->hsv) {
        draws.hsv.used = true;
        draws.hsv.hue = yd_mt_between(&np, -1, 1) * 0.015 + 1;
        draws.hsv.saturation = yd_mt_between(&np, -1, 1) * 0.7 + 1;
        draws.hsv.value = yd_mt_between(&np, -1, 1) * 0.4 + 1;
    }
    draws.flip.vertical = yd_mt_uniform(&r) < 0;
    draws.flip.horizontal = yd_mt_uniform(&r) < 0.5;
    return draws;
}

static void check_case(const settings *s, const outcome *wanted, yd_fit *fit)
{
    yd_dataset *set = open_set(s->augment, s->shuffle_tiles);
    yd_reader reader = {.dataset = set};
    yd_scratch scratch = yd_scratch_make();
    size_t plane = (size_t)s->shape * (size_t)s->shape;
    uint8_t *planes = malloc(3 * plane);
    bool broken;
    yd_sample_draws draws = replay(s);
    REQUIRE(planes &&
            yd_sample_make(&reader, s->picture, (yd_batch_shape){s->shape, s->shape},
                           s->augment ? &draws : NULL, &scratch, planes, fit, &broken, NULL) == YD_OK);
    CHECK(!broken);
    for (int c = 0; c < 3; c++) {
        int64_t sum = 0;
        for (size_t i = 0; i < plane; i++) sum += planes[(size_t)c * plane + i];
        if (sum != wanted->sums[c]) printf("%s: channel %d sums to %ld\n", s->name, c, (long)sum);
        CHECK(sum == wanted->sums[c]);
    }
    static const int places[3][2] = {{10, 20}, {64, 64}, {100, 7}};
    for (int i = 0; i < 3; i++) CHECK(planes[places[i][0] * s->shape + places[i][1]] == wanted->pixels[i]);
    CHECK(scratch.rows.count == (size_t)wanted->label_count * 5);
    for (int i = 0; i < wanted->checked && (size_t)i * 5 < scratch.rows.count; i++)
        for (int k = 0; k < 5; k++)
            CHECK_NEAR((double)YD_AT(float, &scratch.rows, (size_t)(i * 5 + k)), (double)wanted->labels[i][k],
                       1e-6);
    free(planes);
    yd_scratch_free(&scratch);
    yd_dataset_close(set);
}

static void mosaic_first_tile(void)
{
    yd_fit fit;
    const settings s = {"mosaic", true, false, true, false, false, 0, 0, 0, SIZE};
    check_case(
        &s,
        &(outcome){
            {2022047, 2116665, 2183536}, {170, 102, 38}, 1, 1, {{2, .823822f, .225643f, .352340f, .451287f}}},
        &fit);
}

static void mosaic_rotated(void)
{
    yd_fit fit;
    const settings s = {"rotated", true, false, true, false, false, 10, 5, 0, SIZE};
    check_case(&s,
               &(outcome){{2020683, 2127509, 2192105},
                          {182, 103, 35},
                          2,
                          2,
                          {{0, .022700f, .418502f, .045399f, .491397f},
                           {2, .803608f, .228330f, .392768f, .456661f}}},
               &fit);
}

static void mosaic_colours(void)
{
    yd_fit fit;
    const settings s = {"hsv", true, false, true, false, true, 0, 0, 0, SIZE};
    check_case(
        &s,
        &(outcome){
            {2037627, 2069317, 2067862}, {183, 110, 0}, 1, 1, {{2, .823822f, .225643f, .352340f, .451287f}}},
        &fit);
}

static void mosaic_mixup(void)
{
    yd_fit fit;
    const settings s = {"mixup", true, false, true, true, false, 0, 0, 0, SIZE};
    check_case(
        &s,
        &(outcome){
            {2047069, 2131882, 2163600}, {145, 62, 114}, 1, 1, {{2, .823822f, .225643f, .352340f, .451287f}}},
        &fit);
}

static void mosaic_shuffled(void)
{
    yd_fit fit;
    const settings s = {"shuffled", true, true, true, false, false, 0, 0, 0, SIZE};
    check_case(&s,
               &(outcome){{2107534, 2144731, 2113785},
                          {114, 59, 29},
                          3,
                          3,
                          {{0, .074180f, .490328f, .148361f, .351827f},
                           {2, .734739f, .314414f, .293189f, .390919f},
                           {2, .148361f, .950392f, .293189f, .099200f}}},
               &fit);
}

static void mixup_shuffled(void)
{
    yd_fit fit;
    const settings s = {"shuffled mixup", true, true, true, true, false, 0, 0, 0, SIZE};
    check_case(
        &s,
        &(outcome){
            {2101893, 2082118, 2029710}, {70, 51, 195}, 6, 1, {{0, .925820f, .490328f, .148361f, .351827f}}},
        &fit);
}

static void validation(void)
{
    yd_fit fit;
    settings s = {"validation", false, false, false, false, false, 0, 0, 1, 160};
    check_case(&s,
               &(outcome){{3081154, 3082989, 3087626}, {114, 113, 114}, 1, 1, {{2, .56f, .42f, .3f, .4f}}},
               &fit);
    CHECK(fit.native_height == 200 && fit.native_width == 150);
    CHECK_NEAR(fit.ratio_height, .64, 1e-12);
    CHECK_NEAR(fit.ratio_width, .64, 1e-12);
    CHECK(fit.pad_x == 32 && fit.pad_y == 16);
    s.picture = 2;
    check_case(&s, &(outcome){{3155071, 3198079, 3204223}, {114, 48, 114}, 0, 0, {{0}}}, &fit);
    CHECK(fit.native_height == 64 && fit.native_width == 64 && fit.ratio_height == 2 && fit.ratio_width == 2);
    CHECK(fit.pad_x == 16 && fit.pad_y == 16);
}

static void single(void)
{
    yd_fit fit;
    const settings s = {"single", true, false, false, false, false, 0, 0, 3, SIZE};
    check_case(&s,
               &(outcome){{1953070, 1957818, 1958167},
                          {114, 166, 114},
                          2,
                          2,
                          {{1, .258408f, .495319f, .303382f, .322344f},
                           {0, .764045f, .374440f, .101127f, .040293f}}},
               &fit);
    CHECK(fit.native_height == 120 && fit.native_width == 300);
    CHECK_NEAR(fit.ratio_height, .425, 1e-12);
    CHECK_NEAR(fit.ratio_width, 128.0 / 300, 1e-12);
    CHECK(fit.pad_x == 0 && fit.pad_y == 38.5);
}

static const yd_test_case cases[] = {
    {"mosaic, own tile first", mosaic_first_tile},
    {"mosaic, rotated and sheared", mosaic_rotated},
    {"mosaic, colours", mosaic_colours},
    {"mosaic, mixup", mosaic_mixup},
    {"mosaic, tiles shuffled", mosaic_shuffled},
    {"mixup, tiles shuffled", mixup_shuffled},
    {"validation", validation},
    {"a single picture", single},
};
TEST_MAIN(cases)
