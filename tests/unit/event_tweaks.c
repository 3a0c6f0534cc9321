/* The table of live values: reading, checking and showing them from a status block. */
#include "event/tweaks.h"
#include "support/test.h"
#include <limits.h>
#include <math.h>
#include <string.h>

static yd_status_block block_of_a_run(void)
{
    return (yd_status_block){.epoch = 4,
                             .epochs = 100,
                             .batch = 7,
                             .batches = 10,
                             .step = 47,
                             .loader_next = 50,
                             .save_period = -1,
                             .patience = 100,
                             .val_period = 1,
                             .lr_scale = 1,
                             .size_min = 208,
                             .size_max = 624,
                             .size_step = 32,
                             .mosaic = 1};
}

static void names(void)
{
    CHECK(yd_tweak_find("save_period") == YD_TWEAK_save_period);
    CHECK(yd_tweak_find("save-period") == YD_TWEAK_save_period);
    CHECK(yd_tweak_find("lr-scale") == YD_TWEAK_lr_scale);
    CHECK(yd_tweak_find("save") == YD_TWEAK_COUNT && yd_tweak_find("") == YD_TWEAK_COUNT);
    CHECK(yd_tweak_find("mosaics") == YD_TWEAK_COUNT);
    for (int i = 0; i < YD_TWEAK_COUNT; i++) {
        CHECK(yd_tweak_find(yd_tweak_rows[i].name) == (yd_tweak)i);
        CHECK(strlen(yd_tweak_rows[i].name) < sizeof((yd_event_body *)0)->changed.name);
        CHECK(yd_tweak_rows[i].low < yd_tweak_rows[i].high && yd_tweak_rows[i].step > 0);
    }
}

static void values_go_through_the_block(void)
{
    yd_status_block block = block_of_a_run();
    for (int i = 0; i < YD_TWEAK_COUNT; i++) {
        double value = yd_tweak_rows[i].type == YD_TWEAK_REAL ? 0.37 : 1234;
        yd_tweak_set(&block, (yd_tweak)i, value);
        CHECK(yd_tweak_get(&block, (yd_tweak)i) == value);
    }
    CHECK(block.save_period == 1234 && block.epochs == 1234 && block.mosaic == 0.37 &&
          block.size_max == 1234);
}

static void what_is_typed(void)
{
    static const struct {
        yd_tweak tweak;
        const char *text;
        double value; /* NAN: refused */
    } table[] = {
        {YD_TWEAK_save_period, "3", 3},      {YD_TWEAK_save_period, "0", -1},
        {YD_TWEAK_save_period, "-2", NAN},   {YD_TWEAK_epochs, "5", 5},
        {YD_TWEAK_epochs, "4", NAN},         {YD_TWEAK_epochs, "5.0", NAN},
        {YD_TWEAK_epochs, "1000001", NAN},   {YD_TWEAK_patience, "0", 0},
        {YD_TWEAK_lr_scale, "0.3", 0.3},     {YD_TWEAK_lr_scale, "1e-3", 0.001},
        {YD_TWEAK_lr_scale, "0", NAN},       {YD_TWEAK_lr_scale, "inf", NAN},
        {YD_TWEAK_lr_scale, "nan", NAN},     {YD_TWEAK_mosaic, "1.0001", NAN},
        {YD_TWEAK_mosaic, "1", 1},           {YD_TWEAK_mosaic, "0x1", NAN},
        {YD_TWEAK_mixup, "", NAN},           {YD_TWEAK_mixup, "0.5 ", NAN},
        {YD_TWEAK_size_min, "224", 224},     {YD_TWEAK_size_min, "208", NAN},
        {YD_TWEAK_size_min, "32", NAN},      {YD_TWEAK_size_min, "608", 608},
        {YD_TWEAK_size_min, "640", NAN},     {YD_TWEAK_size_max, "224", 224},
        {YD_TWEAK_size_max, "192", NAN},     {YD_TWEAK_size_max, "16384", 16384},
        {YD_TWEAK_size_max, "16416", NAN},   {YD_TWEAK_val_period, "0", 0},
        {YD_TWEAK_plot_period, "many", NAN},
    };
    yd_status_block block = block_of_a_run();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double value = -77;
        bool good = yd_tweak_parse(&block, table[i].tweak, table[i].text, &value);
        CHECK(good == !isnan(table[i].value));
        CHECK(value == (good ? table[i].value : -77));
    }
}

static void ranges_in_words(void)
{
    yd_status_block block = block_of_a_run();
    char text[96];
    yd_tweak_wanted(&block, YD_TWEAK_epochs, text, sizeof text);
    CHECK_TEXT(text, "a whole number from 5 to 1000000");
    yd_tweak_wanted(&block, YD_TWEAK_size_min, text, sizeof text);
    CHECK_TEXT(text, "a multiple of 32 from 64 to 608");
    yd_tweak_wanted(&block, YD_TWEAK_size_max, text, sizeof text);
    CHECK_TEXT(text, "a multiple of 32 from 224 to 16384");
    yd_tweak_wanted(&block, YD_TWEAK_lr_scale, text, sizeof text);
    CHECK_TEXT(text, "a number from 0.0001 to 100");
    CHECK_TEXT(yd_tweak_text(YD_TWEAK_mosaic, 1, text, sizeof text), "1");
    CHECK_TEXT(yd_tweak_text(YD_TWEAK_mosaic, 0.1, text, sizeof text), "0.1");
    CHECK_TEXT(yd_tweak_text(YD_TWEAK_save_period, -1, text, sizeof text), "-1");
}

static void steps(void)
{
    static const struct {
        yd_tweak tweak;
        double from, up, down;
    } table[] = {
        {YD_TWEAK_save_period, -1, 1, -1},
        {YD_TWEAK_save_period, 1, 2, -1},
        {YD_TWEAK_epochs, 5, 6, 5},
        {YD_TWEAK_lr_scale, 0.2, 0.3, 0.1},
        {YD_TWEAK_lr_scale, 0.1, 0.2, 0.0001},
        {YD_TWEAK_mosaic, 1, 1, 0.95},
        {YD_TWEAK_size_min, 208, 224, 192},
        {YD_TWEAK_size_min, 64, 96, 64},
        {YD_TWEAK_size_max, 624, 640, 608},
    };
    yd_status_block block = block_of_a_run();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        CHECK(yd_tweak_step(&block, table[i].tweak, table[i].from, 1) == table[i].up);
        CHECK(yd_tweak_step(&block, table[i].tweak, table[i].from, -1) == table[i].down);
    }
}

static void first_batches(void)
{
    yd_status_block block = block_of_a_run();
    int epoch, batch;
    yd_tweak_first(&block, YD_TWEAK_lr_scale, &epoch, &batch);
    CHECK(epoch == 4 && batch == 8);
    yd_tweak_first(&block, YD_TWEAK_mosaic, &epoch, &batch);
    CHECK(epoch == 5 && batch == 0);
    yd_tweak_first(&block, YD_TWEAK_epochs, &epoch, &batch);
    CHECK(epoch == 4 && batch == 10);
}

/* A block is whatever another process wrote. */
static void hostile_blocks(void)
{
    for (int turn = 0; turn < 4; turn++) {
        yd_status_block block;
        memset(&block, (int[]){0, 0xff, 0x7f, 0x80}[turn], sizeof block);
        for (int i = 0; i < YD_TWEAK_COUNT; i++) {
            char text[400];
            int epoch, batch;
            double value;
            yd_tweak_first(&block, (yd_tweak)i, &epoch, &batch);
            yd_tweak_wanted(&block, (yd_tweak)i, text, 96);
            yd_tweak_text((yd_tweak)i, yd_tweak_get(&block, (yd_tweak)i), text, sizeof text);
            yd_tweak_parse(&block, (yd_tweak)i, "64", &value);
        }
    }
}

static const yd_test_case cases[] = {
    {"names", names},
    {"values go through the block", values_go_through_the_block},
    {"what is typed", what_is_typed},
    {"ranges in words", ranges_in_words},
    {"steps", steps},
    {"first batches", first_batches},
    {"hostile blocks", hostile_blocks},
};
TEST_MAIN(cases)
