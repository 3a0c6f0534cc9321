/* The inner loops of warping and colouring, compiled for several instruction sets from one source
 * (pixel_kernels.inc). All sets give the same bits: those of yd_warp_affine and yd_hsv_gain. */
#pragma once
#include "image/colour.h"

enum { YD_BLOCK_COLUMNS = 16, YD_BLOCK_BYTES = 128 };

/* Up to 16 destination columns whose taps lie within 128 bytes of a source row. Lanes beyond count are 0. */
typedef struct yd_column_block {
    _Alignas(64)
        uint8_t offsets[2 * YD_BLOCK_COLUMNS]; /* of each column's red taps, left and right, from source */
    int8_t weights[2 * YD_BLOCK_COLUMNS];      /* of the two, in 1/32 */
    int column, count;                         /* the first destination column */
    size_t source, readable; /* bytes from the row's start to the first tap; bytes of the row from there on */
} yd_column_block;

typedef struct yd_pixel_set {
    const char *name;

    /* A general warp: RGBX out of four taps each. x, y: positions [count] with 5 bits of fraction in a
     * picture of RGB rows, all of whose taps lie inside, with two bytes readable behind each row's taps. */
    void (*sample)(const uint8_t *pixels, size_t stride, const int32_t *x, const int32_t *y, int count,
                   uint32_t *out);
    /* To three rows. */
    void (*split)(const uint32_t *pixels, size_t count, uint8_t *red, uint8_t *green, uint8_t *blue);

    /* A warp without rotation, in two steps; NULL where the set does without. Columns: a row of a picture,
     * stride bytes before the next, to blended samples of 13 bits, planes [3, plane]. Rows: upper * (32 - fy)
     * + lower * fy, rounded to 8 bits; upper and lower are readable up to the next multiple of 64 columns. */
    void (*blend_columns)(const uint8_t *row, size_t stride, const yd_column_block *blocks, size_t count,
                          size_t plane, uint16_t *planes);
    void (*blend_rows)(const uint16_t *upper, const uint16_t *lower, int fy, size_t count, uint8_t *out);

    /* As yd_hsv_gain, in place. */
    void (*gain)(const yd_hsv_gains *gains, size_t count, uint8_t *red, uint8_t *green, uint8_t *blue);
} yd_pixel_set;

/* The best that this processor can run. */
const yd_pixel_set *yd_pixel_choose(void);
/* All that it can run, the plain one first (tests). Returns how many. */
int yd_pixel_list(const yd_pixel_set *list[4]);
