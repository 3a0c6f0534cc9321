/* Tune's pure parts: what a change would do, in words, and where its panels stand. */
#include "support/test.h"
#include "tui/tune_effect.h"
#include "tui/tune_layout.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Epoch 4 of 20 is under way, half done; an epoch takes 100 s, of which its validation 10 s. */
static yd_run_view *view_of_a_run(void)
{
    static yd_run_view view;
    view = (yd_run_view){.has_block = true, .validation_seconds = 10};
    view.block = (yd_status_block){.epoch = 4,
                                   .epochs = 20,
                                   .batch = 25,
                                   .batches = 50,
                                   .step = 225,
                                   .batch_size = 16,
                                   .loader_next = 228,
                                   .epoch_eta_seconds = 50,
                                   .eta_seconds = 50 + 15 * 100,
                                   .best_epoch = 3,
                                   .save_period = -1,
                                   .patience = 100,
                                   .val_period = 1,
                                   .lr_scale = 1,
                                   .lr = {0.008f, 0.008f, 0.008f},
                                   .size_min = 640,
                                   .size_max = 640,
                                   .size_step = 32,
                                   .mosaic = 1,
                                   .share_forward = 0.3f,
                                   .share_backward = 0.6f};
    return &view;
}

/* All lines of an effect, one a line. */
static const char *effect_of(const yd_run_view *view, yd_tweak tweak, double value)
{
    static char text[YD_EFFECT_LINES * 161];
    yd_tune_effect effect;
    yd_tune_effect_of(view, tweak, value, &effect);
    text[0] = '\0';
    for (int i = 0; i < effect.count; i++) {
        strcat(text, effect.lines[i]);
        strcat(text, "\n");
    }
    return text;
}

static void effects(void)
{
    static const struct {
        yd_tweak tweak;
        double value;
        const char *text;
    } table[] = {
        {YD_TWEAK_save_period, 3, "epoch6.pt is the next, in about 0:04:10; 4 more to the end\n"},
        {YD_TWEAK_save_period, 4, "epoch4.pt is the next, in about 0:00:50; 3 more to the end\n"},
        {YD_TWEAK_save_period, 50, "no epochN.pt before the end of the run\n"},
        {YD_TWEAK_save_period, -1, "no more epochN.pt; last.pt and best.pt are written as before\n"},
        {YD_TWEAK_epochs, 20, "the last epoch is 19\n"},
        {YD_TWEAK_epochs, 30,
         "the last epoch is 29\nthe learning rate is planned over 30 epochs from epoch 5 on\n"
         "the run ends in about 0:42:30 (as it is: 0:25:50)\n"},
        {YD_TWEAK_epochs, 5,
         "the last epoch is 4\nthe learning rate is planned over 5 epochs from epoch 5 on\n"
         "the run ends in about 0:00:50 (as it is: 0:25:50)\n"},
        {YD_TWEAK_patience, 0, "the run goes through all its epochs\n"},
        {YD_TWEAK_patience, 1, "the run ends after this epoch: the best one was 3\n"},
        {YD_TWEAK_patience, 5,
         "the run ends after epoch 8 unless a better one than 3 comes, in about 0:07:30\n"},
        {YD_TWEAK_patience, 100, "epoch 3, the best so far, may stay it to the end of the run\n"},
        {YD_TWEAK_val_period, 1, "epoch 4 is the next that is validated; 16 validations to the end\n"},
        {YD_TWEAK_val_period, 4,
         "epoch 7 is the next that is validated; 4 validations to the end\n"
         "the run ends in about 0:23:50 (as it is: 0:25:50)\n"},
        {YD_TWEAK_val_period, 0,
         "epoch 19 is the next that is validated; 1 validations to the end\n"
         "the run ends in about 0:23:20 (as it is: 0:25:50)\n"},
        {YD_TWEAK_lr_scale, 0.5, "weights: 0.008 -> 0.004 at the next batch\n"},
        {YD_TWEAK_lr_scale, 1, "weights learn at 0.008\n"},
        {YD_TWEAK_size_max, 640, "every batch has size 640\n"},
        {YD_TWEAK_size_max, 704,
         "3 sizes from 640 to 704\na batch has on average 1.10 times as many pixels as now\n"
         "the run ends in about 0:28:15 (as it is: 0:25:50)\n"},
        {YD_TWEAK_mosaic, 0.5, "about 8 of the 16 pictures of a batch are mosaics of four\n"},
        {YD_TWEAK_mixup, 0.25, "about 4 of the 16 pictures of a batch are two mosaics in one\n"},
        {YD_TWEAK_plot_period, 3, "train_e6_b0.jpg is the next picture\n"},
        {YD_TWEAK_plot_period, 0, "no more pictures of training batches\n"},
    };
    const yd_run_view *view = view_of_a_run();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        CHECK_TEXT(effect_of(view, table[i].tweak, table[i].value), table[i].text);
}

/* Where little is known, little is said; a block may hold anything in range. */
static void little_is_known(void)
{
    yd_run_view view = {.validation_seconds = NAN};
    for (int i = 0; i < YD_TWEAK_COUNT; i++) CHECK_TEXT(effect_of(&view, (yd_tweak)i, 1), "");
    view.has_block = true;
    view.block.eta_seconds = view.block.epoch_eta_seconds = NAN;
    for (int i = 0; i < YD_TWEAK_COUNT; i++)
        for (int j = -1; j < 3; j++) CHECK(!strstr(effect_of(&view, (yd_tweak)i, j * 1000.0), "nan"));
}

static void first_batches(void)
{
    char text[48];
    const yd_run_view *view = view_of_a_run();
    yd_tune_first_text(&view->block, YD_TWEAK_mosaic, text, sizeof text);
    CHECK_TEXT(text, "e4 b28");
    yd_tune_first_text(&view->block, YD_TWEAK_lr_scale, text, sizeof text);
    CHECK_TEXT(text, "e4 b26");
    yd_tune_first_text(&view->block, YD_TWEAK_patience, text, sizeof text);
    CHECK_TEXT(text, "end of e4");
}

static bool inside(yd_rect part, yd_rect whole)
{
    return part.height == 0 ||
           (part.x >= whole.x && part.y >= whole.y && part.width > 0 && part.height > 0 &&
            part.x + part.width <= whole.x + whole.width && part.y + part.height <= whole.y + whole.height);
}

static bool apart(yd_rect a, yd_rect b)
{
    return a.height == 0 || b.height == 0 || a.x + a.width <= b.x || b.x + b.width <= a.x ||
           a.y + a.height <= b.y || b.y + b.height <= a.y;
}

static void layouts(void)
{
    for (int width = 1; width < 220; width++)
        for (int height = 1; height < 70; height++)
            for (int curve = 0; curve < 2; curve++) {
                yd_rect body = {0, 2, width, height};
                yd_tune_layout layout = yd_layout_tune(body, YD_TWEAK_COUNT, curve);
                yd_rect a = layout.values.outer, b = layout.effect.outer, c = layout.history.outer;
                if (inside(a, body) && inside(b, body) && inside(c, body) && apart(a, b) && apart(b, c) &&
                    apart(a, c))
                    continue;
                CHECK(width < 0 && height < 0); /* shows the size */
                fprintf(stderr, "%d x %d, curve %d\n", width, height, curve);
                return;
            }
    yd_tune_layout common = yd_layout_tune((yd_rect){0, 0, 80, 21}, YD_TWEAK_COUNT, false);
    CHECK(common.values.outer.height == YD_TWEAK_COUNT + 2 && common.history.outer.height >= 3);
    common = yd_layout_tune((yd_rect){0, 0, 80, 21}, YD_TWEAK_COUNT, true);
    CHECK(common.effect.outer.height >= 12 && common.values.outer.height >= 4);
    common = yd_layout_tune((yd_rect){0, 0, 60, 13}, YD_TWEAK_COUNT, false);
    CHECK(common.values.outer.height >= 7 && common.effect.outer.height >= 5);
}

static const yd_test_case cases[] = {
    {"effects", effects},
    {"little is known", little_is_known},
    {"first batches", first_batches},
    {"layouts", layouts},
};
TEST_MAIN(cases)
