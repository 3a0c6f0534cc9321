/* Whole samples in one pass against the same ones step by step: pixels and labels, of many draws, with each
 * kind of augmentation on and off, in memory and from files. Every bit must be the same. */
#include "base/file.h"
#include "data/sample.h"
#include "data/synthetic.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PICTURES = 9, SIZE = 96, SAMPLES = 40 };

/* A set whose labels are polygons, so that copy-paste has something to paste. */
static void write_polygons(const char *folder)
{
    static const char text[] = "0 .2 .2 .4 .2 .4 .5 .2 .5\n1 .1 .6 .5 .6 .3 .9 .2 .8\n";
    char path[4400];
    for (int i = 0; i < PICTURES; i += 2) {
        snprintf(path, sizeof path, "%s/labels/train/%04d.txt", folder, i);
        REQUIRE(yd_file_exists(path));
        REQUIRE(yd_file_write(path, text, sizeof text - 1, NULL) == YD_OK);
    }
}

static yd_dataset *open_set(bool rect, bool keep)
{
    char folder[4200], yaml[4200], path[4300];
    const char *entry = path;
    yd_error error;
    snprintf(folder, sizeof folder, "%s/set", yd_test_folder());
    snprintf(path, sizeof path, "%s/images/train", folder);
    if (!yd_file_exists(path)) {
        if (yd_synthetic_write(folder, 5, PICTURES, 1, 130, yaml, &error) != YD_OK)
            yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
        write_polygons(folder);
    }
    yd_dataset_options options = {.entries = &entry,
                                  .entry_count = 1,
                                  .image_size = SIZE,
                                  .batch_size = 4,
                                  .stride = 32,
                                  .augment = true,
                                  .rect = rect,
                                  .pad = rect ? 0.5 : 0,
                                  .keep_in_memory = keep,
                                  .classes = YD_SYNTHETIC_CLASSES,
                                  .no_cache_file = true,
                                  .rules = yd_data_rules_v7};
    yd_dataset *set;
    if (yd_dataset_open(&options, &set, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    REQUIRE(set->count == PICTURES);
    return set;
}

/* One sample by both ways. */
static void check_sample(const yd_dataset *set, const yd_augment *augment, bool mosaics, int number,
                         yd_scratch scratch[2], uint8_t *planes[2])
{
    yd_reader reader = {.dataset = set};
    yd_batch_shape shape = yd_dataset_shape(set, 0);
    size_t bytes = 3 * (size_t)shape.width * (size_t)shape.height;
    yd_sample_draws draws =
        yd_sample_draw(augment, (yd_sample_key){3, 1, number}, set, number % PICTURES, NULL, mosaics);
    for (int plain = 0; plain < 2; plain++) {
        yd_fit fit;
        bool broken;
        scratch[plain].plain = plain;
        REQUIRE(yd_sample_make(&reader, number % PICTURES, shape, &draws, &scratch[plain], planes[plain],
                               &fit, &broken, NULL) == YD_OK);
        CHECK(!broken);
    }
    CHECK(memcmp(planes[0], planes[1], bytes) == 0);
    REQUIRE(scratch[0].rows.count == scratch[1].rows.count);
    CHECK(scratch[0].rows.count == 0 ||
          memcmp(scratch[0].rows.data, scratch[1].rows.data, scratch[0].rows.count * sizeof(float)) == 0);
}

static void check(const yd_augment *augment, bool rect, bool keep)
{
    yd_dataset *set = open_set(rect, keep);
    yd_scratch scratch[2] = {yd_scratch_make(), yd_scratch_make()};
    yd_batch_shape shape = yd_dataset_shape(set, 0);
    size_t bytes = 3 * (size_t)shape.width * (size_t)shape.height;
    uint8_t *planes[2] = {malloc(bytes), malloc(bytes)};
    REQUIRE(planes[0] && planes[1]);
    for (int i = 0; i < SAMPLES; i++) check_sample(set, augment, !rect, i, scratch, planes);
    for (int i = 0; i < 2; i++) {
        free(planes[i]);
        yd_scratch_free(&scratch[i]);
    }
    yd_dataset_close(set);
}

static const yd_augment low = {
    .hsv_h = .015, .hsv_s = .7, .hsv_v = .4, .translate = .1, .scale = .5, .fliplr = .5, .mosaic = 1};

static void defaults(void)
{
    check(&low, false, true);
    check(&low, false, false);
}

static void everything(void)
{
    yd_augment a = low;
    a.degrees = 10, a.shear = 5, a.flipud = .5, a.scale = .9, a.mosaic = .7, a.mixup = .5, a.copy_paste = .8;
    a.mosaic9 = .5;
    check(&a, false, true);
    a.degrees = a.shear = 0;
    check(&a, false, true);
    a.perspective = .001;
    check(&a, false, true);
}

static void plainest(void)
{
    check(&(yd_augment){.mosaic = 1}, false, true);
    check(&(yd_augment){.mosaic = 0}, false, true);
    check(&(yd_augment){.mosaic = 0, .flipud = 1, .hsv_v = .4}, false, false);
    check(&low, true, false);
}

static const yd_test_case cases[] = {
    {"defaults", defaults}, {"everything", everything}, {"next to nothing", plainest}};
TEST_MAIN(cases)
