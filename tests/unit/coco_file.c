/* COCO's annotation files: what is read of them, and what is refused. */
#include "eval/coco_file.h"
#include "base/clock.h"
#include "base/text.h"
#include "support/test.h"
#include <stdio.h>
#include <string.h>

static yd_arena *arena;
static yd_coco_file file;
static yd_error problem;

static yd_status parse(const char *text)
{
    yd_arena_destroy(arena);
    arena = yd_arena_create(0);
    problem = (yd_error){0};
    return yd_coco_file_parse(text, strlen(text), "a.json", arena, &file, &problem);
}

/* Ids are looked up at the end: annotations may stand before what they name. */
static void reads(void)
{
    REQUIRE(parse("{\"info\": {\"year\": 2017, \"deep\": [[{}], null]},"
                  "\"annotations\": ["
                  "{\"id\": 1, \"image_id\": 9, \"category_id\": 7, \"bbox\": [1, 2.5, 3, 4], \"area\": 5.5, "
                  "\"iscrowd\": 1, \"segmentation\": {\"counts\": [1, 2], \"size\": [4, 4]}},"
                  "{\"image_id\": 4, \"category_id\": 2, \"bbox\": [0, 0, 10, 20], \"iscrowd\": false, "
                  "\"segmentation\": [[1, 2, 3, 4]]},"
                  "{\"image_id\": 5, \"category_id\": 2, \"bbox\": [0, 0, 1, 1]}],"
                  "\"categories\": [{\"id\": 7, \"name\": \"cat\"}, {\"supercategory\": \"x\", \"id\": 2, "
                  "\"name\": \"d\\u00e9g\"}],"
                  "\"images\": [{\"id\": 9, \"file_name\": \"val/b.jpg\", \"width\": 3}, {\"id\": 4, "
                  "\"file_name\": \"a.jpg\"}, {\"id\": 9, \"file_name\": \"again.jpg\"}]}") == YD_OK);
    REQUIRE(file.image_count == 2 && file.category_count == 2);
    CHECK(file.images[0].id == 4 && file.images[1].id == 9);
    CHECK_TEXT(file.images[1].name, "again.jpg"); /* the last one with an id counts */
    CHECK_TEXT(file.categories[0].name, "d\303\251g");
    REQUIRE(file.label_count == 2); /* image 5 is not there */
    const yd_coco_label *first = &file.labels[0], *second = &file.labels[1];
    CHECK(first->image == 1 && first->category == 1 && first->crowd && first->area == 5.5);
    CHECK(first->box[0] == 1 && first->box[1] == 2.5 && first->box[3] == 4);
    CHECK(second->image == 0 && !second->crowd && second->area == 200); /* the box's own */
    CHECK(yd_coco_file_image(&file, 9) == 1 && yd_coco_file_image(&file, 5) == -1);
    CHECK(yd_coco_file_image_named(&file, "a.jpg") == 0 && yd_coco_file_image_named(&file, "c.jpg") == -1);
    CHECK(yd_coco_file_category(&file, 7) == 1 && yd_coco_file_category_named(&file, "cat") == 1);
    CHECK(yd_coco_file_category_named(&file, "dog") == -1);
}

static void refuses(void)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "an object"},
        {"[]", "an object"},
        {"{}", "has no images"},
        {"{\"images\": [], \"categories\": []}", "has no annotations"},
        {"{\"images\": [], \"images\": []}", "twice"},
        {"{\"images\": {}}", "lists"},
        {"{\"images\": [{\"id\": \"a\"}]}", "whole number"},
        {"{\"images\": [{\"file_name\": \"a\"}]}", "with an id"},
        {"{\"images\": [{\"id\": 1}", "byte 21"},
        {"{\"categories\": [{\"id\": 1, \"name\": 3}]}", "a string"},
        {"{\"annotations\": [{\"image_id\": 1, \"category_id\": 1}]}", "bbox is wanted"},
        {"{\"annotations\": [{\"bbox\": [1, 2, 3]}]}", "four numbers"},
        {"{\"annotations\": [{\"bbox\": [1, 2, 3, 4, 5]}]}", "four numbers"},
        {"{\"annotations\": [{\"bbox\": [1, 2, 3, 1e300]}]}", "four numbers"},
        {"{\"annotations\": [{\"iscrowd\": \"no\"}]}", "0 or 1"},
        {"{\"annotations\": [{\"image_id\": 1.5}]}", "whole number"},
        {"{\"images\": [], \"categories\": [], \"annotations\": []} x", "no sound JSON"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(parse(cases[i].text) == YD_ERR_FORMAT);
        CHECK(strstr(problem.message, "a.json") != NULL);
        if (!strstr(problem.message, cases[i].says)) {
            printf("      case %zu: %s\n", i, problem.message);
            CHECK(false);
        }
    }
}

/* Brackets without end are refused, not followed. */
static void depth(void)
{
    yd_text text = {0};
    yd_text_add(&text, "{\"info\": ");
    for (int i = 0; i < 1000000; i++) yd_text_add(&text, "[");
    CHECK(parse(text.data) == YD_ERR_FORMAT);
    yd_text_free(&text);
}

/* As large as instances_val2017.json: 5,000 images, 36,000 annotations with outlines, 20 MB. */
static void large(void)
{
    yd_text text = {0};
    yd_text_add(&text, "{\"images\": [");
    for (int i = 0; i < 5000; i++)
        yd_text_addf(&text, "%s{\"license\": 4, \"file_name\": \"%012d.jpg\", \"height\": 427, \"id\": %d}",
                     i ? ", " : "", 7 * i, 7 * i);
    yd_text_add(&text, "], \"categories\": [");
    for (int i = 0; i < 80; i++)
        yd_text_addf(&text, "%s{\"id\": %d, \"name\": \"c%d\"}", i ? ", " : "", i, i);
    yd_text_add(&text, "], \"annotations\": [");
    for (int i = 0; i < 36000; i++) {
        yd_text_addf(&text, "%s{\"segmentation\": [[", i ? ", " : "");
        for (int k = 0; k < 60; k++) yd_text_addf(&text, "%s%d.%02d", k ? ", " : "", (k * 37 + i) % 640, k);
        yd_text_addf(&text,
                     "]], \"area\": 702.1057499999998, \"iscrowd\": %d, \"image_id\": %d, \"bbox\": "
                     "[473.07, 395.93, 38.65, 28.67], \"category_id\": %d, \"id\": %d}",
                     i % 80 == 0, 7 * (i % 5000), i % 80, i);
    }
    yd_text_add(&text, "]}");
    REQUIRE(!text.failed && text.length > 15000000);
    int64_t start = yd_clock_ns();
    REQUIRE(parse(text.data) == YD_OK);
    double seconds = (double)(yd_clock_ns() - start) * 1e-9;
    printf("      %.1f MB in %.2f s\n", (double)text.length * 1e-6, seconds);
    CHECK(seconds < 3 * YD_TEST_PATIENCE); /* a fraction of one where nothing else runs */
    CHECK(file.label_count == 36000 && file.image_count == 5000);
    yd_text_free(&text);
}

static const yd_test_case cases[] = {
    {"reads", reads}, {"refuses", refuses}, {"depth", depth}, {"large", large}};

int main(int argc, char **argv)
{
    int status = yd_test_main(argc, argv, cases, (int)(sizeof cases / sizeof *cases));
    yd_arena_destroy(arena);
    return status;
}
