/* LR.png: there, of the right size, with all three curves in it; ticks that can be read. */
#include "sink/plots.h"
#include "image/decode.h"
#include "sink/figure.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const yd_schedule schedule = {.lr0 = .01,
                                     .lrf = .01,
                                     .momentum = .937,
                                     .warmup_bias_lr = .1,
                                     .warmup_momentum = .8,
                                     .epochs = 100,
                                     .batches = 40,
                                     .batch_size = 16,
                                     .nominal_batch = 64,
                                     .warmup = 120,
                                     .scale = 1};

static int count_colour(const yd_image *image, int from_row, int red, int green, int blue)
{
    int found = 0;
    for (int y = from_row; y < image->height; y++)
        for (int x = 0; x < image->width; x++) {
            const uint8_t *p = image->pixels + 3 * ((size_t)y * (size_t)image->width + (size_t)x);
            found += p[0] == red && p[1] == green && p[2] == blue;
        }
    return found;
}

static void planned_lr(void)
{
    char path[4200];
    yd_image image;
    yd_error error = {0};
    if (yd_plot_lr(yd_test_folder(), &schedule, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    snprintf(path, sizeof path, "%s/LR.png", yd_test_folder());
    REQUIRE(yd_image_read(path, &image, &error) == YD_OK);
    CHECK(image.width == 1280 && image.height == 960);
    /* below the legend */
    CHECK(count_colour(&image, 250, 0x1f, 0x77, 0xb4) > 200);
    CHECK(count_colour(&image, 250, 0xff, 0x7f, 0x0e) > 200);
    CHECK(count_colour(&image, 0, 0x2c, 0xa0, 0x2c) > 200);
    yd_image_free(&image);
}

static void odd_schedules(void)
{
    yd_schedule s = schedule;
    yd_error error;
    s.epochs = 1, s.batches = 1;
    CHECK(yd_plot_lr(yd_test_folder(), &s, &error) == YD_OK);
    s.lr0 = 0, s.warmup_bias_lr = 0;
    CHECK(yd_plot_lr(yd_test_folder(), &s, &error) == YD_OK);
    s.epochs = 100000, s.batches = 100000, s.cosine = true;
    CHECK(yd_plot_lr(yd_test_folder(), &s, &error) == YD_OK);
    s.epochs = 0;
    CHECK(yd_plot_lr(yd_test_folder(), &s, &error) == YD_ERR_INTERNAL);
    CHECK(yd_plot_lr("/does/not/exist", &schedule, &error) == YD_ERR_IO);
}

static void round_steps(void)
{
    CHECK_NEAR(yd_figure_step(100, 10), 10, 1e-12);
    CHECK_NEAR(yd_figure_step(300, 10), 50, 1e-12);
    CHECK_NEAR(yd_figure_step(.0108, 8), .002, 1e-15);
    CHECK_NEAR(yd_figure_step(7, 10), 1, 1e-12);
}

static void lines_stay_in_the_panel(void)
{
    yd_image image;
    yd_error error;
    REQUIRE(yd_image_create(100, 100, &image, &error) == YD_OK);
    memset(image.pixels, 255, 100 * 100 * 3);
    const yd_figure figure = {
        .image = &image, .left = 20, .top = 20, .right = 80, .bottom = 80, .x_high = 3, .y_high = 1};
    const double x[6] = {0, 1, 1.5, 2, 2.5, 3}, y[6] = {.5, 50, NAN, -3, .2, INFINITY};
    yd_figure_line(&figure, x, y, 6, 1, (yd_colour){0, 0, 0});
    int inside = 0, outside = 0;
    for (int py = 0; py < 100; py++)
        for (int px = 0; px < 100; px++) {
            bool drawn = image.pixels[3 * (100 * py + px)] < 128;
            bool in = px >= 18 && px <= 82 && py >= 18 && py <= 82;
            inside += drawn && in, outside += drawn && !in;
        }
    CHECK(inside > 10 && outside == 0);
    yd_image_free(&image);
}

static const yd_test_case cases[] = {
    {"planned learning rate", planned_lr},
    {"odd schedules", odd_schedules},
    {"round steps", round_steps},
    {"lines stay in the panel", lines_stay_in_the_panel},
};
TEST_MAIN(cases)
