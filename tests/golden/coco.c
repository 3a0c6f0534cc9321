/* COCO's twelve numbers against pycocotools (pack coco, by make_coco.py). */
#include "eval/coco.h"
#include "support/npz.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char pack_path[] = YD_SOURCE_DIR "/tests/golden/coco.npz";

static const yd_npy *part(yd_npz *pack, const char *name, const char *array)
{
    char full[96];
    snprintf(full, sizeof full, "%s/%s", name, array);
    return yd_npz_need(pack, full);
}

static void compare(yd_npz *pack, const char *name)
{
    const yd_npy *labels = part(pack, name, "labels"), *detections = part(pack, name, "detections");
    const yd_npy *wanted = part(pack, name, "numbers"), *counts = part(pack, name, "counts");
    yd_coco_label *truth = calloc(labels->dims[0] + 1, sizeof *truth);
    yd_coco_detection *found = calloc(detections->dims[0] + 1, sizeof *found);
    REQUIRE(truth && found && labels->dims[1] == 8 && detections->dims[1] == 7);
    for (size_t i = 0; i < labels->dims[0]; i++) {
        const float *row = (const float *)labels->data + 8 * i;
        truth[i] =
            (yd_coco_label){(int)row[0], (int)row[1], row[2] != 0, {row[4], row[5], row[6], row[7]}, row[3]};
    }
    for (size_t i = 0; i < detections->dims[0]; i++) {
        const float *row = (const float *)detections->data + 7 * i;
        found[i] = (yd_coco_detection){(int)row[0], (int)row[1], {row[3], row[4], row[5], row[6]}, row[2]};
    }
    const yd_coco_set set = {
        (int)yd_npy_at(counts, 0), (int)yd_npy_at(counts, 1), truth, labels->dims[0], found,
        detections->dims[0]};
    double numbers[YD_COCO_NUMBERS];
    yd_error error;
    REQUIRE(yd_coco_evaluate(&set, numbers, &error) == YD_OK);
    for (size_t i = 0; i < YD_COCO_NUMBERS; i++) {
        CHECK_NEAR(numbers[i], yd_npy_at(wanted, i), 1e-9);
        if (!(numbers[i] - yd_npy_at(wanted, i) < 1e-9 && yd_npy_at(wanted, i) - numbers[i] < 1e-9))
            printf("      in case %s, number %zu\n", name, i);
    }
    free(found);
    free(truth);
}

static void as_pycocotools(void)
{
    yd_npz *pack = yd_npz_open(pack_path);
    int cases = 0;
    for (size_t i = 0; i < yd_npz_count(pack); i++) {
        char name[64];
        const char *slash = strchr(yd_npz_name(pack, i), '/');
        REQUIRE(slash && slash - yd_npz_name(pack, i) < (int)sizeof name);
        if (strcmp(slash, "/numbers") != 0) continue;
        snprintf(name, sizeof name, "%.*s", (int)(slash - yd_npz_name(pack, i)), yd_npz_name(pack, i));
        compare(pack, name);
        cases++;
    }
    CHECK(cases == 7);
    yd_npz_close(pack);
}

/* What has no labels has no number; labels that nothing finds count as missed. */
static void borders(void)
{
    const yd_coco_label one = {0, 0, false, {10, 10, 50, 50}, 2500},
                        crowd = {0, 0, true, {0, 0, 90, 90}, 8100};
    const yd_coco_detection hit = {0, 0, {10, 10, 50, 50}, 0.5}, stray = {5, 0, {0, 0, 9, 9}, 0.9};
    double n[YD_COCO_NUMBERS];
    yd_coco_set set = {1, 1, NULL, 0, &hit, 1};
    REQUIRE(yd_coco_evaluate(&set, n, NULL) == YD_OK);
    for (int i = 0; i < YD_COCO_NUMBERS; i++) CHECK(n[i] == -1);
    set.labels = &crowd, set.label_count = 1;
    REQUIRE(yd_coco_evaluate(&set, n, NULL) == YD_OK);
    CHECK(n[YD_COCO_AP] == -1);
    set.labels = &one;
    REQUIRE(yd_coco_evaluate(&set, n, NULL) == YD_OK);
    CHECK_NEAR(n[YD_COCO_AP], 1, 1e-12);
    CHECK_NEAR(n[YD_COCO_AP_MEDIUM], 1, 1e-12);
    CHECK(n[YD_COCO_AP_SMALL] == -1 && n[YD_COCO_AR_LARGE] == -1);
    set.detections = &stray; /* of an image that is not there */
    REQUIRE(yd_coco_evaluate(&set, n, NULL) == YD_OK);
    CHECK(n[YD_COCO_AP] == 0 && n[YD_COCO_AR100] == 0);
}

static const yd_test_case cases[] = {{"as pycocotools", as_pycocotools}, {"borders", borders}};
TEST_MAIN(cases)
