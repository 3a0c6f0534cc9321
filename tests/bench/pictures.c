/* CPU time of a picture on its way to the terminal, by every way of drawing, in 80 x 20 and 200 x 56 cells:
 * cut, scaled and encoded (as after a zoom), and the same with reading the file. Exit status 1 where the
 * median of coloured characters in 200 x 56 cells, without the file, is above 20 ms.
 *
 *     bench_pictures [FILE]      a photograph-like picture of 1280 x 960 is made where none is named */
#include "base/file.h"
#include "image/write.h"
#include "support/test.h"
#include "tui/picture/develop.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { ROUNDS = 15 };
static const double limit_ms = 20;

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return first < second ? -1 : first > second;
}

/* Blobs, gradients and a little noise. */
static void make_file(char path[4200])
{
    yd_image image;
    REQUIRE(yd_image_create(1280, 960, &image, NULL) == YD_OK);
    for (int y = 0; y < image.height; y++)
        for (int x = 0; x < image.width; x++) {
            uint8_t *pixel = image.pixels + ((size_t)y * 1280 + (size_t)x) * 3;
            int blob = (x % 160 - 80) * (x % 160 - 80) + (y % 140 - 70) * (y % 140 - 70) < 2500 ? 90 : 0;
            for (int k = 0; k < 3; k++)
                pixel[k] = (uint8_t)(60 + (x * (k + 1) + y * 2) / 40 % 90 + blob + rand() % 16);
        }
    snprintf(path, 4200, "%s/picture.jpg", yd_test_folder());
    REQUIRE(yd_image_write(&image, path, NULL) == YD_OK);
    yd_image_free(&image);
}

/* Median CPU time of making the print. */
static double measure(const char *folder, const yd_order *order, bool with_file, size_t *bytes)
{
    double times[ROUNDS];
    yd_negatives negatives = {0};
    atomic_bool cancelled = false;
    for (int i = -1; i < ROUNDS; i++) {
        yd_copy copy;
        if (with_file) yd_negatives_free(&negatives);
        double begin = cpu_ms();
        if (yd_develop(&negatives, folder, order, 1, &cancelled, &copy) != YD_OK)
            yd_test_fatal(__FILE__, __LINE__, "%s", copy.message);
        if (i >= 0) times[i] = cpu_ms() - begin;
        *bytes = copy.print->bytes.length;
        yd_print_release(copy.print);
    }
    yd_negatives_free(&negatives);
    qsort(times, ROUNDS, sizeof *times, by_value);
    return times[ROUNDS / 2];
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name, *key; /* the key stands in the table of ./dev bench */
        yd_graphics graphics;
        int colours;
        bool ascii;
    } ways[] = {{"characters, true colour", "true_colour", YD_GRAPHICS_CELLS, YD_TRUE_COLOUR, false},
                {"characters, 256 colours", "256_colours", YD_GRAPHICS_CELLS, 256, false},
                {"characters, 8 colours", "8_colours", YD_GRAPHICS_CELLS, 8, false},
                {"characters, no colours", "no_colours", YD_GRAPHICS_CELLS, 0, false},
                {"letters, 8 colours", "letters", YD_GRAPHICS_CELLS, 8, true},
                {"sixels", "sixel", YD_GRAPHICS_SIXEL, 256, false},
                {"kitty", "kitty", YD_GRAPHICS_KITTY, 256, false},
                {"iTerm2", "iterm", YD_GRAPHICS_ITERM, 256, false}};
    static const int rooms[][2] = {{80, 20}, {200, 56}};
    char path[4200], folder[4200];
    bool slow = false;
    if (argc > 1)
        snprintf(path, sizeof path, "%s", argv[1]);
    else
        make_file(path);
    struct stat info;
    if (stat(path, &info) != 0) yd_test_fatal(__FILE__, __LINE__, "%s cannot be read", path);
    yd_path_parent(folder, sizeof folder, path);
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        for (size_t r = 0; r < 2; r++) {
            yd_order order = {.file = {.bytes = info.st_size},
                              .room = {rooms[r][0], rooms[r][1], 10, 20},
                              .mode = {.graphics = ways[w].graphics,
                                       .unicode = !ways[w].ascii,
                                       .colours = ways[w].colours,
                                       .cell_width = 10,
                                       .cell_height = 20}};
            snprintf(order.file.name, sizeof order.file.name, "%s", yd_path_name(path));
            /* Filled to the edge: as many cells as there are. */
            order.view.zoom = r ? 2 : 1;
            size_t bytes;
            double made = measure(folder, &order, false, &bytes),
                   read = measure(folder, &order, true, &bytes);
            printf("%-24s %3d x %2d cells: %6.1f ms, with the file %6.1f ms, %4zu KB\n", ways[w].name,
                   rooms[r][0], rooms[r][1], made, read, bytes >> 10);
            if (r) printf("result picture_%s %.1f ms\n", ways[w].key, made);
            slow |= ways[w].graphics == YD_GRAPHICS_CELLS && made > limit_ms;
        }
    }
    return slow;
}
