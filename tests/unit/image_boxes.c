/* Boxes kept beside a picture: the file, where they lie, and that they are the same as those drawn in. */
#include "base/file.h"
#include "data/batch_picture.h"
#include "image/boxes.h"
#include "image/draw.h"
#include "image/font_advice.h"
#include "support/pixels.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static yd_status read_text(const char *text, yd_vector *boxes, yd_error *error)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/boxes.csv", yd_test_folder());
    REQUIRE(yd_file_write(path, text, strlen(text), NULL) == YD_OK);
    *boxes = (yd_vector){.size = sizeof(yd_box)};
    return yd_boxes_read(path, 100, boxes, error);
}

static void reads_what_it_writes(void)
{
    const yd_box wrote[] = {
        {.class = 2, .x1 = 1.5f, .y1 = 0, .x2 = 1279.9f, .y2 = 44, .confidence = -1, .name = "RBC"},
        {.class = 0, .x1 = 7, .y1 = 8, .x2 = 9, .y2 = 10, .confidence = 0.876f, .name = "a, \"b\"\033[m"}};
    yd_text text = {0};
    yd_vector boxes;
    yd_boxes_format(wrote, 2, &text);
    REQUIRE(read_text(text.data, &boxes, NULL) == YD_OK && boxes.count == 2);
    const yd_box *read = boxes.data;
    CHECK(read[0].class == 2 && read[0].confidence < 0);
    CHECK_NEAR(read[0].x2, 1279.9, 0.05);
    CHECK_NEAR(read[1].confidence, 0.876, 1e-4);
    CHECK_TEXT(read[0].name, "RBC");
    CHECK(strchr(text.data, '\033') == NULL && strstr(read[1].name, "a, \"b\"\\x1b") == read[1].name);
    yd_vector_free(&boxes);
    yd_text_free(&text);
}

static void stands_what_is_no_list(void)
{
    yd_vector boxes;
    yd_error error;
    CHECK(read_text("", &boxes, &error) == YD_ERR_FORMAT &&
          strstr(error.message, "class,x1,y1,x2,y2,confidence,name"));
    CHECK(read_text("class,x1\n1,2\n", &boxes, NULL) == YD_ERR_FORMAT);
    const char *text = "class,x1,y1,x2,y2,confidence,name\n"
                       "1,2,3,4,5,,good\n"
                       "-1,2,3,4,5,,below\n"
                       "1e300,2,3,4,5,,far\n"
                       "1,nan,3,4,5,,x\n"
                       "1,2,3,4,5,-3,x\n"
                       "1,2,3,4\n"
                       "\n"
                       ",,,,,,\n"
                       "3,2,3,4,5,0.5,";
    REQUIRE(read_text(text, &boxes, NULL) == YD_OK);
    CHECK(boxes.count == 2 && YD_AT(yd_box, &boxes, 0).class == 1 && YD_AT(yd_box, &boxes, 1).class == 3);
    yd_vector_free(&boxes);
    yd_text many = {0};
    yd_text_add(&many, "class,x1,y1,x2,y2,confidence,name\n");
    for (int i = 0; i < 1000; i++) yd_text_add(&many, "1,2,3,4,5,,x\n");
    REQUIRE(read_text(many.data, &boxes, NULL) == YD_OK && boxes.count == 100); /* the limit */
    yd_vector_free(&boxes);
    yd_text_free(&many);
}

static void names_its_parts(void)
{
    char clean[4200], boxes[4200], folder[5000];
    REQUIRE(yd_boxes_paths("/run", "val_batch0_pred.jpg", clean, boxes));
    CHECK_TEXT(clean, "/run/pictures/val_batch0.jpg");
    CHECK_TEXT(boxes, "/run/pictures/val_batch0_pred.csv");
    REQUIRE(yd_boxes_paths("/run", "train_batch2.jpg", clean, boxes));
    CHECK_TEXT(clean, "/run/pictures/train_batch2.jpg");
    CHECK_TEXT(boxes, "/run/pictures/train_batch2.csv");
    REQUIRE(yd_boxes_paths("/run", "_labels", clean, boxes));
    memset(folder, 'x', sizeof folder - 1);
    folder[sizeof folder - 1] = '\0';
    CHECK(!yd_boxes_paths(folder, "a.jpg", clean, boxes));
}

static bool has_colour(const yd_image *image, double x, double y, yd_colour colour)
{
    for (int dy = -2; dy <= 2; dy++)
        for (int dx = -2; dx <= 2; dx++) {
            int px = (int)x + dx, py = (int)y + dy;
            if (px < 0 || py < 0 || px >= image->width || py >= image->height) continue;
            const uint8_t *p = image->pixels + ((size_t)py * (size_t)image->width + (size_t)px) * 3;
            if (abs(p[0] - colour.red) < 60 && abs(p[1] - colour.green) < 60 && abs(p[2] - colour.blue) < 60)
                return true;
        }
    return false;
}

/* Where the list says that a box is, the picture with boxes has one and the clean one has none. */
static void lists_what_is_drawn(void)
{
    enum { SIZE = 640, COUNT = 9 };
    static const char *paths[COUNT];
    const char *const names[] = {"red", "other"};
    yd_batch batch = {.count = COUNT, .width = SIZE, .height = SIZE, .paths = paths};
    batch.images = malloc((size_t)COUNT * 3 * SIZE * SIZE);
    REQUIRE(batch.images);
    memset(batch.images, 90, (size_t)COUNT * 3 * SIZE * SIZE);
    float targets[] = {0, 1, .5f, .5f, .5f, .5f, 5, 0, .25f, .75f, .2f, .3f, 8, 7, .9f, .9f, .4f, .4f};
    batch.targets = targets, batch.target_count = 3;
    yd_mosaic mosaic;
    yd_vector wanted = {0}, boxes = {0};
    yd_image clean, drawn;
    REQUIRE(yd_mosaic_create(&batch, &mosaic, NULL) == YD_OK);
    REQUIRE(yd_batch_boxes(&batch, &wanted, NULL) == YD_OK && wanted.count == 3);
    REQUIRE(yd_mosaic_picture(&mosaic, NULL, 0, NULL, 0, &clean, NULL) == YD_OK);
    REQUIRE(yd_mosaic_picture(&mosaic, wanted.data, 3, names, 2, &drawn, NULL) == YD_OK);
    REQUIRE(yd_mosaic_boxes(&mosaic, wanted.data, 3, names, 2, &boxes, NULL) == YD_OK && boxes.count == 3);
    CHECK(clean.width == drawn.width && drawn.width <= 1280);
    for (int i = 0; i < 3; i++) {
        const yd_box *box = &YD_AT(yd_box, &boxes, i);
        yd_colour colour = yd_class_colour(box->class);
        double middle = (box->y1 + box->y2) / 2;
        CHECK(has_colour(&drawn, box->x1, middle, colour) && !has_colour(&clean, box->x1, middle, colour));
        CHECK(box->x1 >= 0 && box->x2 <= (float)drawn.width && box->y2 <= (float)drawn.height);
    }
    CHECK_TEXT(YD_AT(yd_box, &boxes, 0).name, "other");
    CHECK_TEXT(YD_AT(yd_box, &boxes, 2).name, "7"); /* a class without a name */
    REQUIRE(yd_boxes_draw(&clean, boxes.data, boxes.count,
                          &(yd_boxes_look){.scale_x = 1, .scale_y = 1, .thickness = 3, .text_size = 12},
                          NULL) == YD_OK);
    CHECK(has_colour(&clean, YD_AT(yd_box, &boxes, 1).x1, YD_AT(yd_box, &boxes, 1).y2 - 10,
                     yd_class_colour(0)));
    yd_image_free(&clean);
    yd_image_free(&drawn);
    yd_vector_free(&wanted);
    yd_vector_free(&boxes);
    yd_mosaic_free(&mosaic);
    free(batch.images);
}

/* Captions stand above their boxes, an earlier one is never covered, and what is to be kept free stays so. */
static void captions_leave_room(void)
{
    enum { WIDTH = 300, HEIGHT = 120 };
    const yd_box boxes[] = {{0, 60, 60, 200, 110, 0.5f, "first"}, {4, 60, 60, 200, 110, -1, "second"}};
    const yd_area kept = {0, 0, WIDTH, 60 - 1.5};
    yd_image image;
    REQUIRE(yd_image_create(WIDTH, HEIGHT, &image, NULL) == YD_OK);
    for (int k = 0; k < 2; k++) {
        const yd_boxes_look look = {.scale_x = 1,
                                    .scale_y = 1,
                                    .thickness = 1,
                                    .text_size = 16,
                                    .decimals = 1,
                                    .kept = &kept,
                                    .kept_count = k};
        yd_image_fill(&image, 90);
        REQUIRE(yd_boxes_draw(&image, boxes, 2, &look, NULL) == YD_OK);
        int above[2];
        for (int b = 0; b < 2; b++)
            above[b] = yd_count_colour(&image, 0, 0, WIDTH, 58, yd_class_colour(boxes[b].class), 8);
        int inside = yd_count_colour(&image, 64, 64, 196, 106, yd_class_colour(boxes[1 - k].class), 8);
        if (k == 0) /* the first above its box, the second below that, in the box both share */
            CHECK(above[0] > 300 && above[1] == 0 && inside > 300);
        else
            CHECK(above[0] == 0 && above[1] == 0 && inside > 300);
    }
    yd_image_free(&image);
}

static void advises_on_fonts(void)
{
    const char *const plain[] = {"cat", "dog"}, *const nowhere[] = {"cat", "\xF4\x8F\xBF\xBD\x1b"};
    char family[64], advice[512] = "as it was";
    if (!yd_font_family(family, sizeof family)) yd_test_skip("no font here");
    CHECK(!yd_font_advice(plain, 2, advice, sizeof advice));
    CHECK_TEXT(advice, "as it was");
    REQUIRE(yd_font_advice(nowhere, 2, advice, sizeof advice)); /* private use: no font has it */
    CHECK(strstr(advice, "U+10FFFD") && strstr(advice, "install") && !strchr(advice, '\x1b'));
}

static const yd_test_case cases[] = {
    {"reads what it writes", reads_what_it_writes}, {"stands what is no list", stands_what_is_no_list},
    {"names its parts", names_its_parts},           {"lists what is drawn", lists_what_is_drawn},
    {"captions leave room", captions_leave_room},   {"advises on fonts", advises_on_fonts},
};

TEST_MAIN(cases)
