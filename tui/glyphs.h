/* The glyphs that widgets draw with: one set for UTF-8 terminals, one for all others. Every glyph is one cell
 * wide. */
#pragma once
#include <stdint.h>

enum { YD_SPARK_LEVELS = 8, YD_SHADES = 6 };

typedef struct yd_glyphs {
    uint32_t horizontal, vertical;
    uint32_t top_left, top_right, bottom_left, bottom_right, tee_left, tee_right;
    uint32_t spark[YD_SPARK_LEVELS]; /* rising */
    uint32_t not_finite;             /* stands in a sparkline where a value is NaN or infinite */
    uint32_t shade[YD_SHADES];       /* ever denser, the first is blank */
    uint32_t bar_full, bar_rest;
    uint32_t bar_part[7]; /* an eighth to seven eighths of a cell, 0: none to be had */
    uint32_t up, down, level;
    uint32_t pointer, alive, dead, dot, ellipsis, dash;
    uint32_t grid, dotted, mark; /* in charts: a faint grid, a line where something was changed, its foot */
    uint32_t curve[3];           /* for charts without braille: a point of each curve */
    uint32_t picture;            /* stands under a picture: no erasing of blanks ever runs across it */
    int braille;                 /* charts have 2 x 4 points in a cell */
} yd_glyphs;

extern const yd_glyphs yd_glyphs_unicode;
extern const yd_glyphs yd_glyphs_ascii;
