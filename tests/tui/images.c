/* Pictures in the console: the real program on terminals that can show them in different ways, or not. What
 * it sends is decoded back to pixels and compared with the picture. */
#include "base/clock.h"
#include "base/file.h"
#include "image/draw.h"
#include "image/resize.h"
#include "image/write.h"
#include "support/console.h"
#include "support/graphics.h"
#include "support/test.h"
#include "tui/layout.h"
#include "tui/picture/view.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CELL_WIDTH = 9, CELL_HEIGHT = 18, PICTURE_WIDTH = 600, PICTURE_HEIGHT = 400 };
static yd_test_console console;
static yd_test_graphics graphics;

/* Colours that run into each other, and something with edges; hue tells pictures apart. */
static yd_image make_picture(int hue)
{
    yd_image image;
    REQUIRE(yd_image_create(PICTURE_WIDTH, PICTURE_HEIGHT, &image, NULL) == YD_OK);
    for (int y = 0; y < image.height; y++)
        for (int x = 0; x < image.width; x++) {
            uint8_t *pixel = image.pixels + ((size_t)y * (size_t)image.width + (size_t)x) * 3;
            pixel[hue % 3] = (uint8_t)(x * 255 / image.width);
            pixel[(hue + 1) % 3] = (uint8_t)(y * 255 / image.height);
            pixel[(hue + 2) % 3] = 60;
        }
    yd_draw_fill(&image, 100, 80, 240, 200, (yd_colour){240, 240, 240});
    return image;
}

static void write_picture(const char *name, int hue)
{
    char path[4300];
    yd_image image = make_picture(hue);
    snprintf(path, sizeof path, "%s/%s", console.folder, name);
    REQUIRE(yd_image_write(&image, path, NULL) == YD_OK);
    yd_image_free(&image);
}

static void write_text(const char *name, const char *text)
{
    char path[4300];
    snprintf(path, sizeof path, "%s/%s", console.folder, name);
    REQUIRE(yd_file_write(path, text, strlen(text), NULL) == YD_OK);
}

static void set_age(const char *name, int seconds)
{
    char path[4300];
    struct timespec now;
    snprintf(path, sizeof path, "%s/%s", console.folder, name);
    clock_gettime(CLOCK_REALTIME, &now);
    const struct timespec times[2] = {{.tv_sec = now.tv_sec - seconds}, {.tv_sec = now.tv_sec - seconds}};
    utimensat(AT_FDCWD, path, times, 0);
}

static void prepare(void)
{
    console = (yd_test_console){0};
    yd_test_console_engine(&console, &(yd_fake_run){.batches = 100000, .step_ms = 20});
    console.cell_width = CELL_WIDTH;
    console.cell_height = CELL_HEIGHT;
}

static void start(int width, int height, yd_graphics_wish wish, bool kitty)
{
    const yd_console_options options = {.stay = true, .graphics = wish};
    yd_test_console_start(&console, &options, width, height, NULL);
    yd_test_graphics_start(&graphics, &console.screen, CELL_WIDTH, CELL_HEIGHT);
    graphics.knows_kitty = kitty;
    console.graphics = &graphics;
}

/* The newest, large; keys only when the console takes them as such. */
static void open_picture(void)
{
    CHECK(yd_test_console_wait(&console, "progress", 8000));
    yd_test_console_type(&console, "3\r");
}

static void await_placed(int wanted)
{
    YD_TEST_CONSOLE_AWAIT(&console, yd_test_graphics_placed(&graphics) == wanted);
    CHECK(yd_test_graphics_placed(&graphics) == wanted);
}

static void finish(void)
{
    CHECK(graphics.broken == 0);
    yd_test_graphics_free(&graphics);
    yd_test_console_end(&console);
}

/* Where the large picture has to stand. */
static yd_rect place_of_large(void)
{
    yd_rect body = yd_layout_frame(console.screen.width, console.screen.height).body;
    const yd_room room = {body.width, body.height - 2, CELL_WIDTH, CELL_HEIGHT};
    yd_rect cells = yd_view_shot(&(yd_view){0}, PICTURE_WIDTH, PICTURE_HEIGHT, &room).cells;
    cells.x += body.x;
    cells.y += body.y + 2;
    return cells;
}

/* How far what is seen in these cells lies from the picture, in tiles of about a cell. */
static double difference_in(yd_rect cells, int hue)
{
    yd_image picture = make_picture(hue), wanted;
    yd_image seen = yd_test_graphics_show(&graphics, cells.x, cells.y, cells.width, cells.height);
    REQUIRE(yd_image_create(seen.width, seen.height, &wanted, NULL) == YD_OK);
    REQUIRE(yd_resize(&picture, &wanted, YD_FILTER_AREA, NULL) == YD_OK);
    double difference = yd_test_graphics_blurred(&seen, &wanted, CELL_WIDTH);
    yd_image_free(&picture);
    yd_image_free(&wanted);
    yd_image_free(&seen);
    return difference;
}

static bool await_picture(yd_rect cells, int hue, double tolerance)
{
    double difference = 255;
    for (int waited = 0; waited < 8000 * YD_TEST_PATIENCE; waited += 50) {
        yd_test_console_run(&console, 50);
        if (cells.width && (difference = difference_in(cells, hue)) <= tolerance) return true;
    }
    fprintf(stderr, "the picture is %.2f of 255 off\n", difference);
    return false;
}

static void shows_pictures_by_the_answer(void)
{
    static const struct {
        const char *name, *way;
        bool kitty, sixel;
        double tolerance;
    } rows[] = {
        {"kitty(0.30.1)", "kitty graphics", true, false, 2},
        {"iTerm2 3.4.19", "iTerm2 inline images", false, false, 4},
        {NULL, "sixels", false, true, 7},
        {NULL, "character cells", false, false, 25},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        prepare();
        write_picture("a.png", (int)i);
        console.name = rows[i].name;
        console.sixel = rows[i].sixel;
        start(94, 30, YD_GRAPHICS_WISH_AUTO, rows[i].kitty);
        CHECK(yd_test_console_wait(&console, "progress", 8000));
        yd_test_console_type(&console, "3");
        CHECK(yd_test_console_wait(&console, "a.png", 8000));
        CHECK(yd_test_console_wait(&console, rows[i].way, 8000));
        yd_test_console_type(&console, "\r");
        CHECK(await_picture(place_of_large(), (int)i, rows[i].tolerance));
        CHECK(yd_test_console_wait(&console, "600 x 400", 8000));
        CHECK((graphics.transfers > 0) == rows[i].kitty);
        CHECK((graphics.sixels > 0) == rows[i].sixel);
        /* What stands still is not sent again. */
        uint64_t sent = (uint64_t)(graphics.sixels + graphics.inlines + graphics.transfers);
        yd_test_console_run(&console, 1500);
        CHECK((uint64_t)(graphics.sixels + graphics.inlines + graphics.transfers) == sent);
        CHECK(await_picture(place_of_large(), (int)i, rows[i].tolerance));
        /* Something over it, and it is back. */
        yd_test_console_type(&console, "?");
        CHECK(yd_test_console_wait(&console, "leave the console", 8000));
        await_placed(0);
        CHECK(yd_vterm_find(&console.screen, "leave the console") >= 0);
        yd_test_console_type(&console, "\033");
        CHECK(await_picture(place_of_large(), (int)i, rows[i].tolerance));
        /* Another screen, and nothing of it is left. */
        yd_test_console_type(&console, "1");
        CHECK(yd_test_console_wait(&console, "progress", 8000));
        await_placed(0);
        YD_TEST_CONSOLE_AWAIT(&console, difference_in(place_of_large(), (int)i) > 20);
        CHECK(difference_in(place_of_large(), (int)i) > 20);
        yd_test_console_type(&console, "3");
        CHECK(await_picture(place_of_large(), (int)i, rows[i].tolerance));
        yd_test_console_type(&console, "q");
        CHECK(yd_test_console_status(&console, 8000) == 5);
        CHECK(yd_test_graphics_kept(&graphics) == 0 && !graphics.transferring);
        yd_test_console_check_left(&console);
        finish();
    }
}

static void asks_in_vain_and_hears_late(void)
{
    prepare();
    write_picture("a.png", 0);
    console.silent = true;
    start(94, 30, YD_GRAPHICS_WISH_AUTO, true);
    open_picture();
    CHECK(yd_test_console_wait(&console, "character cells", 8000));
    CHECK(await_picture(place_of_large(), 0, 25));
    CHECK(yd_test_console_wait_gone(&console, "asking", 8000));
    CHECK(graphics.transfers == 0);
    console.silent = false; /* an answer after seconds */
    yd_test_console_run(&console, 50);
    CHECK(yd_test_console_wait(&console, "kitty graphics", 8000));
    CHECK(await_picture(place_of_large(), 0, 2));
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 5);
    CHECK(yd_test_graphics_kept(&graphics) == 0);
    yd_test_console_check_left(&console);
    finish();
}

static void obeys_the_wish(void)
{
    prepare();
    write_picture("a.png", 0);
    start(94, 30, YD_GRAPHICS_WISH_ITERM, true);
    open_picture();
    CHECK(await_picture(place_of_large(), 0, 4));
    CHECK(graphics.transfers == 0 && graphics.inlines > 0);
    finish();
    prepare();
    write_picture("a.png", 0);
    start(94, 30, YD_GRAPHICS_WISH_NONE, true);
    CHECK(yd_test_console_wait(&console, "progress", 8000));
    yd_test_console_type(&console, "3");
    CHECK(yd_test_console_wait(&console, "no pictures on this terminal", 8000));
    CHECK(yd_test_console_wait(&console, "a.png", 8000));
    yd_test_console_run(&console, 500);
    CHECK(graphics.transfers + graphics.sixels + graphics.inlines == 0);
    finish();
}

static void is_laid_out_anew(void)
{
    static const int sizes[][2] = {{200, 60}, {60, 16}, {40, 10}, {1, 1}, {80, 24}};
    prepare();
    write_picture("a.png", 1);
    start(94, 30, YD_GRAPHICS_WISH_AUTO, true);
    open_picture();
    CHECK(await_picture(place_of_large(), 1, 2));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        yd_test_console_resize(&console, sizes[i][0], sizes[i][1]);
        yd_test_graphics_resize(&graphics);
        if (sizes[i][0] >= YD_LAYOUT_WIDTH) {
            CHECK(await_picture(place_of_large(), 1, 3));
            await_placed(1);
        } else {
            await_placed(0);
        }
    }
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 5);
    CHECK(yd_test_graphics_kept(&graphics) == 0);
    finish();
}

static void names_what_is_broken(void)
{
    prepare();
    write_picture("good.png", 2);
    set_age("good.png", 10);
    write_text("bad\033[31m.jpg", "\xff\xd8\xff\xe0 no picture at all");
    start(94, 30, YD_GRAPHICS_WISH_AUTO, true);
    open_picture();
    CHECK(yd_test_console_wait(&console, "a broken JPEG", 8000));
    CHECK(yd_vterm_find(&console.screen, "bad\\x1b[31m.jpg") >= 0);
    yd_test_console_type(&console, "n");
    CHECK(await_picture(place_of_large(), 2, 2));
    yd_test_console_type(&console, "\033");
    CHECK(yd_test_console_wait(&console, "2 of 2 pictures", 8000));
    CHECK(console.screen.unknown == 0);
    finish();
}

static void follows_the_newest(void)
{
    prepare();
    write_picture("old.png", 0);
    set_age("old.png", 100);
    start(94, 30, YD_GRAPHICS_WISH_AUTO, true);
    open_picture();
    CHECK(await_picture(place_of_large(), 0, 2));
    write_picture("new.png", 1);
    CHECK(await_picture(place_of_large(), 1, 2));
    CHECK(yd_test_console_wait(&console, "1 of 2 pictures", 8000));
    yd_test_console_type(&console, "n");
    CHECK(await_picture(place_of_large(), 0, 2));
    write_picture("newest.png", 2); /* what was chosen stands */
    CHECK(yd_test_console_wait(&console, "3 of 3 pictures", 8000));
    CHECK(difference_in(place_of_large(), 0) <= 2);
    yd_test_console_type(&console, "\033[H");
    CHECK(await_picture(place_of_large(), 2, 2));
    await_placed(1);
    finish();
}

static void shows_two_side_by_side_and_zooms(void)
{
    prepare();
    write_picture("e1.png", 0);
    set_age("e1.png", 100);
    write_picture("e2.png", 1);
    start(120, 40, YD_GRAPHICS_WISH_AUTO, true);
    open_picture();
    CHECK(await_picture(place_of_large(), 1, 2));
    yd_test_console_type(&console, "m");
    CHECK(yd_test_console_wait(&console, "kept at the left", 8000));
    YD_TEST_CONSOLE_AWAIT(&console, yd_test_graphics_placed(&graphics) == 2);
    REQUIRE(yd_test_graphics_placed(&graphics) == 2);
    yd_rect places[2] = {{0}};
    int count = 0;
    for (int i = 0; i < graphics.count && count < 2; i++) {
        const struct yd_test_kitty *image = &graphics.images[i];
        if (image->placed) places[count++] = (yd_rect){image->x, image->y, image->columns, image->rows};
    }
    int left = places[0].x < places[1].x ? 0 : 1;
    CHECK(places[left].x + places[left].width <= places[!left].x);
    CHECK(await_picture(places[left], 1, 2) && await_picture(places[!left], 0, 2));
    yd_test_console_type(&console, "m");
    CHECK(await_picture(place_of_large(), 0, 2));
    await_placed(1);
    yd_test_console_type(&console, "r"); /* 600 x 400 pixels, on 1080 x 612 */
    CHECK(yd_test_console_wait(&console, "100%", 8000));
    yd_rect body = yd_layout_frame(120, 40).body;
    const yd_room room = {body.width, body.height - 2, CELL_WIDTH, CELL_HEIGHT};
    char percent[16];
    snprintf(percent, sizeof percent, " %.0f%%",
             400 * yd_view_shot(&(yd_view){0}, PICTURE_WIDTH, PICTURE_HEIGHT, &room).scale);
    yd_test_console_type(&console, "f++++"); /* each by the root of two */
    CHECK(yd_test_console_wait(&console, percent, 8000));
    YD_TEST_CONSOLE_AWAIT(&console, difference_in(place_of_large(), 0) >= 20);
    CHECK(difference_in(place_of_large(), 0) > 20);
    yd_test_console_type(&console, "f");
    CHECK(await_picture(place_of_large(), 0, 2));
    yd_test_console_type(&console, "\033");
    CHECK(yd_test_console_wait(&console, "e2.png", 8000)); /* all of them */
    await_placed(2);
    finish();
}

/* A large picture on a slow terminal: keys are obeyed between its pieces. */
static void keys_come_through(void)
{
    prepare();
    char path[4300];
    yd_image noise;
    REQUIRE(yd_image_create(2000, 1200, &noise, NULL) == YD_OK);
    for (size_t i = 0; i < yd_image_bytes(&noise); i++) noise.pixels[i] = (uint8_t)rand();
    snprintf(path, sizeof path, "%s/noise.png", console.folder);
    REQUIRE(yd_image_write(&noise, path, NULL) == YD_OK);
    yd_image_free(&noise);
    const yd_console_options options = {.stay = true,
                                        .max_kbps = 400}; /* 50 KB a second; the picture has megabytes */
    yd_test_console_start(&console, &options, 200, 60, NULL);
    yd_test_graphics_start(&graphics, &console.screen, CELL_WIDTH, CELL_HEIGHT);
    graphics.knows_kitty = true;
    console.graphics = &graphics;
    open_picture();
    YD_TEST_CONSOLE_AWAIT(&console, graphics.transferring);
    REQUIRE(graphics.transferring);
    int64_t begin = yd_clock_ns();
    uint64_t bytes = console.screen.bytes;
    yd_test_console_run(&console, 2000);
    CHECK(graphics.transferring && graphics.transfers == 0); /* it takes much longer */
    CHECK((double)(console.screen.bytes - bytes) < 1e5 + 1e5 * (double)(yd_clock_ns() - begin) * 1e-9);
    begin = yd_clock_ns();
    yd_test_console_type(&console, "1");
    CHECK(yd_test_console_wait(&console, "progress", 8000));
    CHECK(yd_clock_ns() - begin < YD_TEST_PATIENCE * 3000000000LL);
    YD_TEST_CONSOLE_AWAIT(&console, !graphics.transferring && yd_test_graphics_kept(&graphics) == 0);
    CHECK(!graphics.transferring && yd_test_graphics_kept(&graphics) == 0); /* given up */
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 5);
    finish();
}

/* ---- tmux, between a terminal that knows kitty's protocol and the console ---- */

static void start_in_tmux(const char *passthrough)
{
    char settings[64];
    prepare();
    snprintf(settings, sizeof settings, "set -g allow-passthrough %s\n", passthrough);
    yd_test_console_in_tmux(&console, settings);
    write_picture("a.png", 0);
    start(94, 31, YD_GRAPHICS_WISH_AUTO, true); /* tmux has a line of its own */
}

static void end_tmux(void)
{
    yd_test_console_type(&console, "q");
    yd_test_console_status(&console, 8000);
    finish();
}

static void passes_through_tmux(void)
{
    start_in_tmux("on");
    CHECK(yd_test_console_wait(&console, "progress", 15000));
    yd_test_console_type(&console, "3");
    CHECK(yd_test_console_wait(&console, "kitty graphics through tmux", 15000));
    yd_test_console_type(&console, "\r");
    console.screen.height = 30; /* the console's part */
    yd_rect place = place_of_large();
    console.screen.height = 31;
    /* tmux does not tell the size of a cell: 10 x 20 is taken, which has the same shape. */
    CHECK(await_picture(place, 0, 4));
    CHECK(graphics.transfers > 0 && graphics.placements > 0);
    yd_test_console_type(&console, "1");
    CHECK(yd_test_console_wait(&console, "progress", 8000));
    await_placed(0);
    end_tmux();
}

static void keeps_to_cells_where_tmux_passes_nothing(void)
{
    start_in_tmux("off");
    CHECK(yd_test_console_wait(&console, "progress", 15000));
    yd_test_console_type(&console, "3");
    CHECK(yd_test_console_wait(&console, "character cells", 15000));
    CHECK(yd_test_console_wait_gone(&console, "asking", 8000));
    yd_test_console_type(&console, "\r");
    console.screen.height = 30;
    yd_rect place = place_of_large();
    console.screen.height = 31;
    CHECK(await_picture(place, 0, 25));
    CHECK(graphics.transfers == 0 && graphics.placements == 0);
    end_tmux();
}

static const yd_test_case cases[] = {
    {"shows pictures by the answer", shows_pictures_by_the_answer},
    {"asks in vain and hears late", asks_in_vain_and_hears_late},
    {"obeys the wish", obeys_the_wish},
    {"is laid out anew", is_laid_out_anew},
    {"names what is broken", names_what_is_broken},
    {"follows the newest", follows_the_newest},
    {"shows two side by side and zooms", shows_two_side_by_side_and_zooms},
    {"keys come through", keys_come_through},
    {"passes through tmux", passes_through_tmux},
    {"keeps to cells where tmux passes nothing", keeps_to_cells_where_tmux_passes_nothing},
};

YD_TEST_CONSOLE_MAIN(cases)
