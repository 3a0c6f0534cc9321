/* The mouse in the real console: coordinates of both kinds, dragging, and all of it through tmux. */
#include "image/draw.h"
#include "image/write.h"
#include "support/console.h"
#include "support/test.h"
#include "tui/layout.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_WIDTH = 9, CELL_HEIGHT = 18 };
static yd_test_console console;

/* Where a text begins, in cells from 1, as terminals count them. False: it is not there. */
static bool place_of(const char *text, int *x, int *y)
{
    char row[4 * YD_VTERM_LIMIT + 1];
    *y = yd_vterm_find(&console.screen, text);
    if (*y < 0) return false;
    yd_vterm_row(&console.screen, (*y)++, row, sizeof row);
    *x = 1;
    for (const char *c = row; c < strstr(row, text); c++) *x += ((unsigned char)*c & 0xc0) != 0x80;
    return true;
}

typedef enum event { PRESS = 0, DRAG = 32, WHEEL_UP = 64, WHEEL_DOWN = 65, RELEASE = 1000 } event;

/* As a terminal says it: with SGR coordinates, or as those before them do. */
static void mouse(event what, int x, int y, bool old)
{
    char bytes[32];
    if (old)
        snprintf(bytes, sizeof bytes, "\033[M%c%c%c", what == RELEASE ? '#' : ' ' + (int)what, ' ' + x,
                 ' ' + y);
    else
        snprintf(bytes, sizeof bytes, "\033[<%d;%d;%d%c", what == RELEASE ? 0 : (int)what, x, y,
                 what == RELEASE ? 'm' : 'M');
    yd_test_console_type(&console, bytes);
}

static void click(const char *text, bool old)
{
    int x, y;
    REQUIRE(yd_test_console_wait(&console, text, 8000) && place_of(text, &x, &y));
    mouse(PRESS, x + 1, y, old);
    mouse(RELEASE, x + 1, y, old);
}

static void has_steps(int64_t wanted)
{
    YD_TEST_CONSOLE_AWAIT(&console, yd_test_console_run_step(&console) >= wanted);
    yd_test_console_run(&console, 500);
}

/* Tabs, the wheel, a drag across a chart and out of it, keys of the last line. */
static void works(bool old)
{
    CHECK(yd_test_console_wait(&console, "p pause", 8000));
    click("2 Charts", old);
    CHECK(yd_test_console_wait(&console, "step/loss", 8000));
    has_steps(60);
    mouse(WHEEL_UP, 70, 8, old);
    CHECK(yd_test_console_wait(&console, "zoomed in", 8000));
    mouse(WHEEL_DOWN, 70, 8, old);
    mouse(WHEEL_DOWN, 70, 8, old);
    CHECK(yd_test_console_wait_gone(&console, "zoomed in", 8000));
    mouse(PRESS, 20, 8, old);
    CHECK(yd_test_console_wait(&console, " step ", 8000)); /* the cursor's place */
    mouse(DRAG, 30, 8, old);
    mouse(DRAG, 30, 1, old); /* out of the screen's body */
    mouse(RELEASE, 30, 1, old);
    CHECK(yd_test_console_wait(&console, "step/loss", 8000));
    click("1 Dash", old);
    CHECK(yd_test_console_wait(&console, "progress", 8000));
    click("p pause", old);
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    yd_test_console_type(&console, "e");
    CHECK(yd_test_console_wait(&console, "after a final validation", 8000));
    mouse(PRESS, 2, 4, old); /* beside the menu: it closes */
    mouse(RELEASE, 2, 4, old);
    CHECK(yd_test_console_wait_gone(&console, "after a final validation", 8000));
    CHECK(!console.over);
}

static void coordinates_of_both_kinds(void)
{
    for (int old = 0; old < 2; old++) {
        yd_test_console_engine(&console, &(yd_fake_run){.batches = 5000});
        yd_test_console_start(&console, NULL, 94, 30, NULL);
        CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
        works(old);
        CHECK(console.screen.unknown == 0);
        yd_test_console_end(&console);
    }
}

static void through_tmux(void)
{
    yd_test_console_engine(&console, &(yd_fake_run){.batches = 5000});
    yd_test_console_in_tmux(&console, "set -g mouse on\n");
    yd_test_console_start(&console, NULL, 94, 31, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 15000));
    works(false);
    yd_test_console_type(&console, "M"); /* the mouse is tmux's: it selects */
    CHECK(yd_test_console_wait(&console, "mouse off", 8000));
    mouse(PRESS, 10, 8, false);
    mouse(DRAG, 14, 8, false);
    mouse(DRAG, 24, 8, false);
    CHECK(yd_test_console_wait(&console, "[0/", 8000)); /* tmux's copy mode */
    yd_test_console_end(&console);
}

static yd_image seen(const yd_test_graphics *graphics)
{
    yd_rect body = yd_layout_frame(94, 30).body;
    return yd_test_graphics_show(graphics, body.x, body.y + 2, body.width, body.height - 2);
}

/* Until there is a picture that looks otherwise than before (or, differs false, as before), by more than
 * rounding. */
static bool becomes(const yd_test_graphics *graphics, const yd_image *before, bool differs)
{
    for (int waited = 0; waited < 8000 * YD_TEST_PATIENCE; waited += 50) {
        yd_image now = seen(graphics);
        bool found = (yd_test_graphics_difference(before, &now) > 1) == differs &&
                     yd_test_graphics_placed(graphics) == 1;
        yd_image_free(&now);
        if (found) return true;
        yd_test_console_run(&console, 50);
    }
    return false;
}

static void pictures_are_dragged(void)
{
    static yd_test_graphics graphics;
    char path[4300];
    yd_image image;
    yd_test_console_engine(&console, &(yd_fake_run){.batches = 5000});
    console.cell_width = CELL_WIDTH, console.cell_height = CELL_HEIGHT;
    REQUIRE(yd_image_create(600, 400, &image, NULL) == YD_OK);
    memset(image.pixels, 0, yd_image_bytes(&image));
    for (int i = 0; i < 40; i++)
        yd_draw_fill(&image, i * 15, i * 10, i * 15 + 14, i * 10 + 9, (yd_colour){(uint8_t)(i * 6), 200, 90});
    snprintf(path, sizeof path, "%s/a.png", console.folder);
    REQUIRE(yd_image_write(&image, path, NULL) == YD_OK);
    yd_image_free(&image);
    yd_test_console_start(&console, NULL, 94, 30, NULL);
    yd_test_graphics_start(&graphics, &console.screen, CELL_WIDTH, CELL_HEIGHT);
    graphics.knows_kitty = true;
    console.graphics = &graphics;
    CHECK(yd_test_console_wait(&console, "p pause", 8000));
    yd_image nothing = seen(&graphics);
    yd_test_console_type(&console, "3\r");
    CHECK(yd_test_console_wait(&console, "600 x 400", 8000) && becomes(&graphics, &nothing, true));
    yd_image whole = seen(&graphics);
    mouse(WHEEL_UP, 40, 15, false);
    CHECK(becomes(&graphics, &whole, true));
    yd_image before = seen(&graphics);
    mouse(PRESS, 40, 15, false);
    mouse(DRAG, 43, 17, false);
    CHECK(becomes(&graphics, &before, true));
    mouse(DRAG, 40, 15, false);
    mouse(RELEASE, 40, 15, false);
    CHECK(becomes(&graphics, &before, false)); /* and back */
    yd_image_free(&nothing);
    yd_image_free(&whole);
    yd_image_free(&before);
    yd_test_graphics_free(&graphics);
    yd_test_console_end(&console);
}

static const yd_test_case cases[] = {
    {"coordinates of both kinds", coordinates_of_both_kinds},
    {"through tmux", through_tmux},
    {"pictures are dragged", pictures_are_dragged},
};

YD_TEST_CONSOLE_MAIN(cases)
