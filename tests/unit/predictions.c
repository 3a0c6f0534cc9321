/* COCO's results file, its ids, and the evaluation of what was validated. */
#include "eval/predictions.h"
#include "base/file.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static yd_error problem;

static const char *in_folder(const char *name)
{
    static char path[2][4096];
    static int which;
    which = !which;
    snprintf(path[which], sizeof path[which], "%s/%s", yd_test_folder(), name);
    return path[which];
}

static void take(yd_predictions *p, const char *picture, const float rows[][6], int count)
{
    const yd_fit fit = {.native_width = 640, .native_height = 480, .ratio_width = 1, .ratio_height = 1};
    REQUIRE(yd_predictions_take(p, picture, &fit, rows, count, &problem) == YD_OK);
}

static char *written(const yd_predictions *p)
{
    char *text;
    size_t length;
    const char *path = in_folder("out.json");
    REQUIRE(yd_predictions_write(p, path, &problem) == YD_OK);
    REQUIRE(yd_file_read(path, 0, &text, &length, &problem) == YD_OK);
    return text;
}

/* 80 classes of COCO: ids to 90, of which ten are left out. */
static void coco(void)
{
    static const float rows[][6] = {
        {1, 2, 11, 22.0007f, 0.123456f, 0}, {0, 0, 5, 5, 0.5f, 79}, {0, 0, 5, 5, 0.25f, 11}};
    const char *names[80];
    for (int i = 0; i < 80; i++) names[i] = "x";
    yd_dataset_yaml data = {.file = "data/coco.yaml", .root = "/nowhere", .nc = 80, .names = names};
    yd_predictions *p;
    REQUIRE(yd_predictions_create(&data, "", false, &p, &problem) == YD_OK);
    take(p, "images/val2017/000000000139.jpg", rows, 3);
    take(p, "a/frame_7.v2.jpg", rows, 1);
    CHECK(yd_predictions_annotations(p) == NULL);
    char *text = written(p);
    CHECK_TEXT(
        text,
        "[{\"image_id\": 139, \"category_id\": 1, \"bbox\": [1.0, 2.0, 10.0, 20.001], \"score\": 0.12346}, "
        "{\"image_id\": 139, \"category_id\": 90, \"bbox\": [0.0, 0.0, 5.0, 5.0], \"score\": 0.5}, "
        "{\"image_id\": 139, \"category_id\": 13, \"bbox\": [0.0, 0.0, 5.0, 5.0], \"score\": 0.25}, "
        "{\"image_id\": \"frame_7.v2\", \"category_id\": 1, \"bbox\": [1.0, 2.0, 10.0, 20.001], "
        "\"score\": 0.12346}]\n");
    free(text);
    yd_predictions_destroy(p);
}

static const char annotations[] =
    "{\"images\": [{\"id\": 3, \"file_name\": \"one.jpg\"}, {\"id\": 8, \"file_name\": \"two.jpg\"}, "
    "{\"id\": 9, \"file_name\": \"unseen.jpg\"}], \"categories\": [{\"id\": 5, \"name\": \"b\"}, "
    "{\"id\": 6, \"name\": \"a\"}], \"annotations\": ["
    "{\"image_id\": 3, \"category_id\": 6, \"bbox\": [10, 10, 50, 40], \"area\": 2000},"
    "{\"image_id\": 8, \"category_id\": 6, \"bbox\": [100, 100, 60, 60], \"area\": 3600},"
    "{\"image_id\": 9, \"category_id\": 5, \"bbox\": [0, 0, 60, 60], \"area\": 3600}]}";

/* Names decide about ids; pictures that were not validated do not count. */
static void annotated(void)
{
    static const float right[][6] = {{10, 10, 60, 50, 0.9f, 0}}, wrong[][6] = {{300, 300, 350, 350, 0.8f, 0}};
    const char *names[] = {"a", "b"};
    yd_dataset_yaml data = {.file = "mine.yaml", .root = "", .nc = 2, .names = names};
    double n[YD_COCO_NUMBERS];
    yd_predictions *p;
    const char *path = in_folder("annotations.json");
    REQUIRE(yd_file_write(path, annotations, strlen(annotations), &problem) == YD_OK);
    REQUIRE(yd_predictions_create(&data, path, false, &p, &problem) == YD_OK);
    CHECK(yd_predictions_evaluate(p, n, &problem) == YD_ERR_DATA);
    take(p, "x/images/one.jpg", right, 1);
    take(p, "x/images/two.jpg", wrong, 1);
    char *text = written(p);
    CHECK(strstr(text, "{\"image_id\": 3, \"category_id\": 6, ") && strstr(text, "\"image_id\": 8"));
    free(text);
    REQUIRE(yd_predictions_evaluate(p, n, &problem) == YD_OK);
    CHECK_NEAR(n[YD_COCO_AP50], 51.0 / 101, 1e-9); /* one of two found, before anything wrong */
    CHECK_NEAR(n[YD_COCO_AR100], 0.5, 1e-9);
    CHECK(n[YD_COCO_AP_SMALL] == -1);
    yd_text report = {0};
    yd_predictions_report(&report, n);
    CHECK(strstr(report.data,
                 " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.505\n") ==
          report.data);
    CHECK(strstr(report.data,
                 " Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = 0.500\n") !=
          NULL);
    CHECK(strstr(report.data, "area= small | maxDets=100 ] = -1.000\n") != NULL);
    yd_text_free(&report);
    yd_predictions_destroy(p);
}

/* Without all names the classes' numbers stand; a broken file is refused. */
static void others(void)
{
    static const float rows[][6] = {{0, 0, 5, 5, 0.5f, 1}};
    const char *names[] = {"a", "elsewhere"};
    yd_dataset_yaml data = {.file = "mine.yaml", .root = "", .nc = 2, .names = names};
    yd_predictions *p;
    REQUIRE(yd_predictions_create(&data, in_folder("annotations.json"), false, &p, &problem) == YD_OK);
    take(p, "two.jpg", rows, 1);
    char *text = written(p);
    CHECK(strstr(text, "\"category_id\": 1,") != NULL);
    free(text);
    yd_predictions_destroy(p);
    const char *path = in_folder("broken.json");
    REQUIRE(yd_file_write(path, "{", 1, &problem) == YD_OK);
    CHECK(yd_predictions_create(&data, path, false, &p, &problem) == YD_ERR_FORMAT && !p);
    CHECK(yd_predictions_create(&data, in_folder("none.json"), false, &p, &problem) == YD_ERR_CONFIG && !p);
    data.nc = 1;
    REQUIRE(yd_predictions_create(&data, "", true, &p, &problem) == YD_OK);
    take(p, "7.jpg", rows, 1); /* --single-cls: every class is 0 */
    text = written(p);
    CHECK(strstr(text, "{\"image_id\": 7, \"category_id\": 0,") != NULL);
    free(text);
    yd_predictions_destroy(p);
}

static const yd_test_case cases[] = {{"coco", coco}, {"annotated", annotated}, {"others", others}};
TEST_MAIN(cases)
