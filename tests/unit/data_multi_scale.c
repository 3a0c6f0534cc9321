/* Multi-scale training: the sizes that are drawn (training.md, 6, step 3), and the resize. */
#include "data/multi_scale.h"
#include "support/test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 640: 21 sizes from 320 to 960, alike; 416: 15, the ends half as often. */
static void sizes_are_drawn(void)
{
    static const struct {
        int size, count, low, high;
        double ends;
    } table[] = {{640, 21, 320, 960, 1}, {416, 15, 192, 640, 0.5}};
    enum { DRAWS = 60000 };
    for (int t = 0; t < 2; t++) {
        yd_multi_scale scale = {table[t].size / 2, table[t].size + table[t].size / 2, 32, 7};
        int seen[64] = {0};
        for (int i = 0; i < DRAWS; i++) {
            int size = yd_multi_scale_draw(&scale, i / 1000, i % 1000);
            REQUIRE(size % 32 == 0 && size >= table[t].low && size <= table[t].high);
            seen[size / 32]++;
        }
        int kinds = 0;
        double weights = table[t].count - 2 + 2 * table[t].ends;
        for (int s = table[t].low / 32; s <= table[t].high / 32; s++) {
            bool end = s == table[t].low / 32 || s == table[t].high / 32;
            double expected = DRAWS * (end ? table[t].ends : 1) / weights;
            kinds += seen[s] > 0;
            CHECK(fabs(seen[s] - expected) < 5 * sqrt(expected));
        }
        CHECK(kinds == table[t].count);
    }
}

static void draws_are_functions(void)
{
    yd_multi_scale scale = {320, 960, 32, 7}, other = {320, 960, 32, 8}, one = {64, 64, 32, 7};
    int same = 0;
    for (int i = 0; i < 100; i++) {
        CHECK(yd_multi_scale_draw(&scale, 3, i) == yd_multi_scale_draw(&scale, 3, i));
        CHECK(yd_multi_scale_draw(&one, 3, i) == 64);
        same += yd_multi_scale_draw(&scale, 3, i) == yd_multi_scale_draw(&other, 3, i);
    }
    CHECK(same < 30);
}

/* 32 (--preset seed): from 16 to 48 by strides of 32. */
static void no_size_is_nothing(void)
{
    yd_multi_scale scale = {16, 48, 32, 7};
    int seen[3] = {0};
    for (int i = 0; i < 200; i++) {
        int size = yd_multi_scale_draw(&scale, 0, i);
        REQUIRE(size == 32 || size == 64);
        seen[size / 32]++;
    }
    CHECK(seen[1] && seen[2]);
}

/* The rounding of the reference, and what it makes of 448, 896 and 992. */
static void sides(void)
{
    static const int table[][3] = {{640, 320, 320}, {640, 960, 960},  {800, 448, 480},
                                   {800, 896, 928}, {960, 992, 1024}, {800, 800, 800}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        yd_batch batch = {.height = table[i][0], .width = table[i][0]};
        int height, width;
        yd_multi_scale_sides(&batch, table[i][1], 32, &height, &width);
        CHECK(height == table[i][2] && width == table[i][2]);
    }
    yd_batch wide = {.height = 320, .width = 640};
    int height, width;
    yd_multi_scale_sides(&wide, 320, 32, &height, &width);
    CHECK(height == 160 && width == 320);
}

/* The formula of model_and_loss.md, 11, in double, place by place. */
static double wanted(const uint8_t *plane, int from, int to, int y, int x)
{
    int at[2] = {y, x}, first[2], second[2];
    double weight[2];
    for (int i = 0; i < 2; i++) {
        double place = (double)((float)from / (float)to) * (at[i] + 0.5) - 0.5;
        if (place < 0) place = 0;
        first[i] = (int)place;
        second[i] = first[i] + (first[i] < from - 1);
        weight[i] = place - first[i];
    }
    const uint8_t *a = plane + first[0] * from, *b = plane + second[0] * from;
    double upper = (1 - weight[1]) * a[first[1]] + weight[1] * a[second[1]];
    double lower = (1 - weight[1]) * b[first[1]] + weight[1] * b[second[1]];
    return ((1 - weight[0]) * upper + weight[0] * lower) / 255;
}

static void resizes(void)
{
    enum { FROM = 64, COUNT = 2 };
    static uint8_t images[COUNT * 3 * FROM * FROM];
    unsigned seed = 5;
    for (size_t i = 0; i < sizeof images; i++)
        images[i] = (uint8_t)((seed = seed * 1103515245 + 12345) >> 16);
    yd_batch batch = {.count = COUNT, .height = FROM, .width = FROM, .images = images};
    yd_batch_resizer resizer = {0};
    static const int sizes[] = {96, 32, 64};
    for (int s = 0; s < 3; s++) {
        int to = sizes[s];
        REQUIRE(yd_batch_resizer_start(&resizer, &batch, to, to, NULL) == YD_OK);
        for (int share = 0; share < 4; share++) yd_batch_resizer_work(&resizer, share, 4);
        double most = 0;
        for (int plane = 0; plane < COUNT * 3; plane++)
            for (int y = 0; y < to; y++)
                for (int x = 0; x < to; x++)
                    most = fmax(most, fabs((double)resizer.images[(plane * to + y) * to + x] -
                                           wanted(images + plane * FROM * FROM, FROM, to, y, x)));
        CHECK(most < 1e-5);
    }
    yd_batch_resizer_free(&resizer);
}

static const yd_test_case cases[] = {
    {"sizes are drawn", sizes_are_drawn},
    {"draws are functions", draws_are_functions},
    {"no size is nothing", no_size_is_nothing},
    {"sides", sides},
    {"resizes", resizes},
};
TEST_MAIN(cases)
