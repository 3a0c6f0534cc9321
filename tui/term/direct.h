/* True colour through curses, which knows numbers of a palette only: each RGB colour borrows a number that
 * nothing else uses, and in what curses has written the number is replaced by the colour. */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { YD_DIRECT_NUMBERS = 256, YD_DIRECT_GROWTH = 3 };

/* Zero-initialise. */
typedef struct yd_direct {
    uint32_t colours[YD_DIRECT_NUMBERS]; /* YD_COLOUR_RGB | 0xRRGGBB; 0: the number is the palette's own */
    uint8_t taken[YD_DIRECT_NUMBERS];    /* numbers that stand for themselves */
} yd_direct;

/* The number is used for itself. To be told of all of them before any colour borrows. */
void yd_direct_take(yd_direct *direct, int number);
/* The number that stands for an RGB colour; -1: none is left. */
int yd_direct_borrow(yd_direct *direct, uint32_t colour);
/* Copies what curses has written, colours in place of borrowed numbers; out has room for YD_DIRECT_GROWTH
 * times as many bytes. Returns how many there are. */
size_t yd_direct_rewrite(const yd_direct *direct, const char *bytes, size_t length, char *out);
