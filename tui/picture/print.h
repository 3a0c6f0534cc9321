/* A picture as a terminal takes it, in a place of so many cells: the bytes, in pieces small enough that keys
 * and other frames come in between. */
#pragma once
#include "base/error.h"
#include "base/text.h"
#include "base/vector.h"
#include "image/image.h"
#include "tui/picture/graphics.h"
#include <stdatomic.h>

/* Sent whole or not at all. */
typedef struct yd_piece {
    size_t begin, length; /* of bytes */
    int column, row;      /* of the place: where the cursor has to stand; -1: anywhere */
} yd_piece;

/* Made by one thread, handed over, then used by another. */
typedef struct yd_print {
    yd_graphics_mode mode;
    int columns, rows;
    uint32_t number; /* of the print, never 0; the terminal knows the picture by it (kitty) */
    yd_text bytes;
    yd_vector pieces; /* yd_piece, in the order they are sent */
    int first_shown;  /* kitty: pieces before this one carry the picture, and need not come twice */
    int holders;
} yd_print;

/* Pixels that the picture should have, so that none is wasted, for a place of columns x rows cells of which
 * the picture has natural_width x natural_height pixels of its own. */
void yd_print_pixels(const yd_graphics_mode *mode, int columns, int rows, int natural_width,
                     int natural_height, int *width, int *height);

/* Encodes image, which covers the place whole. *cancelled (may be NULL) ends it early: STOPPED. The print has
 * one holder. number: 1 and up; terminals are told number modulo what fits. UNSUPPORTED, MEMORY. */
yd_status yd_print_create(const yd_graphics_mode *mode, const yd_image *image, int columns, int rows,
                          uint32_t number, const atomic_bool *cancelled, yd_print **print, yd_error *error);
yd_print *yd_print_hold(yd_print *print); /* returns it */
void yd_print_release(yd_print *print);   /* NULL is nothing */
size_t yd_print_bytes(const yd_print *print);

/* What takes the picture from the screen, and (forget) from the terminal's memory. Nothing but kitty's needs
 * to be told. */
void yd_print_remove(const yd_print *print, bool forget, yd_text *out);
/* What ends a transfer that is given up after its first `sent` pieces. */
void yd_print_abandon(const yd_print *print, int sent, yd_text *out);
