/* Resizing's edge cases, drawing, and the picture of a batch. */
#include "data/batch_picture.h"
#include "image/draw.h"
#include "image/exif.h"
#include "image/letterbox.h"
#include "image/resize.h"
#include "image/warp.h"
#include "support/test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static yd_image blank(int width, int height, uint8_t value)
{
    yd_image image;
    REQUIRE(yd_image_create(width, height, &image, NULL) == YD_OK);
    yd_image_fill(&image, value);
    return image;
}

static int red(const yd_image *image, int x, int y)
{
    return image->pixels[(y * image->width + x) * 3];
}

static void limits(void)
{
    yd_image image;
    CHECK(yd_image_create(0, 5, &image, NULL) == YD_ERR_FORMAT);
    CHECK(yd_image_create(5, -1, &image, NULL) == YD_ERR_FORMAT);
    CHECK(yd_image_create(65536, 1, &image, NULL) == YD_ERR_FORMAT);
    CHECK(yd_image_create(65535, 65535, &image, NULL) == YD_ERR_FORMAT);
    CHECK(image.pixels == NULL);
}

/* A flat picture stays flat at every size, to and from single rows and columns, with either filter. */
static void resize_flat(void)
{
    static const int sizes[][2] = {{1, 1}, {1, 7}, {7, 1}, {2, 2}, {5, 3}, {64, 64}, {33, 17}, {128, 64}};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; k < COUNT; k++)
            for (int filter = 0; filter < 2; filter++) {
                yd_image from = blank(sizes[i][0], sizes[i][1], 201), to = blank(sizes[k][0], sizes[k][1], 0);
                CHECK(yd_resize(&from, &to, (yd_filter)filter, NULL) == YD_OK);
                for (size_t n = 0; n < yd_image_bytes(&to); n++) CHECK(abs(to.pixels[n] - 201) <= 1);
                yd_image_free(&from);
                yd_image_free(&to);
            }
}

static void resize_halves(void)
{
    yd_image from = blank(4, 2, 0), to = blank(2, 1, 0), linear = blank(2, 1, 0);
    for (int i = 0; i < 8; i++) from.pixels[3 * i] = (uint8_t)(i * 10);
    CHECK(yd_resize(&from, &to, YD_FILTER_AREA, NULL) == YD_OK);
    CHECK(yd_resize(&from, &linear, YD_FILTER_LINEAR, NULL) == YD_OK); /* exactly half: the same average */
    CHECK(red(&to, 0, 0) == 25 && red(&to, 1, 0) == 45);
    CHECK(memcmp(to.pixels, linear.pixels, 6) == 0);
    yd_image_free(&from);
    yd_image_free(&to);
    yd_image_free(&linear);
}

/* Every sample by the definition, in pictures of any width. */
static void resize_halves_noise(void)
{
    for (int width = 1; width < 40; width++) {
        yd_image from = blank(2 * width, 6, 0), to = blank(width, 3, 0);
        for (size_t i = 0; i < yd_image_bytes(&from); i++)
            from.pixels[i] = (uint8_t)(i * i * 7 + i * 31 + i / 5);
        CHECK(yd_resize(&from, &to, YD_FILTER_LINEAR, NULL) == YD_OK);
        for (int i = 0; i < width * 9; i++) {
            const uint8_t *cell =
                from.pixels + i / (3 * width) * 12 * width + i % (3 * width) / 3 * 6 + i % 3;
            CHECK(to.pixels[i] == (cell[0] + cell[3] + cell[6 * width] + cell[6 * width + 3] + 2) / 4);
        }
        yd_image_free(&from);
        yd_image_free(&to);
    }
}

static void resize_thirds(void)
{
    yd_image from = blank(3, 3, 0), to = blank(1, 1, 0);
    for (int i = 0; i < 9; i++) from.pixels[3 * i] = (uint8_t)(i * i);
    CHECK(yd_resize(&from, &to, YD_FILTER_AREA, NULL) == YD_OK);
    CHECK(red(&to, 0, 0) == 23); /* 204 / 9 = 22.67 */
    yd_image_free(&from);
    yd_image_free(&to);
}

static void letterbox_forms(void)
{
    yd_letterbox l = yd_letterbox_plan(640, 427, 640, 640, YD_LETTERBOX_MINIMUM | YD_LETTERBOX_SCALE_UP, 32);
    CHECK(l.height == 427 && l.top == 10 && l.bottom == 11 && l.pad_y == 10.5 && l.left == 0 && l.right == 0);
    l = yd_letterbox_plan(640, 427, 640, 640, YD_LETTERBOX_SCALE_UP, 0);
    CHECK(l.pad_y == 106.5 && l.top == 106 && l.bottom == 107);
    l = yd_letterbox_plan(100, 50, 640, 640, 0, 0);
    CHECK(l.width == 100 && l.ratio_width == 1 && l.pad_x == 270 && l.pad_y == 295);
    l = yd_letterbox_plan(100, 50, 64, 96, YD_LETTERBOX_STRETCH, 0);
    CHECK(l.width == 64 && l.height == 96 && l.ratio_width == .64 && l.ratio_height == 1.92 && l.left == 0);
    l = yd_letterbox_plan(4000, 1, 64, 64, 0, 0);
    CHECK(l.height == 1 && l.top + l.bottom == 63);
}

/* Matrices that no one should make: singular, infinite, not a number. Everything outside is border. */
static void warp_degenerate(void)
{
    const double nan = (double)NAN;
    const double matrices[][9] = {{0},
                                  {1, 0, 1e300, 0, 1, 0, 0, 0, 1},
                                  {1, 0, -500, 0, 1, 0, 0, 0, 1},
                                  {nan, 0, 0, 0, 1, 0, 0, 0, 1},
                                  {1e-300, 0, 0, 0, 1e-300, 0, 0, 0, 1}};
    yd_image from = blank(20, 10, 250), to = blank(30, 40, 0);
    for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++) {
        yd_warp_affine(&from, matrices[i], 114, &to);
        for (size_t k = 0; k < yd_image_bytes(&to); k++) CHECK(to.pixels[k] >= 114);
        yd_warp_perspective(&from, matrices[i], 114, &to);
        for (size_t k = 0; k < yd_image_bytes(&to); k++) CHECK(to.pixels[k] >= 114);
    }
    yd_warp_affine(&from, matrices[2], 114, &to);
    for (size_t k = 0; k < yd_image_bytes(&to); k++) CHECK(to.pixels[k] == 114);
    yd_image_free(&from);
    yd_image_free(&to);
}

/* Nothing is drawn beyond the picture, however wild the coordinates: the sanitizers watch. */
static void clipping(void)
{
    static const int places[] = {-2147483647 - 1, -1000, -1, 0, 5, 19, 20, 1000, 2147483647};
    enum { COUNT = sizeof places / sizeof *places };
    yd_image image = blank(20, 20, 0);
    yd_colour c = {1, 2, 3};
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; k < COUNT; k++) {
            yd_draw_fill(&image, places[i], places[k], places[COUNT - 1 - i], places[COUNT - 1 - k], c);
            yd_draw_rectangle(&image, places[i], places[k], places[COUNT - 1 - i], places[COUNT - 1 - k], 3,
                              c);
        }
    yd_image_free(&image);
}

static int count_of(const yd_image *image, int value)
{
    int count = 0;
    for (size_t i = 0; i < yd_image_bytes(image); i += 3) count += image->pixels[i] == value;
    return count;
}

static void shapes(void)
{
    yd_image image = blank(40, 40, 0);
    yd_colour c = {255, 255, 255};
    yd_draw_rectangle(&image, 10, 10, 30, 30, 1, c);
    CHECK(count_of(&image, 255) == 4 * 20 - 4 && red(&image, 10, 10) == 255 && red(&image, 29, 29) == 255);
    CHECK(red(&image, 30, 30) == 0 && red(&image, 11, 11) == 0);
    yd_image_free(&image);
    CHECK(yd_class_colour(0).red == 0xFF && yd_class_colour(23).green == yd_class_colour(3).green);
}

static void polygon_mask(void)
{
    uint8_t mask[20 * 20] = {0};
    static const float triangle[] = {2.9f, 2.2f, 12, 2, 2, 12},
                       outside[] = {-50, -50, 70, -50, 70, 70, -50, 70};
    CHECK(yd_mask_polygon(mask, 20, 20, triangle, 3, 1, NULL) == YD_OK);
    int count = 0;
    for (int i = 0; i < 400; i++) count += mask[i];
    CHECK(count == 66); /* the triangle number of 11: all pixels up to and on the outline */
    CHECK(mask[2 * 20 + 2] && mask[2 * 20 + 12] && mask[12 * 20 + 2] && !mask[12 * 20 + 3] && !mask[20 + 2]);
    CHECK(yd_mask_polygon(mask, 20, 20, outside, 4, 7, NULL) == YD_OK);
    for (int i = 0; i < 400; i++) CHECK(mask[i] == 7);
    const float nowhere[] = {(float)NAN, 1e30f, -1e30f, (float)INFINITY};
    CHECK(yd_mask_polygon(mask, 20, 20, nowhere, 2, 9, NULL) == YD_OK);
    CHECK(yd_mask_polygon(mask, 20, 20, nowhere, 0, 9, NULL) == YD_OK);
}

/* ---- the picture of a batch ---- */

static yd_batch make_batch(int count, int width, int height)
{
    yd_batch batch = {.count = count, .width = width, .height = height};
    size_t bytes = (size_t)count * 3 * (size_t)width * (size_t)height;
    batch.images = malloc(bytes);
    batch.paths = calloc((size_t)count, sizeof *batch.paths);
    REQUIRE(batch.images && batch.paths);
    memset(batch.images, 90, bytes);
    for (int i = 0; i < count; i++)
        batch.paths[i] = "/data/images/train/a_rather_long_name_of_a_picture_in_some_data_set.jpg";
    return batch;
}

static void free_batch(yd_batch *batch)
{
    free(batch->images);
    free(batch->paths);
}

/* The batch with its own targets. */
static void draw_batch(const yd_batch *batch, const char *const *names, int name_count, yd_image *out)
{
    yd_vector boxes = {0};
    REQUIRE(yd_batch_boxes(batch, &boxes, NULL) == YD_OK);
    REQUIRE(yd_batch_picture_boxes(batch, boxes.data, (int)boxes.count, names, name_count, out, NULL) ==
            YD_OK);
    yd_vector_free(&boxes);
}

static void batch_sizes(void)
{
    static const int table[][5] = {{16, 640, 640, 1280, 1280},
                                   {9, 640, 320, 1280, 640},
                                   {2, 672, 384, 1280, 732},
                                   {1, 64, 96, 64, 96},
                                   {20, 64, 64, 256, 256}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        yd_batch batch = make_batch(table[i][0], table[i][1], table[i][2]);
        yd_image out;
        draw_batch(&batch, NULL, 0, &out);
        CHECK(out.width == table[i][3] && out.height == table[i][4]);
        yd_image_free(&out);
        free_batch(&batch);
    }
}

static void batch_boxes(void)
{
    yd_batch batch = make_batch(3, 320, 320);
    const char *const names[] = {"cat", "dog"};
    memset(batch.images + 320 * 320 * 3, 30, 320 * 320 * 3); /* the second picture goes below the first */
    float targets[] = {1, 1, .5f, .5f, .5f, .5f, 2, 40, .5f, .5f, .25f, .25f};
    batch.targets = targets, batch.target_count = 2;
    yd_image out;
    draw_batch(&batch, names, 2, &out);
    REQUIRE(out.width == 640 && out.height == 640);
    CHECK(red(&out, 100, 100) == 90 && red(&out, 160, 480) == 30 && red(&out, 480, 160) == 90 &&
          red(&out, 480, 480) == 255);
    yd_colour dog = yd_class_colour(1), zero = yd_class_colour(40);
    CHECK(red(&out, 80, 480) == dog.red &&
          out.pixels[(480 * 640 + 80) * 3 + 2] == dog.blue); /* left edge of the box */
    CHECK(red(&out, 480, 120) == zero.red && out.pixels[(120 * 640 + 480) * 3 + 1] == zero.green);
    yd_image_free(&out);
    const yd_picture_box wild[] = {{-1, 0, .5f, .5f, .5f, .5f, -1},
                                   {7, 0, .5f, .5f, .5f, .5f, -1},
                                   {0, -5, 1e30f, (float)NAN, .5f, 9, .5f},
                                   {0, 2000000000, -3, -3, 1, 1, 1}};
    REQUIRE(yd_batch_picture_boxes(&batch, wild, 4, names, 2, &out, NULL) == YD_OK);
    yd_image_free(&out);
    free_batch(&batch);
}

static const yd_test_case cases[] = {
    {"limits", limits},
    {"resize, flat", resize_flat},
    {"resize, halves", resize_halves},
    {"halves of noise", resize_halves_noise},
    {"resize, thirds", resize_thirds},
    {"letterbox", letterbox_forms},
    {"warp, degenerate", warp_degenerate},
    {"clipping", clipping},
    {"shapes", shapes},
    {"polygon mask", polygon_mask},
    {"batch picture, sizes", batch_sizes},
    {"batch picture, boxes", batch_boxes},
};
TEST_MAIN(cases)
