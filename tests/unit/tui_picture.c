/* Pictures on their way to a terminal: every way of drawing is decoded back to pixels and compared. */
#include "image/draw.h"
#include "image/resize.h"
#include "support/graphics.h"
#include "support/test.h"
#include "tui/picture/print.h"
#include "tui/picture/view.h"
#include "tui/term/pictures.h"
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 100, HEIGHT = 40, CELL_WIDTH = 9, CELL_HEIGHT = 20 };
static yd_vterm terminal;
static yd_test_graphics graphics;

/* Soft colours all over, with some hard edges. */
static yd_image make_picture(int width, int height)
{
    yd_image image;
    REQUIRE(yd_image_create(width, height, &image, NULL) == YD_OK);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint8_t *pixel = image.pixels + ((size_t)y * (size_t)width + (size_t)x) * 3;
            pixel[0] = (uint8_t)(x * 255 / width);
            pixel[1] = (uint8_t)(y * 255 / height);
            pixel[2] = (uint8_t)(255 - x * 255 / width);
        }
    yd_draw_fill(&image, width / 4, height / 4, width / 2, height / 2, (yd_colour){250, 240, 30});
    return image;
}

static yd_graphics_mode mode_of(yd_graphics way, int colours)
{
    return (yd_graphics_mode){.graphics = way,
                              .unicode = true,
                              .colours = colours,
                              .cell_width = CELL_WIDTH,
                              .cell_height = CELL_HEIGHT};
}

static void start(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    yd_vterm_start(&terminal, WIDTH, HEIGHT);
    yd_test_graphics_start(&graphics, &terminal, CELL_WIDTH, CELL_HEIGHT);
}

static void finish(void)
{
    CHECK(graphics.broken == 0);
    CHECK(terminal.unknown == 0);
    yd_test_graphics_free(&graphics);
    yd_vterm_free(&terminal);
}

/* In as many pixels as this way of drawing wants. */
static yd_print *make_print(const yd_graphics_mode *mode, const yd_image *image, int columns, int rows,
                            uint32_t number)
{
    yd_print *print;
    yd_error error;
    yd_image fit;
    int width, height;
    yd_print_pixels(mode, columns, rows, image->width, image->height, &width, &height);
    REQUIRE(yd_image_create(width, height, &fit, NULL) == YD_OK);
    REQUIRE(yd_resize(image, &fit, YD_FILTER_AREA, NULL) == YD_OK);
    if (yd_print_create(mode, &fit, columns, rows, number, NULL, &print, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    yd_image_free(&fit);
    return print;
}

static void feed(const yd_text *text)
{
    if (text->length) yd_vterm_feed(&terminal, text->data, text->length);
}

/* One frame: what has to go and what comes, at most `budget` bytes of it. */
static size_t show(yd_pictures *pictures, const yd_picture_list *list, size_t budget)
{
    yd_text out = {0};
    yd_pictures_want(pictures, list);
    yd_pictures_remove(pictures, &out);
    yd_pictures_send(pictures, budget, &out);
    size_t length = out.length;
    feed(&out);
    yd_text_free(&out);
    return length;
}

static void leave(yd_pictures *pictures)
{
    yd_text out = {0};
    yd_pictures_leave(pictures, &out);
    feed(&out);
    yd_text_free(&out);
}

/* How far what is seen lies from the picture. */
static double shown_difference(const yd_image *picture, int x, int y, int columns, int rows, int blur)
{
    yd_image wanted, seen = yd_test_graphics_show(&graphics, x, y, columns, rows);
    REQUIRE(yd_image_create(seen.width, seen.height, &wanted, NULL) == YD_OK);
    REQUIRE(picture->width == wanted.width && picture->height == wanted.height);
    memcpy(wanted.pixels, picture->pixels, yd_image_bytes(picture));
    double difference = blur > 1 ? yd_test_graphics_blurred(&seen, &wanted, blur)
                                 : yd_test_graphics_difference(&seen, &wanted);
    yd_image_free(&wanted);
    yd_image_free(&seen);
    return difference;
}

static void every_way_shows_the_picture(void)
{
    static const struct {
        yd_graphics way;
        int colours, blur;
        double tolerance; /* of 255 */
    } rows[] = {
        {YD_GRAPHICS_KITTY, YD_TRUE_COLOUR, 1, 0.01},
        {YD_GRAPHICS_PLACEHOLDER, YD_TRUE_COLOUR, 1, 0.01},
        {YD_GRAPHICS_ITERM, YD_TRUE_COLOUR, 1, 3},
        {YD_GRAPHICS_SIXEL, YD_TRUE_COLOUR, 1, 4},
        {YD_GRAPHICS_CELLS, YD_TRUE_COLOUR, 10, 6},
        {YD_GRAPHICS_CELLS, 256, 10, 14},
        {YD_GRAPHICS_CELLS, 8, 36, 16},
    };
    const int columns = 41, height = 21; /* the last tile is cut, and rows of pixels end anywhere */
    yd_image picture = make_picture(columns * CELL_WIDTH, height * CELL_HEIGHT);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        yd_graphics_mode mode = mode_of(rows[i].way, rows[i].colours);
        yd_pictures pictures = {0};
        start();
        yd_print *print = make_print(&mode, &picture, columns, height, 7);
        const yd_picture_list list = {.places = {{print, 5, 3}}, .count = 1};
        int frames = 0;
        do show(&pictures, &list, 1); /* a piece a frame */
        while (yd_pictures_unfinished(&pictures) && ++frames < 1000);
        CHECK(frames > 0); /* it came in parts */
        double difference = shown_difference(&picture, 5, 3, columns, height, rows[i].blur);
        printf("%s, %d colours: %.3f of 255 off\n", yd_graphics_name(rows[i].way), rows[i].colours,
               difference);
        CHECK(difference <= rows[i].tolerance);
        leave(&pictures);
        CHECK(yd_test_graphics_placed(&graphics) == 0 && yd_test_graphics_kept(&graphics) == 0);
        yd_print_release(print);
        finish();
    }
    yd_image_free(&picture);
}

/* The picture in one frame, and what is seen of it then. */
static yd_image seen_of(const yd_graphics_mode *mode, const yd_image *picture, int columns, int rows)
{
    yd_pictures pictures = {0};
    start();
    yd_print *print = make_print(mode, picture, columns, rows, 7);
    show(&pictures, &(yd_picture_list){.places = {{print, 0, 0}}, .count = 1}, (size_t)1 << 24);
    yd_image seen = yd_test_graphics_show(&graphics, 0, 0, columns, rows);
    leave(&pictures);
    yd_print_release(print);
    finish();
    return seen;
}

/* A plot has few colours, which sixels show as they are: to the hundredths in which they are told. */
static void few_colours_are_kept(void)
{
    static const yd_colour colours[] = {{255, 255, 255}, {0, 0, 0},    {31, 119, 180}, {255, 127, 14},
                                        {44, 160, 44},   {32, 118, 4}, {214, 39, 40},  {148, 103, 189}};
    yd_graphics_mode mode = mode_of(YD_GRAPHICS_SIXEL, YD_TRUE_COLOUR);
    yd_image picture = make_picture(30 * CELL_WIDTH, 10 * CELL_HEIGHT);
    for (int i = 0; i < 8; i++)
        yd_draw_fill(&picture, i * picture.width / 8, 0, picture.width, picture.height, colours[i]);
    yd_draw_fill(&picture, 0, 77, picture.width, 78, colours[1]);
    yd_image seen = seen_of(&mode, &picture, 30, 10);
    int most = 0;
    for (size_t i = 0; i < yd_image_bytes(&picture); i++) {
        int off = abs(picture.pixels[i] - seen.pixels[i]);
        if (off > most) most = off;
    }
    CHECK(most <= 2);
    yd_image_free(&seen);
    yd_image_free(&picture);
}

/* White is not the terminal's white; a curve on it is seen all the same. */
static void curves_are_seen_in_few_colours(void)
{
    for (int colours = 0; colours <= 8; colours += 8) {
        yd_graphics_mode mode = mode_of(YD_GRAPHICS_CELLS, colours);
        yd_image picture = make_picture(40 * 8, 20 * 8);
        yd_draw_fill(&picture, 0, 0, picture.width, picture.height, (yd_colour){255, 255, 255});
        yd_draw_fill(&picture, 0, 82, picture.width, 84, (yd_colour){31, 119, 180});
        yd_image seen = seen_of(&mode, &picture, 40, 20);
        int drawn = 0, elsewhere = 0;
        for (int y = 0; y < seen.height; y++)
            for (int x = 0; x < seen.width; x++) {
                const uint8_t *pixel = seen.pixels + ((size_t)y * (size_t)seen.width + (size_t)x) * 3;
                bool white = pixel[0] > 220 && pixel[1] > 220 && pixel[2] > 220;
                if (y / CELL_HEIGHT == 10)
                    drawn += !white;
                else
                    elsewhere += !white;
            }
        CHECK(drawn > seen.width * CELL_HEIGHT / 20 && elsewhere < drawn);
        yd_image_free(&seen);
        yd_image_free(&picture);
    }
}

/* A picture that is taken away leaves empty cells, and one that stands elsewhere is not touched. */
static void goes_without_a_trace(void)
{
    static const yd_graphics ways[] = {YD_GRAPHICS_KITTY, YD_GRAPHICS_PLACEHOLDER, YD_GRAPHICS_ITERM,
                                       YD_GRAPHICS_SIXEL, YD_GRAPHICS_CELLS};
    yd_image picture = make_picture(10 * CELL_WIDTH, 100), black;
    REQUIRE(yd_image_create(10 * CELL_WIDTH, 100, &black, NULL) == YD_OK);
    yd_image_fill(&black, 0);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        yd_graphics_mode mode = mode_of(ways[i], YD_TRUE_COLOUR);
        yd_pictures pictures = {0};
        start();
        yd_print *first = make_print(&mode, &picture, 10, 5, 1),
                 *second = make_print(&mode, &picture, 10, 5, 2);
        const yd_picture_list both = {.places = {{first, 0, 0}, {second, 20, 10}}, .count = 2};
        const yd_picture_list one = {.places = {{second, 20, 10}}, .count = 1};
        show(&pictures, &both, 1 << 20);
        CHECK(!yd_pictures_unfinished(&pictures) && yd_pictures_match(&pictures, &both));
        CHECK(shown_difference(&picture, 0, 0, 10, 5, 10) < 10 &&
              shown_difference(&picture, 20, 10, 10, 5, 10) < 10);
        CHECK(show(&pictures, &both, 1 << 20) == 0); /* nothing is sent twice */
        show(&pictures, &one, 1 << 20);
        CHECK(shown_difference(&black, 0, 0, 10, 5, 1) == 0);
        CHECK(shown_difference(&picture, 20, 10, 10, 5, 10) < 10);
        yd_pictures_forget(&pictures); /* as if the screen had been cleared */
        CHECK(!yd_pictures_unfinished(&pictures) == false);
        show(&pictures, &one, 1 << 20);
        CHECK(shown_difference(&picture, 20, 10, 10, 5, 10) < 10);
        leave(&pictures);
        CHECK(yd_test_graphics_kept(&graphics) == 0);
        yd_print_release(first);
        yd_print_release(second);
        finish();
    }
    yd_image_free(&picture);
    yd_image_free(&black);
}

/* What kitty keeps is shown again without being sent again, and not more of it than a little is kept. */
static void kitty_keeps_some(void)
{
    yd_image picture = make_picture(30 * CELL_WIDTH, 300);
    yd_graphics_mode mode = mode_of(YD_GRAPHICS_KITTY, YD_TRUE_COLOUR);
    yd_pictures pictures = {0};
    yd_picture_list none = {0};
    start();
    yd_print *print = make_print(&mode, &picture, 30, 15, 900);
    const yd_picture_list list = {.places = {{print, 2, 2}}, .count = 1};
    size_t first = show(&pictures, &list, 1 << 20);
    show(&pictures, &none, 1 << 20);
    CHECK(yd_test_graphics_placed(&graphics) == 0 && yd_test_graphics_kept(&graphics) == 1);
    size_t again = show(&pictures, &list, 1 << 20);
    CHECK(first > 2000 && again < 200);
    CHECK(shown_difference(&picture, 2, 2, 30, 15, 1) < 0.01);
    for (uint32_t i = 0; i < 100; i++) {
        yd_print *other = make_print(&mode, &picture, 30, 15, 1000 + i);
        show(&pictures, &(yd_picture_list){.places = {{other, 2, 2}}, .count = 1}, 1 << 20);
        yd_print_release(other);
    }
    CHECK(yd_test_graphics_placed(&graphics) == 1);
    CHECK(yd_test_graphics_kept(&graphics) < 40);
    leave(&pictures);
    CHECK(yd_test_graphics_kept(&graphics) == 0);
    yd_print_release(print);
    yd_image_free(&picture);
    finish();
}

static void gives_up_what_is_not_wanted(void)
{
    yd_image picture = make_picture(60 * CELL_WIDTH, 600);
    for (int i = 0; i < 60 * CELL_WIDTH * 600 * 3; i++)
        picture.pixels[i] = (uint8_t)(picture.pixels[i] + rand() % 40);
    yd_graphics_mode mode = mode_of(YD_GRAPHICS_KITTY, YD_TRUE_COLOUR);
    yd_pictures pictures = {0};
    start();
    yd_print *large = make_print(&mode, &picture, 60, 30, 1);
    yd_image tiny = make_picture(2 * CELL_WIDTH, 40);
    yd_print *small = make_print(&mode, &tiny, 2, 2, 2);
    show(&pictures, &(yd_picture_list){.places = {{large, 0, 0}}, .count = 1}, 30000);
    CHECK(yd_pictures_unfinished(&pictures) && graphics.transferring);
    const yd_picture_list next = {.places = {{small, 1, 1}}, .count = 1};
    show(&pictures, &next, 30000);
    CHECK(!yd_pictures_unfinished(&pictures) && !graphics.transferring);
    CHECK(yd_test_graphics_placed(&graphics) == 1 && yd_test_graphics_kept(&graphics) == 1);
    CHECK(shown_difference(&tiny, 1, 1, 2, 2, 1) < 0.01);
    leave(&pictures);
    yd_print_release(large);
    yd_print_release(small);
    yd_image_free(&picture);
    yd_image_free(&tiny);
    finish();
}

/* Every size down to one cell, of cells of any height. */
static void small_sizes(void)
{
    static const yd_graphics ways[] = {YD_GRAPHICS_KITTY, YD_GRAPHICS_PLACEHOLDER, YD_GRAPHICS_ITERM,
                                       YD_GRAPHICS_SIXEL, YD_GRAPHICS_CELLS};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        for (int columns = 1; columns <= 3; columns++) {
            for (int rows = 1; rows <= 3; rows++) {
                yd_graphics_mode mode = mode_of(ways[i], columns == 2 ? 8 : columns == 3 ? 0 : 256);
                mode.cell_height = 5 + 4 * columns;
                mode.cell_width = 2 + columns;
                int width, height;
                yd_print_pixels(&mode, columns, rows, 1000, 1000, &width, &height);
                yd_image picture = make_picture(width, height);
                yd_print *print = make_print(&mode, &picture, columns, rows, 3);
                CHECK(print->pieces.count > 0 && print->bytes.length > 0);
                yd_pictures pictures = {0};
                start();
                show(&pictures,
                     &(yd_picture_list){.places = {{print, WIDTH - columns, HEIGHT - rows}}, .count = 1},
                     1 << 20);
                CHECK(terminal.y <= HEIGHT - 1);
                leave(&pictures);
                yd_print_release(print);
                yd_image_free(&picture);
                finish();
            }
        }
    }
}

static void cells_keep_to_what_the_terminal_has(void)
{
    static const int colours[] = {0, 8, 256, YD_TRUE_COLOUR};
    yd_image picture = make_picture(40 * 8, 20 * 8);
    for (int i = 0; i < 8; i++) {
        yd_graphics_mode mode = mode_of(YD_GRAPHICS_CELLS, colours[i % 4]);
        mode.unicode = i >= 4;
        yd_print *print = make_print(&mode, &picture, 40, 20, 1);
        const char *text = print->bytes.data;
        bool ascii = true, drawn = false;
        for (size_t k = 0; k < print->bytes.length; k++) {
            ascii &= (unsigned char)text[k] < 0x80;
            CHECK(text[k] == '\033' || text[k] == '\n' || (unsigned char)text[k] >= 0x20);
            drawn |= (unsigned char)text[k] > 0x20;
        }
        CHECK(drawn && (mode.unicode || ascii));
        CHECK((strstr(text, "38;2;") != NULL) == (mode.colours == YD_TRUE_COLOUR));
        CHECK((strstr(text, "38;5;") != NULL) == (mode.colours == 256));
        CHECK((strstr(text, "\033[3") != NULL) == (mode.colours >= 8));
        CHECK(print->pieces.count == 20);
        yd_print_release(print);
    }
    yd_image_free(&picture);
}

static void views(void)
{
    const yd_room room = {100, 30, 10, 20}; /* 1000 x 600 pixels */
    yd_view view = {0};
    yd_shot shot = yd_view_shot(&view, 2000, 1000, &room);
    CHECK(shot.cells.width == 100 && shot.cells.height == 25 && shot.cells.x == 0 && shot.cells.y == 2);
    CHECK_NEAR(shot.scale, 0.5, 1e-9);
    view.zoom = 1;
    shot = yd_view_shot(&view, 2000, 1000, &room);
    CHECK(shot.cells.width == 100 && shot.cells.height == 30);
    CHECK(shot.width == 1000 && shot.height == 600 && shot.x == 500 && shot.y == 200);
    yd_view_pan(&view, 100, -100, 2000, 1000, &room); /* to the edge and no further */
    shot = yd_view_shot(&view, 2000, 1000, &room);
    CHECK_NEAR(shot.x, 1000, 1e-6);
    CHECK_NEAR(shot.y, 0, 1e-6);
    yd_view_pan(&view, -1, 0, 2000, 1000, &room); /* moves at once: nothing was piled up behind the edge */
    CHECK_NEAR(yd_view_shot(&view, 2000, 1000, &room).x, 900, 1e-6);
    for (int i = 0; i < 50; i++) yd_view_zoom(&view, -1, 2000, 1000, &room);
    CHECK(view.zoom == 0 && view.x == 0);
    for (int i = 0; i < 50; i++) yd_view_zoom(&view, 1, 2000, 1000, &room);
    CHECK_NEAR(view.zoom, 32, 1e-9);
    for (int width = 1; width < 3000; width = width * 3 + 1)
        for (int height = 1; height < 3000; height = height * 3 + 2)
            for (int columns = 1; columns < 120; columns += 17)
                for (double zoom = 0; zoom < 40; zoom = zoom * 3 + 0.01) {
                    const yd_room any = {columns, 1 + columns / 3, 9, 17};
                    const yd_view far = {zoom, 7, -7};
                    shot = yd_view_shot(&far, width, height, &any);
                    if (shot.cells.x < 0 || shot.cells.y < 0 || shot.cells.width < 1 ||
                        shot.cells.height < 1 || shot.cells.x + shot.cells.width > any.columns ||
                        shot.cells.y + shot.cells.height > any.rows || shot.x < 0 || shot.y < 0 ||
                        shot.x + shot.width > width + 1e-6 || shot.y + shot.height > height + 1e-6)
                        CHECK(false);
                }
}

static const yd_test_case cases[] = {
    {"every way shows the picture", every_way_shows_the_picture},
    {"few colours are kept", few_colours_are_kept},
    {"curves are seen in few colours", curves_are_seen_in_few_colours},
    {"goes without a trace", goes_without_a_trace},
    {"kitty keeps some", kitty_keeps_some},
    {"gives up what is not wanted", gives_up_what_is_not_wanted},
    {"small sizes", small_sizes},
    {"cells keep to what the terminal has", cells_keep_to_what_the_terminal_has},
    {"views", views},
};

TEST_MAIN(cases)
