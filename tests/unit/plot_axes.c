/* Axes that can be read, lines where their values are, text of whatever bytes; and LR.png, the simplest plot.
 */
#include "plot/axes.h"
#include "plot/lr_plot.h"
#include "plot/palette.h"
#include "support/layout.h"
#include "support/pixels.h"
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

static void planned_lr(void)
{
    yd_error error = {0};
    if (yd_plot_lr(yd_test_folder(), &schedule, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    yd_image image = yd_read_picture(yd_test_folder(), "LR.png");
    CHECK(image.width == 1280 && image.height == 960);
    /* Above the legend: all three curves, and nothing of them where the rate is not. */
    for (int g = 0; g < 3; g++) CHECK(yd_count_colour(&image, 0, 0, 1280, 880, yd_palette_colour(g), 8) > 60);
    CHECK(yd_count_colour(&image, 700, 80, 1230, 200, yd_palette_colour(1), 8) == 0);
    CHECK(yd_count_colour(&image, 160, 300, 600, 430, yd_palette_colour(1), 8) < 1000);
    /* The run's panel at half its epochs: weights under norm weights; the warm-up's at half of it: biases. */
    const yd_area run = {150, 70, 1240, 440}, warmup = {150, 570, 1240, 810};
    yd_schedule_point half, peak, middle, first;
    yd_schedule_at(&schedule, 50, 20, &half);
    yd_schedule_at(&schedule, 3, 0, &peak);
    yd_schedule_at(&schedule, 1, 20, &middle); /* iteration 60, of an axis that ends at 121 */
    yd_schedule_at(&schedule, 0, 0, &first);
    int x = (int)(run.left + 0.505 * (run.right - run.left)),
        y = (int)(run.bottom - half.lr[1] / (1.08 * peak.lr[1]) * (run.bottom - run.top));
    CHECK(yd_count_colour(&image, x, y - 8, x + 1, y + 8, yd_palette_colour(1), 30) >= 2);
    x = (int)(warmup.left + 60 / 121. * (warmup.right - warmup.left));
    y = (int)(warmup.bottom - middle.lr[2] / (1.08 * first.lr[2]) * (warmup.bottom - warmup.top));
    CHECK(yd_is_colour(yd_pixel(&image, x, y), yd_palette_colour(2), 8));
    yd_image_free(&image);
}

static void check_lr(const yd_schedule *s)
{
    yd_sheet *sheet;
    yd_error error;
    if (yd_draw_lr(s, &sheet, &error) != YD_OK) yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    yd_check_layout(sheet, "LR");
    yd_sheet_destroy(sheet);
}

static void odd_schedules(void)
{
    yd_schedule s = schedule;
    yd_error error;
    s.epochs = 1, s.batches = 1;
    check_lr(&s);
    s.lr0 = 0, s.warmup_bias_lr = 0;
    check_lr(&s);
    s.epochs = 100000, s.batches = 100000, s.cosine = true;
    check_lr(&s);
    s.epochs = 0;
    CHECK(yd_plot_lr(yd_test_folder(), &s, &error) == YD_ERR_INTERNAL);
    CHECK(yd_plot_lr("/does/not/exist", &schedule, &error) == YD_ERR_IO);
}

static void round_steps(void)
{
    CHECK_NEAR(yd_tick_step(100, 10), 10, 1e-12);
    CHECK_NEAR(yd_tick_step(300, 10), 50, 1e-12);
    CHECK_NEAR(yd_tick_step(.0108, 8), .002, 1e-15);
    CHECK_NEAR(yd_tick_step(7, 10), 1, 1e-12);
}

static void tick_texts(void)
{
    static const struct {
        double value, step;
        const char *text;
    } cases[] = {{0, 1, "0"},           {-1e-20, .1, "0.0"},  {.30000000000000004, .1, "0.3"},
                 {.002, .002, "0.002"}, {1.5, .5, "1.5"},     {-2, 1, "-2"},
                 {9000, 1000, "9000"},  {12000, 2000, "12k"}, {12500, 500, "12.5k"},
                 {3e6, 1e6, "3M"},      {12345, 1, "12345"},  {2e-7, 1e-7, "2e-07"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        yd_tick_text(text, sizeof text, cases[i].value, cases[i].step);
        CHECK_TEXT(text, cases[i].text);
    }
}

static void ranges(void)
{
    double low, high;
    const double values[] = {3, NAN, -1, INFINITY};
    yd_axes_fit(&low, &high, values, 4);
    CHECK(low < -1 && low > -1.5 && high > 3 && high < 3.5);
    yd_axes_fit(&low, &high, values, 1);
    CHECK(low < 3 && high > 3);
    yd_axes_fit(&low, &high, values + 1, 1);
    CHECK(low < high);
    const double zero = 0;
    yd_axes_fit(&low, &high, &zero, 1);
    CHECK(low < 0 && high > 0);
}

static yd_sheet *new_sheet(int width, int height)
{
    yd_sheet *sheet;
    yd_error error;
    if (yd_sheet_create(width, height, &sheet, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return sheet;
}

/* Writes the sheet and reads it back. */
static yd_image finish(yd_sheet *sheet)
{
    yd_error error;
    char path[4200];
    snprintf(path, sizeof path, "%s/sheet.png", yd_test_folder());
    if (yd_sheet_write(sheet, path, &error) != YD_OK) yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    yd_sheet_destroy(sheet);
    return yd_read_picture(yd_test_folder(), "sheet.png");
}

static void lines_lie_where_their_values_are(void)
{
    yd_sheet *sheet = new_sheet(120, 120);
    const yd_axes axes = {.sheet = sheet, .area = {10, 10, 110, 110}, .x_high = 10, .y_high = 10};
    const yd_stroke stroke = {.thickness = 4, .colour = {200, 0, 0}};
    const double x[] = {0, 2, 4, 6, 8, 10}, y[] = {0, 2, NAN, 7, NAN, 9};
    yd_axes_line(&axes, x, y, 6, stroke);
    yd_image image = finish(sheet);
    CHECK(yd_is_colour(yd_pixel(&image, 20, 99), stroke.colour, 8)); /* (1, 1), on the first stretch */
    CHECK(yd_is_colour(yd_pixel(&image, 70, 40), stroke.colour, 8)); /* (6, 7), alone: a dot */
    CHECK(yd_is_colour(yd_pixel(&image, 50, 66), yd_paper, 0));      /* between them: nothing */
    CHECK(yd_is_colour(yd_pixel(&image, 90, 30), yd_paper, 0));
    yd_image_free(&image);
}

static void lines_stay_in_the_panel(void)
{
    yd_sheet *sheet = new_sheet(100, 100);
    const yd_axes axes = {.sheet = sheet, .area = {20, 20, 80, 80}, .x_high = 3, .y_high = 1};
    const double x[6] = {0, 1, 1.5, 2, 2.5, 3}, y[6] = {.5, 50, -1e300, -3, .2, INFINITY};
    yd_axes_line(&axes, x, y, 6, (yd_stroke){.thickness = 2, .colour = {0, 0, 0}});
    yd_image image = finish(sheet);
    int inside = 0, outside = 0;
    for (int py = 0; py < 100; py++)
        for (int px = 0; px < 100; px++) {
            bool drawn = yd_pixel(&image, px, py).red < 128;
            bool in = px >= 18 && px <= 82 && py >= 18 && py <= 82;
            inside += drawn && in, outside += drawn && !in;
        }
    CHECK(inside > 10 && outside == 0);
    yd_image_free(&image);
}

static void any_text(void)
{
    const yd_lettering how = {.size = 20, .colour = {0, 0, 0}, .widest = 300};
    char invalid[] = "bad \xff\xfe utf", endless[5000];
    memset(endless, 'w', sizeof endless - 1);
    endless[sizeof endless - 1] = 0;
    const char *const texts[] = {"", "plain", "Größe – 猫", "esc\x1b[31m\n", invalid, endless};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        yd_sheet *sheet = new_sheet(400, 60);
        double width = yd_sheet_text_width(sheet, texts[i], &how);
        CHECK(width >= 0 && width <= 300);
        yd_sheet_text(sheet, (yd_place){10, 20}, texts[i], &how);
        yd_image image = finish(sheet);
        int drawn = yd_count_colour(&image, 0, 0, 400, 60, (yd_colour){0, 0, 0}, 100);
        CHECK(*texts[i] ? drawn > 20 : drawn == 0);
        CHECK(yd_count_colour(&image, 315, 0, 400, 60, yd_paper, 0) == 85 * 60);
        yd_image_free(&image);
    }
}

/* The anchor's meaning, by what lies left and right of the place. */
static void anchors_of_text(void)
{
    for (int k = 0; k < 3; k++) {
        yd_sheet *sheet = new_sheet(400, 60);
        const yd_lettering how = {.size = 20, .colour = {0, 0, 0}, .anchor = {k * 0.5, 0.5}};
        yd_sheet_text(sheet, (yd_place){200, 30}, "mmmmmm", &how);
        yd_image image = finish(sheet);
        int left = yd_count_colour(&image, 0, 0, 200, 60, (yd_colour){0, 0, 0}, 100),
            right = yd_count_colour(&image, 200, 0, 400, 60, (yd_colour){0, 0, 0}, 100);
        CHECK(k == 0 ? left == 0 && right > 50 : k == 2 ? right == 0 && left > 50 : left > 25 && right > 25);
        yd_image_free(&image);
    }
}

/* Heat rises in darkness, and categories differ in grey too from their neighbours. */
static void palette(void)
{
    int last = 256;
    for (int i = 0; i <= 100; i++) {
        yd_colour c = yd_palette_heat(i / 100.);
        int grey = (299 * c.red + 587 * c.green + 114 * c.blue) / 1000;
        CHECK(grey <= last);
        last = grey;
    }
    CHECK(last < 80);
    CHECK(yd_is_colour(yd_palette_heat(0), yd_paper, 0) &&
          yd_is_colour(yd_palette_heat((double)NAN), yd_paper, 0));
    CHECK(yd_is_colour(yd_palette_heat(7), yd_palette_heat(1), 0));
    CHECK(yd_is_colour(yd_palette_colour(YD_PALETTE_COLOURS), yd_palette_colour(0), 0));
    CHECK(yd_palette_repeats(YD_PALETTE_COLOURS) && !yd_palette_repeats(YD_PALETTE_COLOURS - 1));
}

static const yd_test_case cases[] = {
    {"planned learning rate", planned_lr},
    {"odd schedules", odd_schedules},
    {"round steps", round_steps},
    {"texts of ticks", tick_texts},
    {"ranges", ranges},
    {"lines lie where their values are", lines_lie_where_their_values_are},
    {"lines stay in the panel", lines_stay_in_the_panel},
    {"any text", any_text},
    {"anchors of text", anchors_of_text},
    {"palette", palette},
};
TEST_MAIN(cases)
