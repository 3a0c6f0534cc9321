/* What a terminal would show of pictures: sixels, iTerm2's and kitty's sequences and coloured characters,
 * decoded back to pixels. Stands beside a yd_vterm, which it is told about by its hooks. */
#pragma once
#include "image/image.h"
#include "support/vterm.h"

enum { YD_GRAPHICS_IMAGES = 512, YD_GRAPHICS_PLACES = 256 };

typedef struct yd_test_graphics {
    yd_vterm *terminal;
    int cell_width, cell_height;
    yd_image screen;  /* the pixels of sixels and inline images */
    uint64_t *stamps; /* [height][width]: the cell's writing when it got its pixels; 0: none */
    struct yd_test_kitty {
        unsigned id;
        bool whole, placed, is_virtual;
        int x, y, columns, rows; /* of its place */
        char *base64;
        size_t length;
        yd_image image;
    } images[YD_GRAPHICS_IMAGES];
    int count;
    unsigned transferring; /* the id whose chunks are coming; 0: none */
    int sixels, inlines, transfers, placements, deletions;
    int broken;       /* sequences that could not be decoded */
    bool knows_kitty; /* kitty's query is to be answered */
    unsigned asked;   /* the number of kitty's last query; 0: none, or answered */
} yd_test_graphics;

/* Takes the terminal's strings. */
void yd_test_graphics_start(yd_test_graphics *graphics, yd_vterm *terminal, int cell_width, int cell_height);
/* After the terminal was resized. */
void yd_test_graphics_resize(yd_test_graphics *graphics);
void yd_test_graphics_free(yd_test_graphics *graphics);
/* What is seen of columns x rows cells at (x, y); the caller frees it. */
yd_image yd_test_graphics_show(const yd_test_graphics *graphics, int x, int y, int columns, int rows);
/* Kitty's pictures that are placed now, and those that the terminal still keeps. */
int yd_test_graphics_placed(const yd_test_graphics *graphics);
int yd_test_graphics_kept(const yd_test_graphics *graphics);
/* Mean absolute difference over all channels; the pictures have one size. */
double yd_test_graphics_difference(const yd_image *a, const yd_image *b);
/* The same of the means of tiles of so many pixels: what an eye at a distance sees. */
double yd_test_graphics_blurred(const yd_image *a, const yd_image *b, int tile);
