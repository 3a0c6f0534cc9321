/* Pixel operations against OpenCV's own output. The pack is BGR, the program RGB: nothing but the swap stands
 * between. Within 1 grey level, warps within 2 in 99.9 % of the pixels: what is printed beside says how near
 * they come. */
#include "image/colour.h"
#include "image/letterbox.h"
#include "image/resize.h"
#include "image/warp.h"
#include "support/npz.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static yd_npz *open_pack(void)
{
    return yd_npz_open(yd_test_shared("golden/image_ops.npz"));
}

static void swap_channels(yd_image *image)
{
    for (size_t i = 0; i < yd_image_bytes(image); i += 3) {
        uint8_t blue = image->pixels[i];
        image->pixels[i] = image->pixels[i + 2];
        image->pixels[i + 2] = blue;
    }
}

static yd_image load(yd_npz *pack, const char *name)
{
    const yd_npy *array = yd_npz_need(pack, name);
    yd_image image;
    REQUIRE(array->rank == 3 && array->dims[2] == 3 && strcmp(array->dtype, "u1") == 0);
    REQUIRE(yd_image_create((int)array->dims[1], (int)array->dims[0], &image, NULL) == YD_OK);
    memcpy(image.pixels, array->data, array->elements);
    swap_channels(&image);
    return image;
}

static yd_image blank(int width, int height)
{
    yd_image image;
    REQUIRE(yd_image_create(width, height, &image, NULL) == YD_OK);
    return image;
}

/* Samples may differ by tolerance, but for the given share of them. Frees both. */
static void compare(const char *name, yd_image *found, yd_image *wanted, int tolerance, double exempt)
{
    REQUIRE(found->width == wanted->width && found->height == wanted->height);
    size_t count = yd_image_bytes(found), differing = 0, beyond = 0;
    int worst = 0;
    for (size_t i = 0; i < count; i++) {
        int gap = abs(found->pixels[i] - wanted->pixels[i]);
        differing += gap > 0;
        beyond += gap > tolerance;
        if (gap > worst) worst = gap;
    }
    printf("       %-12s %zu of %zu samples differ, by at most %d\n", name, differing, count, worst);
    CHECK((double)beyond <= exempt * (double)count);
    yd_image_free(found);
    yd_image_free(wanted);
}

static void resize(void)
{
    static const struct {
        const char *param, *array;
        yd_filter filter;
    } cases[] = {{"area", "rs_area", YD_FILTER_AREA},
                 {"lin_up", "rs_lin_up", YD_FILTER_LINEAR},
                 {"lin_dn", "rs_lin_dn", YD_FILTER_LINEAR}};
    yd_npz *pack = open_pack();
    yd_image source = load(pack, "im");
    const char *params = yd_npz_params(pack);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int width = (int)yd_params_number(params, 0, "resize", cases[i].param, "0", NULL);
        int height = (int)yd_params_number(params, 0, "resize", cases[i].param, "1", NULL);
        yd_image found = blank(width, height), wanted = load(pack, cases[i].array);
        CHECK(yd_resize(&source, &found, cases[i].filter, NULL) == YD_OK);
        compare(cases[i].array, &found, &wanted, 1, 0);
    }
    yd_image_free(&source);
    yd_npz_close(pack);
}

static void one_letterbox(yd_npz *pack, const yd_image *source, const char *key)
{
    const char *params = yd_npz_params(pack);
    char name[32];
    int height = (int)yd_params_number(params, 0, "letterbox", key, "new_shape", "0", NULL);
    int width = (int)yd_params_number(params, 0, "letterbox", key, "new_shape", "1", NULL);
    int stride = (int)yd_params_number(params, 32, "letterbox", key, "stride", NULL);
    unsigned flags =
        (yd_params_number(params, 0, "letterbox", key, "auto", NULL) != 0 ? YD_LETTERBOX_MINIMUM : 0) |
        (yd_params_number(params, 1, "letterbox", key, "scaleup", NULL) != 0 ? YD_LETTERBOX_SCALE_UP : 0);
    yd_letterbox plan = yd_letterbox_plan(source->width, source->height, width, height, flags, stride);
    yd_image found = blank(plan.left + plan.width + plan.right, plan.top + plan.height + plan.bottom);
    CHECK(yd_letterbox_apply(source, &plan, &found, NULL) == YD_OK);
    snprintf(name, sizeof name, "lb_%s_ratio", key);
    const double *ratio = yd_npz_doubles(pack, name);
    CHECK_NEAR(plan.ratio_width, ratio[0], 1e-12);
    CHECK_NEAR(plan.ratio_height, ratio[1], 1e-12);
    snprintf(name, sizeof name, "lb_%s_pad", key);
    const double *pad = yd_npz_doubles(pack, name);
    CHECK_NEAR(plan.pad_x, pad[0], 0);
    CHECK_NEAR(plan.pad_y, pad[1], 0);
    snprintf(name, sizeof name, "lb_%s", key);
    yd_image wanted = load(pack, name);
    compare(name, &found, &wanted, 1, 0);
}

static void letterbox(void)
{
    yd_npz *pack = open_pack();
    yd_image source = load(pack, "im");
    static const char *const keys[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++) one_letterbox(pack, &source, keys[i]);
    yd_image_free(&source);
    yd_npz_close(pack);
}

static void warp(void)
{
    yd_npz *pack = open_pack();
    yd_image source = load(pack, "im");
    const char *params = yd_npz_params(pack);
    int width = (int)yd_params_number(params, 0, "warp_size", "0", NULL);
    int height = (int)yd_params_number(params, 0, "warp_size", "1", NULL);
    uint8_t border = (uint8_t)yd_params_number(params, 0, "warp_border", NULL);
    yd_image affine = blank(width, height), perspective = blank(width, height);
    yd_warp_affine(&source, yd_npz_doubles(pack, "M"), border, &affine);
    yd_warp_perspective(&source, yd_npz_doubles(pack, "M2"), border, &perspective);
    yd_image wanted = load(pack, "warp_affine");
    compare("warp_affine", &affine, &wanted, 2, 0.001);
    wanted = load(pack, "warp_persp");
    compare("warp_persp", &perspective, &wanted, 2, 0.001);
    yd_image_free(&source);
    yd_npz_close(pack);
}

static void hsv(void)
{
    yd_npz *pack = open_pack();
    const double *gain = yd_npz_doubles(pack, "hsv_gain");
    yd_image gained = load(pack, "im"), converted = load(pack, "im"), wanted = load(pack, "hsv");
    yd_hsv_gains gains;
    yd_hsv_gains_make(gain[0], gain[1], gain[2], &gains);
    yd_hsv_gain(&gained, &gains);
    /* OpenCV rounds only what its vectors leave over at the end of a row. */
    size_t vectors = (size_t)(gained.width - gained.width % 64) * 3, row = (size_t)gained.width * 3;
    for (size_t y = 0; y < (size_t)gained.height; y++)
        CHECK(memcmp(gained.pixels + y * row, wanted.pixels + y * row, vectors) == 0);
    compare("hsv", &gained, &wanted, 1, 0);
    yd_rgb_to_hsv(converted.pixels, converted.pixels, (size_t)converted.width * (size_t)converted.height);
    wanted = load(pack, "bgr2hsv");
    swap_channels(&wanted); /* these are H, S, V in both */
    compare("bgr2hsv", &converted, &wanted, 0, 0);
    yd_npz_close(pack);
}

static const yd_test_case cases[] = {
    {"resize", resize}, {"letterbox", letterbox}, {"warp", warp}, {"hsv", hsv}};
TEST_MAIN(cases)
