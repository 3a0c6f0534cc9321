/* The whole picture without a terminal: at every size, of every state, and of a run that lies. */
#include "support/test.h"
#include "tui/frame.h"
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000LL

static yd_app app;
static char screen[200 * 1024];

static yd_status_block sample(void)
{
    yd_status_block block = {.state = YD_RUN_TRAIN,
                             .heartbeat_ns = 1,
                             .started_wall_ns = SECOND,
                             .model = "yolov5n",
                             .dataset = "bccd",
                             .device = "cpu bf16",
                             .epoch = 12,
                             .epochs = 100,
                             .batch = 37,
                             .batches = 50,
                             .loss_box = 0.0412f,
                             .loss_obj = 0.0873f,
                             .loss_cls = 0.0031f,
                             .loss_total = 0.1316f,
                             .precision = 0.88f,
                             .recall = 0.86f,
                             .map50 = 0.871f,
                             .map50_95 = 0.583f,
                             .fitness = 0.612f,
                             .best_epoch = 11,
                             .best_fitness = 0.612f,
                             .lr = {0.009f, 0.009f, 0.009f},
                             .images_per_second = 38.1f,
                             .eta_seconds = 2470,
                             .epoch_eta_seconds = 31,
                             .memory_bytes = 1100000000,
                             .disk_free_bytes = 71000000000,
                             .cpu_percent = 196,
                             .share_data = 0.03f,
                             .share_forward = 0.31f,
                             .share_backward = 0.58f,
                             .share_optimizer = 0.04f,
                             .save_period = 5,
                             .patience = 100,
                             .image_size = 640,
                             .batch_size = 16,
                             .images_left_out = 3,
                             .warmup_iterations = 150,
                             .lr0 = 0.01,
                             .lrf = 0.01,
                             .warmup_bias_lr = 0.1};
    return block;
}

static void begin(const yd_status_block *block)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    yd_app_end(&app);
    REQUIRE(yd_app_start(&app, yd_run_view_create(), NULL, "/runs/train/exp3"));
    app.now_ns = 100 * SECOND, app.wall_ns = 342 * SECOND;
    if (block) yd_run_view_status(app.view, block);
}

static bool shows(const char *text)
{
    if (strstr(screen, text)) return true;
    fprintf(stderr, "\"%s\" is not in\n%s", text, screen);
    return false;
}

static void draw(int width, int height, const yd_glyphs *glyphs)
{
    yd_canvas canvas;
    size_t length = 0;
    REQUIRE(yd_canvas_create(&canvas, width, height, glyphs));
    yd_frame_draw(&app, &canvas);
    for (int y = 0; y < height; y++) {
        yd_canvas_row(&canvas, y, screen + length, sizeof screen - length - 1);
        length += strlen(screen + length);
        screen[length++] = '\n';
    }
    screen[length] = '\0';
    yd_canvas_free(&canvas);
}

static void shows_what_matters(void)
{
    yd_status_block block = sample();
    begin(&block);
    draw(94, 30, &yd_glyphs_unicode);
    static const char *const texts[] = {
        "exp3",          "TRAIN",         "yolov5n", "bccd",      "cpu bf16",        "epoch 12/100",
        "0:41:10",       "13%",           "74%",     "38.1 im/s", "data 3%",         "other 4%",
        "0.0412",        "0.1316",        "0.871",   "0.583",     "best 11",         "P 0.880",
        "fitness 0.612", "patience 100",  "1.1 GB",  "CPU 196%",  "disk 71 GB free", "save period 5",
        "! 3 left out",  "weights 0.009", "0:05:41", "p pause"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) CHECK(shows(texts[i]));
}

static void says_epoch_at_every_useful_size(void)
{
    begin(NULL);
    for (int pass = 0; pass < 2; pass++) {
        static const int sizes[][2] = {{60, 16}, {80, 24}, {94, 30}, {120, 36}, {200, 60}, {40, 10}};
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            draw(sizes[i][0], sizes[i][1], &yd_glyphs_unicode);
            CHECK(shows("epoch"));
            CHECK(shows(pass ? "SETUP" : "CONNECTING"));
        }
        yd_status_block block = {.state = YD_RUN_SETUP, .best_epoch = -1};
        begin(&block);
    }
}

static void tells_states_apart_without_colour(void)
{
    yd_status_block block = sample();
    begin(&block);
    block.state = YD_RUN_VALIDATE, block.validation_batch = 3, block.validation_batches = 12;
    yd_run_view_status(app.view, &block);
    draw(94, 30, &yd_glyphs_ascii);
    CHECK(shows("VALIDATE") && shows("valid") && shows("3/12") && shows("25%"));
    block.state = YD_RUN_PAUSED;
    yd_run_view_status(app.view, &block);
    draw(94, 30, &yd_glyphs_ascii);
    CHECK(shows("PAUSED") && shows("p go on"));
    yd_run_view_clock(app.view, 20 * SECOND);
    draw(94, 30, &yd_glyphs_ascii);
    CHECK(shows("STALLED 20 s"));
    yd_run_view_gone(app.view, SECOND);
    draw(94, 30, &yd_glyphs_ascii);
    CHECK(shows("DEAD") && shows("the run has ended") && shows("ETA -") && shows("! the engine is gone"));
    CHECK(!strstr(screen, "STALLED"));
}

static void keeps_to_ascii(void)
{
    yd_status_block block = sample();
    begin(&block);
    for (int i = 0; i < 100; i++) {
        yd_event event = {.type = YD_EVENT_STEP};
        event.body.step.step = i, event.body.step.epoch = i / 50, event.body.step.batch = i % 50,
        event.body.step.box = i == 60 ? NAN : (float)i;
        yd_run_view_event(app.view, &event);
    }
    draw(200, 60, &yd_glyphs_ascii);
    for (const char *p = screen; *p; p++) CHECK((*p >= 0x20 && *p < 0x7f) || *p == '\n');
    CHECK(shows("x")); /* the NaN */
}

/* Sparklines move every two seconds at most; numbers at once. */
static void sparklines_hold_still(void)
{
    yd_status_block block = sample();
    begin(&block);
    char before[sizeof screen];
    for (int i = 0; i < 3; i++) {
        yd_event event = {.type = YD_EVENT_STEP};
        event.body.step.step = event.body.step.batch = i, event.body.step.box = (float)(i * i);
        yd_run_view_event(app.view, &event);
        if (i == 0) continue;
        draw(94, 30, &yd_glyphs_unicode);
        if (i == 1) strcpy(before, screen);
    }
    CHECK_TEXT(screen, before);
    app.now_ns += 3 * SECOND;
    draw(94, 30, &yd_glyphs_unicode);
    CHECK(strcmp(screen, before) != 0);
}

static void draws_at_every_size(void)
{
    yd_status_block block = sample();
    begin(&block);
    for (int width = 1; width <= 250; width += width < 110 ? 1 : 7)
        for (int height = 1; height <= 80; height += height < 34 ? 1 : 9) {
            app.overlay = (yd_overlay)((width + height) % 3);
            app.screen = (width + height) % YD_SCREENS;
            draw(width, height, width % 2 ? &yd_glyphs_unicode : &yd_glyphs_ascii);
        }
    CHECK(true); /* what is looked for is a crash, a write beyond (ASan), an endless loop */
}

static void draws_a_run_that_lies(void)
{
    srand(23);
    begin(NULL);
    for (int round = 0; round < 400; round++) {
        yd_status_block block;
        for (size_t i = 0; i < sizeof block; i++)
            ((unsigned char *)&block)[i] = (unsigned char)(rand() % 4 ? rand() : 255);
        if (round % 3 == 0) block.epochs = rand() % 10, block.batches = rand() % 3, block.lr0 = rand() - 1e9;
        yd_run_view_status(app.view, &block);
        yd_event event;
        for (size_t i = 0; i < sizeof event; i++) ((unsigned char *)&event)[i] = (unsigned char)rand();
        event.type = (uint32_t)(rand() % YD_EVENT_COUNT);
        yd_run_view_event(app.view, &event);
        app.now_ns += SECOND;
        app.wall_ns = (int64_t)rand() * rand();
        app.screen = rand() % YD_SCREENS;
        app.overlay = (yd_overlay)(rand() % 3);
        draw(40 + rand() % 160, 10 + rand() % 50, &yd_glyphs_unicode);
        for (const char *p = screen; *p; p++)
            if ((unsigned char)*p < 0x20 && *p != '\n') CHECK(false);
    }
}

static void keys_move_what_is_shown(void)
{
    yd_status_block block = sample();
    begin(&block);
    for (int i = 0; i < 200; i++)
        yd_lines_addf(&app.view->lines, i * SECOND, i % 10 ? YD_LINE_INFO : YD_LINE_WARNING, "line %d.", i);
    CHECK(yd_app_key(&app, '7') == YD_REQUEST_NONE);
    draw(94, 30, &yd_glyphs_unicode);
    CHECK(shows("line 199.") && shows("following"));
    yd_app_key(&app, YD_KEY_PAGE_UP);
    draw(94, 30, &yd_glyphs_unicode);
    CHECK(!strstr(screen, "line 199.") && shows("scrolled"));
    char before[sizeof screen];
    strcpy(before, strstr(screen, "line"));
    yd_lines_add(&app.view->lines, 0, YD_LINE_INFO, "one more");
    draw(94, 30, &yd_glyphs_unicode);
    CHECK(strncmp(strstr(screen, "line 1"), strstr(before, "line 1"), 500) == 0); /* stands still */
    yd_app_key(&app, YD_KEY_HOME);
    draw(94, 30, &yd_glyphs_unicode);
    CHECK(shows("line 0."));
    yd_app_key(&app, YD_KEY_END);
    yd_app_key(&app, 'f');
    yd_app_key(&app, 'f');
    draw(94, 30, &yd_glyphs_unicode);
    CHECK(shows("line 190.") && !strstr(screen, "line 191.") && shows("level: warning"));
    yd_app_key(&app, '?');
    draw(80, 16, &yd_glyphs_unicode);
    CHECK(shows("a line up")); /* the screen's own keys come first */
    for (int i = 0; i < 400; i++) yd_app_key(&app, 'j');
    draw(80, 16, &yd_glyphs_unicode);
    CHECK(shows("wheel") && !strstr(screen, "a line up"));
    yd_app_key(&app, YD_KEY_HOME);
    draw(80, 16, &yd_glyphs_unicode);
    CHECK(shows("a line up"));
    yd_app_key(&app, YD_KEY_ESCAPE);
    CHECK(app.overlay == YD_OVERLAY_NONE);
    CHECK(yd_app_key(&app, 'q') == YD_REQUEST_LEAVE);
    CHECK(yd_app_key(&app, YD_KEY_CTRL_L) == YD_REQUEST_REDRAW);
}

static void interrupts_take_two(void)
{
    yd_status_block block = sample();
    begin(&block);
    CHECK(yd_app_interrupt(&app) == YD_REQUEST_NONE && app.overlay == YD_OVERLAY_MENU);
    app.now_ns += 2 * SECOND; /* too late: the menu stays, nothing is sent */
    CHECK(yd_app_interrupt(&app) == YD_REQUEST_NONE && app.overlay == YD_OVERLAY_MENU);
    CHECK(app.services.message[0] == '\0');
    app.now_ns += SECOND / 2;
    CHECK(yd_app_interrupt(&app) == YD_REQUEST_NONE && app.overlay == YD_OVERLAY_NONE);
    CHECK(strstr(app.services.message, "end after this batch") != NULL);
    app.now_ns += 10 * SECOND;
    CHECK(yd_app_tick(&app) && app.services.message[0] == '\0');
    yd_run_view_gone(app.view, 1);
    CHECK(yd_app_interrupt(&app) == YD_REQUEST_LEAVE);
}

static const yd_test_case cases[] = {
    {"shows what matters", shows_what_matters},
    {"says epoch at every useful size", says_epoch_at_every_useful_size},
    {"tells states apart without colour", tells_states_apart_without_colour},
    {"keeps to ASCII", keeps_to_ascii},
    {"sparklines hold still", sparklines_hold_still},
    {"draws at every size", draws_at_every_size},
    {"draws a run that lies", draws_a_run_that_lies},
    {"keys move what is shown", keys_move_what_is_shown},
    {"interrupts take two", interrupts_take_two},
};

TEST_MAIN(cases)
