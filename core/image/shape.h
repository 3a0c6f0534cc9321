/* Scripts whose letters join, stack or run from right to left: how a line of them is laid out. All that knows
 * HarfBuzz and FriBidi. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { YD_SHAPE_LONGEST = 1024 }; /* characters of a line; more are left out */

/* Characters of one font, script and direction. */
typedef struct yd_shape_run {
    int first, count, font; /* font: the caller's */
    int level;              /* of embedding: an odd one runs from right to left */
    uint32_t script;        /* hb_script_t */
} yd_shape_run;

struct FT_FaceRec_; /* FreeType's */

typedef struct yd_glyph {
    uint32_t index; /* in its font */
    double x, y;
} yd_glyph;

/* Whether a character does not simply stand behind the one before it. */
bool yd_shape_wanted(uint32_t character);
/* Whether a character belongs to the one before it, and so is to be of its font: marks and joiners. */
bool yd_shape_joins(uint32_t character);

/* Splits text [count] into runs, in the order in which they stand from left to right: a line that begins in
 * ASCII, with a number say, runs that way, any other as its first letter does; fonts [count]: of each
 * character; runs: room for count. Returns their number; 0 without memory. */
int yd_shape_runs(const uint32_t *text, int count, const int *fonts, yd_shape_run *runs);

/* The glyphs of a run in a face of the given size, from *x on, which moves behind them; y: of the baseline.
 * Returns their number, at most most; -1 without memory. */
int yd_shape_glyphs(struct FT_FaceRec_ *face, double size, const uint32_t *text, int count,
                    const yd_shape_run *run, double *x, double y, yd_glyph *glyphs, int most);
