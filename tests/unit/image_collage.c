/* The one pass from pictures to planes, by every set of kernels, against the steps it stands for: build the
 * canvas, warp it, colour it, mirror it. Every bit must be the same. */
#include "base/rng.h"
#include "image/collage.h"
#include "image/warp.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASES = 400, MOST_SIDE = 150 };

static yd_image noise(yd_rng *rng, int width, int height)
{
    yd_image image;
    REQUIRE(yd_image_create(width, height, &image, NULL) == YD_OK);
    for (size_t i = 0; i < yd_image_bytes(&image); i++) image.pixels[i] = (uint8_t)yd_rng_u32(rng);
    return image;
}

static int between(yd_rng *rng, int low, int high)
{
    return low + (int)yd_rng_below(rng, (uint32_t)(high - low + 1));
}

/* ---- the steps ---- */

static void to_planes(const yd_image *image, uint8_t *planes)
{
    size_t count = (size_t)image->width * (size_t)image->height;
    for (size_t i = 0; i < 3 * count; i++) planes[i % 3 * count + i / 3] = image->pixels[i];
}

static void step_by_step(const yd_collage *collage, const yd_collage_view *view, uint8_t *planes)
{
    yd_image canvas, out;
    REQUIRE(yd_image_create(collage->width, collage->height, &canvas, NULL) == YD_OK);
    REQUIRE(yd_image_create(view->width, view->height, &out, NULL) == YD_OK);
    yd_collage_draw(collage, &canvas);
    yd_warp_affine(&canvas, view->matrix, YD_IMAGE_GREY, &out);
    if (view->gains) yd_hsv_gain(&out, view->gains);
    if (view->mirror) yd_image_flip_horizontal(&out);
    if (view->upside_down) yd_image_flip_vertical(&out);
    to_planes(&out, planes);
    yd_image_free(&canvas);
    yd_image_free(&out);
}

/* ---- random collages, views and colours ---- */

static void place(yd_rng *rng, yd_collage *c, const yd_image *image, int x, int y, int most_width,
                  int most_height)
{
    int width = between(rng, 0, most_width < image->width ? most_width : image->width),
        height = between(rng, 0, most_height < image->height ? most_height : image->height);
    yd_collage_add(c, image, between(rng, 0, image->width - width), between(rng, 0, image->height - height),
                   x, y, width, height);
}

/* Four pictures whose corners need not meet; each lies somewhere in a quarter of its own, from its corner on.
 */
static yd_collage draw_collage(yd_rng *rng, yd_image pictures[4])
{
    yd_collage c = {.width = between(rng, 1, MOST_SIDE), .height = between(rng, 1, MOST_SIDE)};
    int cx = between(rng, 0, c.width), cy = between(rng, 0, c.height), count = between(rng, 0, 4);
    for (int i = 0; i < 4; i++)
        pictures[i] = noise(rng, between(rng, 1, MOST_SIDE), between(rng, 1, MOST_SIDE));
    for (int i = 0; i < count; i++) {
        int x = i & 1 ? cx : 0, y = i >> 1 ? cy : 0;
        place(rng, &c, &pictures[i], x, y, i & 1 ? c.width - cx : cx, i >> 1 ? c.height - cy : cy);
    }
    return c;
}

/* Half without rotation. Scales from far too small to far too large, negative ones and none at all. */
static void draw_matrix(yd_rng *rng, const yd_collage *c, double m[6])
{
    double scale = exp(yd_rng_between(rng, -4, 3)),
           turn = between(rng, 0, 1) ? yd_rng_between(rng, -4, 4) : 0;
    if (between(rng, 0, 19) == 0) scale = 0;
    if (between(rng, 0, 9) == 0) scale = -scale;
    double sheared = turn != 0 ? yd_rng_between(rng, -0.3, 0.3) : 0;
    m[0] = scale * cos(turn), m[1] = scale * (sin(turn) + sheared);
    m[3] = scale * -sin(turn), m[4] = scale * (cos(turn) + sheared);
    if (between(rng, 0, 9) == 0 && turn == 0) m[0] = m[4] = 1; /* whole pixels */
    m[2] = yd_rng_between(rng, -0.7, 0.7) * c->width;
    m[5] = yd_rng_between(rng, -0.7, 0.7) * c->height;
    if (between(rng, 0, 3) == 0) m[2] = rint(m[2]), m[5] = rint(m[5]);
}

static void check_case(int number, const yd_pixel_set *set)
{
    yd_rng rng = yd_rng_make(7, 0, (uint32_t)number, 1);
    yd_image pictures[4];
    double matrix[6];
    yd_hsv_gains gains;
    yd_collage c = draw_collage(&rng, pictures);
    draw_matrix(&rng, &c, matrix);
    yd_hsv_gains_make(yd_rng_between(&rng, 0, 2), yd_rng_between(&rng, 0, 2), yd_rng_between(&rng, 0, 2),
                      &gains);
    yd_collage_view view = {.matrix = matrix,
                            .width = between(&rng, 1, MOST_SIDE),
                            .height = between(&rng, 1, MOST_SIDE),
                            .mirror = between(&rng, 0, 1),
                            .upside_down = between(&rng, 0, 1),
                            .gains = between(&rng, 0, 1) ? &gains : NULL,
                            .kernels = set};
    size_t bytes = 3 * (size_t)view.width * (size_t)view.height;
    uint8_t *wanted = malloc(bytes), *found = malloc(bytes);
    REQUIRE(wanted && found);
    step_by_step(&c, &view, wanted);
    REQUIRE(yd_collage_warp(&c, &view, found, NULL) == YD_OK);
    bool same = memcmp(found, wanted, bytes) == 0;
    if (!same) printf("       case %d, %s\n", number, set->name);
    CHECK(same);
    free(wanted);
    free(found);
    for (int i = 0; i < 4; i++) yd_image_free(&pictures[i]);
}

static void warps(void)
{
    const yd_pixel_set *list[4];
    int count = yd_pixel_list(list);
    for (int i = 0; i < CASES; i++)
        for (int k = 0; k < count; k++) check_case(i, list[k]);
}

/* Numbers that no data set gives. */
static void strange_matrices(void)
{
    static const double strange[][6] = {{NAN, NAN, NAN, NAN, NAN, NAN},
                                        {1e-300, 0, 0, 0, 1e-300, 0},
                                        {1e300, 0, 0, 0, 1e300, 0},
                                        {1, 0, 1e300, 0, 1, -1e300},
                                        {INFINITY, 0, 0, 0, 1, 0}};
    const yd_pixel_set *list[4];
    uint8_t wanted[3 * 24 * 9], found[3 * 24 * 9];
    yd_rng rng = yd_rng_make(7, 0, 0, 2);
    yd_image image = noise(&rng, 30, 20);
    yd_collage c = yd_collage_of(&image);
    for (int k = 0, count = yd_pixel_list(list); k < count; k++)
        for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
            yd_collage_view view = {.matrix = strange[i], .width = 24, .height = 9, .kernels = list[k]};
            step_by_step(&c, &view, wanted);
            REQUIRE(yd_collage_warp(&c, &view, found, NULL) == YD_OK);
            CHECK(memcmp(found, wanted, sizeof found) == 0);
        }
    yd_image_free(&image);
}

/* ---- colours ---- */

/* Colours that differ in green and blue alone, [65536]. */
static void check_plane_of_colours(const yd_pixel_set *set, const yd_hsv_gains *gains, int red,
                                   yd_image *image, uint8_t *planes)
{
    enum { COUNT = 65536 };
    for (int i = 0; i < COUNT; i++) {
        uint8_t *pixel = image->pixels + 3 * i;
        pixel[0] = planes[i] = (uint8_t)red;
        pixel[1] = planes[COUNT + i] = (uint8_t)(i >> 8);
        pixel[2] = planes[2 * COUNT + i] = (uint8_t)i;
    }
    yd_hsv_gain(image, gains);
    set->gain(gains, COUNT, planes, planes + COUNT, planes + 2 * COUNT);
    bool same = true;
    for (int i = 0; i < 3 * COUNT; i++) same &= planes[i % 3 * COUNT + i / 3] == image->pixels[i];
    CHECK(same);
}

/* Every colour there is, on its way to HSV; the tables keep what was found apart. */
static void all_colours(void)
{
    const yd_pixel_set *list[4];
    yd_hsv_gains gains;
    yd_image image;
    uint8_t *planes = malloc(3 * 65536);
    REQUIRE(planes && yd_image_create(256, 256, &image, NULL) == YD_OK);
    yd_hsv_gains_make(1, 1, 1, &gains);
    for (int k = 0, count = yd_pixel_list(list); k < count; k++)
        for (int red = 0; red < 256; red++) check_plane_of_colours(list[k], &gains, red, &image, planes);
    free(planes);
    yd_image_free(&image);
}

/* Every hue, saturation and value, on its way back: the tables put them in the place of greys. */
static void all_hues(void)
{
    const yd_pixel_set *list[4];
    yd_hsv_gains gains;
    int count = yd_pixel_list(list);
    for (int i = 0; i < 256; i++) gains.value[i] = (uint8_t)i;
    for (int hs = 0; hs < 180 * 256; hs++) {
        uint8_t wanted[768], found[3][256];
        yd_image greys = {wanted, 256, 1};
        memset(gains.hue, hs / 256, 256);
        memset(gains.saturation, hs % 256, 256);
        for (int i = 0; i < 768; i++) wanted[i] = (uint8_t)(i / 3);
        yd_hsv_gain(&greys, &gains);
        bool same = true;
        for (int k = 0; k < count; k++) {
            for (int i = 0; i < 768; i++) found[i % 3][i / 3] = (uint8_t)(i / 3);
            list[k]->gain(&gains, 256, found[0], found[1], found[2]);
            for (int i = 0; i < 768; i++) same &= found[i % 3][i / 3] == wanted[i];
        }
        CHECK(same);
    }
}

/* Counts that are no multiple of a vector: nothing beyond is touched. */
static void counts(void)
{
    const yd_pixel_set *list[4];
    yd_hsv_gains gains;
    yd_hsv_gains_make(1.1, 0.8, 1.2, &gains);
    for (int k = 0, count = yd_pixel_list(list); k < count; k++)
        for (size_t n = 0; n < 140; n++) {
            uint8_t planes[3][141];
            memset(planes, 0x5A, sizeof planes);
            planes[0][0] = 200;
            list[k]->gain(&gains, n, planes[0], planes[1], planes[2]);
            for (int c = 0; c < 3; c++) CHECK(planes[c][n] == 0x5A || (n == 0 && planes[c][0] == 200));
        }
}

static const yd_test_case cases[] = {
    {"warps", warps},
    {"strange matrices", strange_matrices},
    {"all colours", all_colours},
    {"all hues", all_hues},
    {"counts", counts},
};
TEST_MAIN(cases)
