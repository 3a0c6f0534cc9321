/* A grid of cells that widgets draw into, and parts of it with their own origin. Nothing drawn ever leaves
 * its part. Needs no terminal: tests read the cells back, the console hands them to term/surface.h. */
#pragma once
#include "tui/glyphs.h"
#include "tui/theme.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YD_CANVAS_LIMIT = 1000 }; /* the largest width and height that are drawn */

typedef struct yd_cell {
    uint32_t glyph; /* Unicode; 0: the right half of the wide character in the cell before */
    uint8_t style, reserved[3];
} yd_cell;

typedef struct yd_rect {
    int x, y, width, height;
} yd_rect;

typedef struct yd_cursor {
    int x, y; /* x < 0: hidden */
} yd_cursor;

/* A picture on the screen: the print's own cells, the upper left one at (x, y) of the whole grid. */
struct yd_print; /* tui/picture/print.h */
typedef struct yd_placed {
    struct yd_print *print; /* the darkroom's */
    int x, y;
} yd_placed;
enum { YD_PICTURES_AT_ONCE = 64 };
typedef struct yd_picture_list {
    yd_placed places[YD_PICTURES_AT_ONCE];
    int count;
} yd_picture_list;

/* A grid, or a part of one: cell (x, y) is cells[y * stride + x]. Passed about freely; only the whole grid
 * owns its cells. */
typedef struct yd_canvas {
    yd_cell *cells;
    int width, height, stride;
    int left, top; /* of the part in the whole grid */
    const yd_glyphs *glyphs;
    yd_picture_list *pictures; /* what stands on the grid; NULL: it cannot hold any */
} yd_canvas;

/* A blank grid; width and height are brought into 1..YD_CANVAS_LIMIT. False when memory is out (the canvas is
 * then empty, and drawing into it does nothing). */
bool yd_canvas_create(yd_canvas *canvas, int width, int height, const yd_glyphs *glyphs);
void yd_canvas_free(yd_canvas *canvas);
/* Where rect leaves the canvas it is cut. */
yd_canvas yd_canvas_part(const yd_canvas *canvas, yd_rect rect);

/* Where a part lies on the canvas that it was taken from; empty for an empty part. */
yd_rect yd_canvas_place(const yd_canvas *canvas, const yd_canvas *part);

void yd_canvas_fill(const yd_canvas *canvas, uint32_t glyph, yd_style style);
/* A glyph one cell wide; nothing where (x, y) lies outside. */
void yd_canvas_put(const yd_canvas *canvas, int x, int y, uint32_t glyph, yd_style style);
/* A picture, its upper left cell at (x, y): cells that nothing else may be drawn into are kept free for it.
 * False, with nothing drawn, where it would leave the canvas or there are too many. */
bool yd_canvas_picture(const yd_canvas *canvas, int x, int y, struct yd_print *print);
/* Of the whole grid: takes away the pictures that something was drawn over since. */
void yd_canvas_uncover(const yd_canvas *canvas);
/* Draws UTF-8 from (x, y) to the right and returns the x behind it. Control characters and invalid bytes
 * stand as '?', characters of no width are left out, wide ones take two cells; without Unicode, what is not
 * ASCII stands as '?'. */
int yd_canvas_text(const yd_canvas *canvas, int x, int y, yd_style style, const char *text);
int yd_canvas_textf(const yd_canvas *canvas, int x, int y, yd_style style, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* As yd_canvas_text, but at most width cells, the last of them an ellipsis where the text is longer. */
int yd_canvas_text_cut(const yd_canvas *canvas, int x, int y, int width, yd_style style, const char *text);
/* Ends at x (exclusive) instead; returns where it begins. */
int yd_canvas_text_right(const yd_canvas *canvas, int x, int y, yd_style style, const char *text);
/* Cells that a text takes. */
int yd_canvas_text_width(const yd_canvas *canvas, const char *text);

/* Row y as UTF-8 without trailing blanks (tests, and the plain output of a screen). */
void yd_canvas_row(const yd_canvas *canvas, int y, char *out, size_t capacity);
bool yd_canvas_equal(const yd_canvas *a, const yd_canvas *b);
/* Copies where both have one size. */
void yd_canvas_copy(const yd_canvas *to, const yd_canvas *from);
