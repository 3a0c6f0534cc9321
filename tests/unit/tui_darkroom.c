/* The album of a folder and the thread that makes its pictures: orders, cancellation, memory, broken files.
 */
#include "base/clock.h"
#include "base/file.h"
#include "image/boxes.h"
#include "image/write.h"
#include "support/test.h"
#include "tui/gallery.h"
#include "tui/picture/develop.h"
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[4200];
static atomic_int woken;

static void wake(const void *context)
{
    (void)context;
    atomic_fetch_add(&woken, 1);
}

static void write_file(const char *name, const char *text, int64_t age)
{
    char path[4400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    REQUIRE(yd_file_write(path, text, strlen(text), NULL) == YD_OK);
    const struct timespec times[2] = {{.tv_sec = 1000000 - age}, {.tv_sec = 1000000 - age}};
    utimensat(AT_FDCWD, path, times, 0);
}

static void write_picture(const char *name, int width, int height, uint8_t grey)
{
    char path[4400];
    yd_image image;
    REQUIRE(yd_image_create(width, height, &image, NULL) == YD_OK);
    yd_image_fill(&image, grey);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    REQUIRE(yd_image_write(&image, path, NULL) == YD_OK);
    yd_image_free(&image);
}

static void begin(void)
{
    static int number;
    snprintf(folder, sizeof folder, "%s/run%d", yd_test_folder(), ++number);
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
}

static void album_is_in_order(void)
{
    begin();
    write_file("old.png", "x", 100);
    write_file("b10.jpg", "x", 10);
    write_file("b2.jpg", "x", 10);
    write_file("new.JPEG", "x", 1);
    write_file("results.csv", "x", 0);
    write_file(".hidden.png", "x", 0);
    write_file("noending", "x", 0);
    char path[4400];
    snprintf(path, sizeof path, "%s/sub.png", folder);
    REQUIRE(mkdir(path, 0700) == 0);
    yd_album album, again;
    yd_album_read(&album, folder);
    REQUIRE(yd_album_count(&album) == 4 && album.readable);
    CHECK_TEXT(yd_album_at(&album, 0)->name, "new.JPEG");
    CHECK_TEXT(yd_album_at(&album, 1)->name, "b2.jpg");
    CHECK_TEXT(yd_album_at(&album, 2)->name, "b10.jpg");
    CHECK_TEXT(yd_album_at(&album, 3)->name, "old.png");
    CHECK(yd_album_at(&album, 4) == NULL && yd_album_at(&album, -1) == NULL);
    CHECK(yd_album_find(&album, "b10.jpg") == 2 && yd_album_find(&album, "no") == -1);
    yd_album_read(&again, folder);
    CHECK(yd_album_equal(&album, &again));
    write_file("old.png", "changed", 100);
    yd_album_free(&again);
    yd_album_read(&again, folder);
    CHECK(!yd_album_equal(&album, &again));
    yd_album_free(&again);
    yd_album_free(&album);
    yd_album_read(&album, "/no/such/folder");
    CHECK(!album.readable && yd_album_count(&album) == 0);
    yd_album_free(&album);
}

static yd_order order_of(const yd_album_entry *file)
{
    const yd_graphics_mode mode = {
        .graphics = YD_GRAPHICS_KITTY, .unicode = true, .colours = 256, .cell_width = 10, .cell_height = 20};
    return (yd_order){.file = *file, .room = {40, 12, 10, 20}, .mode = mode, .boxes = true};
}

/* Every frame asks anew, until it is there. */
static const yd_copy *await(yd_darkroom *darkroom, const yd_order *order)
{
    int64_t end = yd_clock_ns() + YD_TEST_PATIENCE * 20000000000LL;
    while (yd_clock_ns() < end) {
        yd_darkroom_collect(darkroom);
        yd_darkroom_begin(darkroom);
        const yd_copy *copy = yd_darkroom_order(darkroom, order);
        yd_darkroom_end(darkroom);
        if (copy) return copy;
        usleep(2000);
    }
    yd_test_fatal(__FILE__, __LINE__, "no picture");
}

static const yd_album *await_album(yd_darkroom *darkroom)
{
    int64_t end = yd_clock_ns() + YD_TEST_PATIENCE * 20000000000LL;
    while (yd_clock_ns() < end) {
        yd_darkroom_collect(darkroom);
        if (yd_darkroom_album(darkroom)) return yd_darkroom_album(darkroom);
        usleep(2000);
    }
    yd_test_fatal(__FILE__, __LINE__, "no album");
}

static void makes_what_is_ordered(void)
{
    begin();
    write_picture("a.png", 300, 200, 77);
    write_file("broken.jpg", "\xff\xd8\xff\xe0 this is none", 0);
    write_file("empty.png", "", 0);
    yd_darkroom *darkroom;
    REQUIRE(yd_darkroom_open(folder, wake, NULL, &darkroom, NULL) == YD_OK);
    const yd_album *album = await_album(darkroom);
    REQUIRE(yd_album_count(album) == 3);
    yd_order order = order_of(yd_album_at(album, yd_album_find(album, "a.png")));
    const yd_copy *copy = await(darkroom, &order);
    REQUIRE(copy->print != NULL);
    CHECK(copy->width == 300 && copy->height == 200 && !copy->apart);
    CHECK(copy->shot.cells.width == 36 && copy->shot.cells.height == 12);
    yd_print *first = copy->print;
    copy = await(darkroom, &order);
    CHECK(copy->print == first); /* it is kept */
    order = order_of(yd_album_at(album, yd_album_find(album, "broken.jpg")));
    copy = await(darkroom, &order);
    CHECK(!copy->print && strstr(copy->message, "broken.jpg: a broken JPEG") == copy->message);
    order = order_of(yd_album_at(album, yd_album_find(album, "empty.png")));
    copy = await(darkroom, &order);
    CHECK(!copy->print && strstr(copy->message, "empty.png: an empty file"));
    strcpy(order.file.name, "gone\033.png");
    copy = await(darkroom, &order);
    CHECK(!copy->print && strstr(copy->message, "gone\\x1b.png") && !strchr(copy->message, '\033'));
    CHECK(atomic_load(&woken) >= 4);
    yd_darkroom_close(darkroom);
}

/* A header that promises more than is shown costs no memory. */
static void refuses_what_is_too_large(void)
{
    begin();
    char path[4400];
    static const unsigned char bmp[] = {
        'B', 'M',  0,    0, 0, 0,    0,    0, 0, 0, 54, 0,  0, 0, 40, 0, 0,
        0,   0x10, 0x27, 0, 0, 0x10, 0x27, 0, 0, 1, 0,  24, 0, 0, 0,  0, 0}; /* 10000 x 10000 */
    snprintf(path, sizeof path, "%s/large.bmp", folder);
    REQUIRE(yd_file_write(path, bmp, sizeof bmp, NULL) == YD_OK);
    yd_album album;
    yd_album_read(&album, folder);
    yd_negatives negatives = {0};
    yd_copy copy;
    atomic_bool cancelled = false;
    yd_order order = order_of(yd_album_at(&album, 0));
    CHECK(yd_develop(&negatives, folder, &order, 1, &cancelled, &copy) == YD_ERR_UNSUPPORTED);
    CHECK(strstr(copy.message, "10000 x 10000"));
    CHECK(negatives.entries.count == 0 && negatives.bytes == 0);
    yd_negatives_free(&negatives);
    yd_album_free(&album);
}

static void keeps_memory_bounded(void)
{
    enum { PICTURES = 12, SIDE = 1800 }; /* 9.7 MB each */
    begin();
    for (int i = 0; i < PICTURES; i++) {
        char name[32];
        snprintf(name, sizeof name, "p%d.jpg", i);
        write_picture(name, SIDE, SIDE, (uint8_t)(i * 20));
    }
    yd_album album;
    yd_album_read(&album, folder);
    yd_negatives negatives = {0};
    atomic_bool cancelled = false;
    for (int i = 0; i < PICTURES; i++) {
        yd_copy copy;
        yd_order order = order_of(yd_album_at(&album, i));
        REQUIRE(yd_develop(&negatives, folder, &order, 1, &cancelled, &copy) == YD_OK);
        yd_print_release(copy.print);
        CHECK(negatives.bytes <= YD_DARKROOM_FILES);
    }
    CHECK(negatives.entries.count >= 3);
    atomic_store(&cancelled, true);
    yd_copy copy;
    yd_order order = order_of(yd_album_at(&album, 0));
    CHECK(yd_develop(&negatives, folder, &order, 1, &cancelled, &copy) == YD_ERR_STOPPED && !copy.print);
    yd_negatives_free(&negatives);
    yd_album_free(&album);
}

/* Orders that change with every frame, as while zooming, end with the last one; what was given up is made
 * after all where it is wanted again. */
static void gives_up_and_takes_up(void)
{
    begin();
    write_picture("a.jpg", 1500, 1500, 77);
    write_picture("b.jpg", 1500, 1500, 99);
    yd_darkroom *darkroom;
    REQUIRE(yd_darkroom_open(folder, wake, NULL, &darkroom, NULL) == YD_OK);
    const yd_album *album = await_album(darkroom);
    yd_order a = order_of(yd_album_at(album, 0)), b = order_of(yd_album_at(album, 1));
    for (int i = 0; i < 300; i++) {
        yd_darkroom_begin(darkroom);
        a.view.zoom = b.view.zoom = 1 + i % 7;
        yd_darkroom_order(darkroom, i % 2 ? &a : &b);
        yd_darkroom_end(darkroom);
        if (i % 50 == 0) usleep(20000);
    }
    CHECK(await(darkroom, &a)->print != NULL);
    CHECK(await(darkroom, &b)->print != NULL);
    yd_darkroom_begin(darkroom);
    yd_darkroom_order(darkroom, &a);
    a.view.zoom = 9;
    yd_darkroom_order(darkroom, &a);
    yd_darkroom_close(darkroom); /* in the middle of it */
}

/* The boxes that are kept apart are drawn, or not, on the picture without them. */
static void boxes_come_and_go(void)
{
    begin();
    write_picture("train_batch0.jpg", 400, 240, 10);
    char sub[4400], path[4500];
    snprintf(sub, sizeof sub, "%s/pictures", folder);
    REQUIRE(yd_make_folders(sub, NULL) == YD_OK);
    write_picture("pictures/train_batch0.jpg", 400, 240, 200);
    const yd_box box = {.class = 0, .x1 = 100, .y1 = 60, .x2 = 300, .y2 = 180, .confidence = -1, .name = "x"};
    yd_text text = {0};
    yd_boxes_format(&box, 1, &text);
    snprintf(path, sizeof path, "%s/train_batch0.csv", sub);
    REQUIRE(yd_file_write(path, text.data, text.length, NULL) == YD_OK);
    yd_text_free(&text);
    yd_album album;
    yd_album_read(&album, folder);
    REQUIRE(yd_album_count(&album) == 1);
    yd_negatives negatives = {0};
    atomic_bool cancelled = false;
    yd_copy with, without;
    yd_order order = order_of(yd_album_at(&album, 0));
    REQUIRE(yd_develop(&negatives, folder, &order, 1, &cancelled, &with) == YD_OK);
    order.boxes = false;
    REQUIRE(yd_develop(&negatives, folder, &order, 1, &cancelled, &without) == YD_OK);
    CHECK(with.apart && with.boxes == 1 && without.apart);
    CHECK(with.print->bytes.length != without.print->bytes.length ||
          memcmp(with.print->bytes.data, without.print->bytes.data, with.print->bytes.length) != 0);
    yd_print_release(with.print);
    yd_print_release(without.print);
    yd_negatives_free(&negatives);
    yd_album_free(&album);
}

static void gallery_fits(void)
{
    for (int width = 1; width < 260; width += 3)
        for (int height = 1; height < 80; height += 2) {
            yd_gallery g = yd_gallery_layout(width, height, 1 + (width + height) % 50, 9, 18);
            bool good = g.columns >= 1 && g.rows >= 1 && g.width >= 1 && g.height >= 1;
            for (int i = 0; good && i < g.columns * g.rows; i++) {
                yd_rect place = yd_gallery_place(&g, i);
                good = place.x + place.width <= width && yd_gallery_hit(&g, place.x, place.y) == i;
                if (g.rows > 1) good &= place.y + place.height < height + 1;
            }
            if (!good) CHECK(false);
        }
    yd_gallery g = yd_gallery_layout(94, 27, 100, 10, 20);
    CHECK(g.columns == 3 && g.rows == 2);
    CHECK(yd_gallery_layout(80, 20, 100, 10, 20).rows == 2);
    for (int count = 1; count < 40; count++) { /* fewer ones are larger, as long as all of them are seen */
        yd_gallery few = yd_gallery_layout(200, 56, count, 10, 20);
        yd_gallery more = yd_gallery_layout(200, 56, count + 1, 10, 20);
        CHECK(few.columns * few.rows >= (count < 28 ? count : 28) && few.width >= more.width);
    }
    CHECK(yd_gallery_layout(200, 56, 13, 10, 20).width > yd_gallery_layout(200, 56, 100, 10, 20).width);
    CHECK(yd_gallery_scroll(&g, 0, 5) == 0 && yd_gallery_scroll(&g, 0, 6) == 1 &&
          yd_gallery_scroll(&g, 3, 0) == 0);
    CHECK(yd_gallery_hit(&g, -1, 0) == -1 && yd_gallery_hit(&g, 0, 100) == -1);
}

static const yd_test_case cases[] = {
    {"album is in order", album_is_in_order},
    {"makes what is ordered", makes_what_is_ordered},
    {"refuses what is too large", refuses_what_is_too_large},
    {"keeps memory bounded", keeps_memory_bounded},
    {"gives up and takes up", gives_up_and_takes_up},
    {"boxes come and go", boxes_come_and_go},
    {"gallery fits", gallery_fits},
};

TEST_MAIN(cases)
