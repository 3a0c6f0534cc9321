#include "tui/canvas.h"
#include "base/text.h"
#include "tui/picture/print.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

bool yd_canvas_create(yd_canvas *canvas, int width, int height, const yd_glyphs *glyphs)
{
    width = clamp(width, 1, YD_CANVAS_LIMIT);
    height = clamp(height, 1, YD_CANVAS_LIMIT);
    *canvas = (yd_canvas){.glyphs = glyphs};
    canvas->cells = calloc((size_t)width * (size_t)height, sizeof(yd_cell));
    if (!canvas->cells) return false;
    canvas->width = canvas->stride = width;
    canvas->height = height;
    yd_canvas_fill(canvas, ' ', YD_STYLE_TEXT);
    return true;
}

void yd_canvas_free(yd_canvas *canvas)
{
    free(canvas->cells);
    *canvas = (yd_canvas){0};
}

yd_canvas yd_canvas_part(const yd_canvas *canvas, yd_rect rect)
{
    int left = clamp(rect.x, 0, canvas->width), right = clamp(rect.x + rect.width, left, canvas->width);
    int top = clamp(rect.y, 0, canvas->height), bottom = clamp(rect.y + rect.height, top, canvas->height);
    yd_canvas part = *canvas;
    part.left += left;
    part.top += top;
    part.width = right - left;
    part.height = bottom - top;
    if (part.width > 0 && part.height > 0) part.cells += (ptrdiff_t)top * canvas->stride + left;
    return part;
}

yd_rect yd_canvas_place(const yd_canvas *canvas, const yd_canvas *part)
{
    if (part->width <= 0 || part->height <= 0) return (yd_rect){0};
    int at = (int)(part->cells - canvas->cells);
    return (yd_rect){at % canvas->stride, at / canvas->stride, part->width, part->height};
}

static yd_cell *cell_at(const yd_canvas *canvas, int x, int y)
{
    return &canvas->cells[(ptrdiff_t)y * canvas->stride + x];
}

static bool inside(const yd_canvas *canvas, int x, int y)
{
    return x >= 0 && y >= 0 && x < canvas->width && y < canvas->height;
}

void yd_canvas_fill(const yd_canvas *canvas, uint32_t glyph, yd_style style)
{
    for (int y = 0; y < canvas->height; y++)
        for (int x = 0; x < canvas->width; x++) yd_canvas_put(canvas, x, y, glyph, style);
}

/* A wide character that loses one of its halves becomes blank, so that a row never holds half of one. */
void yd_canvas_put(const yd_canvas *canvas, int x, int y, uint32_t glyph, yd_style style)
{
    if (!inside(canvas, x, y)) return;
    yd_cell *cell = cell_at(canvas, x, y);
    if (cell->glyph == 0 && x > 0) cell[-1].glyph = ' ';
    if (x + 1 < canvas->width && cell[1].glyph == 0) cell[1].glyph = ' ';
    *cell = (yd_cell){.glyph = glyph, .style = (uint8_t)style};
}

bool yd_canvas_picture(const yd_canvas *canvas, int x, int y, struct yd_print *print)
{
    yd_picture_list *list = canvas->pictures;
    if (!list || list->count >= YD_PICTURES_AT_ONCE || x < 0 || y < 0 || x + print->columns > canvas->width ||
        y + print->rows > canvas->height)
        return false;
    for (int row = 0; row < print->rows; row++)
        for (int column = 0; column < print->columns; column++)
            yd_canvas_put(canvas, x + column, y + row, canvas->glyphs->picture, YD_STYLE_TEXT);
    list->places[list->count++] = (yd_placed){print, canvas->left + x, canvas->top + y};
    return true;
}

static bool is_free(const yd_canvas *canvas, const yd_placed *placed)
{
    for (int y = placed->y; y < placed->y + placed->print->rows; y++)
        for (int x = placed->x; x < placed->x + placed->print->columns; x++)
            if (!inside(canvas, x, y) || cell_at(canvas, x, y)->glyph != canvas->glyphs->picture)
                return false;
    return true;
}

void yd_canvas_uncover(const yd_canvas *canvas)
{
    yd_picture_list *list = canvas->pictures;
    int kept = 0;
    for (int i = 0; list && i < list->count; i++)
        if (is_free(canvas, &list->places[i])) list->places[kept++] = list->places[i];
    if (list) list->count = kept;
}

/* The character at *text, moved past it. */
static uint32_t next_character(const char **text)
{
    const unsigned char *s = (const unsigned char *)*text;
    int length = yd_utf8_length(*text);
    *text += length ? length : 1;
    switch (length) {
    case 1:
        return s[0];
    case 2:
        return (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
    case 3:
        return (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
    case 4:
        return (s[0] & 0x07u) << 18 | (s[1] & 0x3fu) << 12 | (s[2] & 0x3fu) << 6 | (s[3] & 0x3fu);
    default:
        return '?';
    }
}

/* What stands for a character on this canvas, and how many cells it takes: 0, 1 or 2. */
static int shown_as(const yd_canvas *canvas, uint32_t *character)
{
    if (*character >= 0x20 && *character < 0x7f) return 1;
    int width = canvas->glyphs->braille && *character >= 0xa0 ? wcwidth((wchar_t)*character) : -1;
    if (width >= 0 && width <= 2) return width;
    *character = '?';
    return 1;
}

/* Draws while the text stays left of `end`. */
static int draw_until(const yd_canvas *canvas, int x, int y, int end, yd_style style, const char *text)
{
    while (*text) {
        uint32_t character = next_character(&text);
        int width = shown_as(canvas, &character);
        if (width == 0) continue;
        if (x + width > end) break;
        yd_canvas_put(canvas, x, y, character, style);
        if (width == 2) {
            yd_canvas_put(canvas, x + 1, y, ' ', style);
            if (inside(canvas, x, y) && inside(canvas, x + 1, y))
                cell_at(canvas, x + 1, y)->glyph = 0;
            else
                yd_canvas_put(canvas, x, y, ' ', style);
        }
        x += width;
    }
    return x;
}

int yd_canvas_text(const yd_canvas *canvas, int x, int y, yd_style style, const char *text)
{
    return draw_until(canvas, x, y, canvas->width, style, text);
}

int yd_canvas_textf(const yd_canvas *canvas, int x, int y, yd_style style, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return yd_canvas_text(canvas, x, y, style, text);
}

int yd_canvas_text_cut(const yd_canvas *canvas, int x, int y, int width, yd_style style, const char *text)
{
    if (width <= 0) return x;
    if (yd_canvas_text_width(canvas, text) <= width) return yd_canvas_text(canvas, x, y, style, text);
    x = draw_until(canvas, x, y, x + width - 1, style, text);
    yd_canvas_put(canvas, x, y, canvas->glyphs->ellipsis, style);
    return x + 1;
}

int yd_canvas_text_right(const yd_canvas *canvas, int x, int y, yd_style style, const char *text)
{
    int start = x - yd_canvas_text_width(canvas, text);
    yd_canvas_text(canvas, start, y, style, text);
    return start;
}

int yd_canvas_text_width(const yd_canvas *canvas, const char *text)
{
    int width = 0;
    while (*text && width < YD_CANVAS_LIMIT) {
        uint32_t character = next_character(&text);
        width += shown_as(canvas, &character);
    }
    return width;
}

void yd_canvas_row(const yd_canvas *canvas, int y, char *out, size_t capacity)
{
    size_t length = 0, end = 0;
    for (int x = 0; x < canvas->width && y >= 0 && y < canvas->height && length + 5 <= capacity; x++) {
        uint32_t glyph = cell_at(canvas, x, y)->glyph;
        if (glyph) length += (size_t)yd_utf8_encode(out + length, glyph);
        if (glyph != ' ') end = length;
    }
    if (capacity) out[end] = '\0';
}

static bool same_cell(const yd_cell *a, const yd_cell *b)
{
    return a->glyph == b->glyph && a->style == b->style;
}

bool yd_canvas_equal(const yd_canvas *a, const yd_canvas *b)
{
    if (a->width != b->width || a->height != b->height) return false;
    for (int y = 0; y < a->height; y++)
        for (int x = 0; x < a->width; x++)
            if (!same_cell(cell_at(a, x, y), cell_at(b, x, y))) return false;
    return true;
}

void yd_canvas_copy(const yd_canvas *to, const yd_canvas *from)
{
    if (to->width != from->width || to->height != from->height) return;
    for (int y = 0; y < to->height; y++)
        memcpy(cell_at(to, 0, y), cell_at(from, 0, y), (size_t)to->width * sizeof(yd_cell));
}
