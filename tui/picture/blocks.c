#include "tui/picture/blocks.h"
#include "tui/picture/diffusion.h"
#include "tui/picture/graphics.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = YD_BLOCKS_CELL, PIXELS = SIDE * SIDE, SYMBOLS = 21, FLAT = 6 };

/* A character and the pixels that it inks, row by row from the lowest bit on. Each stands for its inverse
 * too. */
typedef struct symbol {
    uint32_t character;
    uint64_t mask;
} symbol;

typedef struct colour {
    float channel[3];
} colour;

/* What a cell is drawn with. A flat one is a blank. */
typedef struct choice {
    uint32_t character;
    colour fore, back;
    float coverage; /* the share of fore */
} choice;

/* A colour as it is sent: 0xRRGGBB, or an index of the palette; -1: none was sent yet. */
typedef struct pen {
    int64_t fore, back;
} pen;

static uint64_t fill(int x1, int y1, int x2, int y2)
{
    uint64_t mask = 0;
    for (int y = y1; y < y2; y++)
        for (int x = x1; x < x2; x++) mask |= UINT64_C(1) << (y * SIDE + x);
    return mask;
}

/* Eighths from below and from the left, halves, single quadrants and those that lie across; what they leave
 * out is their inverse. */
static int make_blocks(symbol symbols[SYMBOLS])
{
    int count = 0;
    for (int i = 1; i < SIDE; i++)
        symbols[count++] = (symbol){0x2580u + (uint32_t)i, fill(0, SIDE - i, SIDE, SIDE)};
    for (int i = 1; i < SIDE; i++) symbols[count++] = (symbol){0x2590u - (uint32_t)i, fill(0, 0, i, SIDE)};
    symbols[count++] = (symbol){0x2594, fill(0, 0, SIDE, 1)};
    symbols[count++] = (symbol){0x2595, fill(SIDE - 1, 0, SIDE, SIDE)};
    symbols[count++] = (symbol){0x2596, fill(0, 4, 4, 8)};
    symbols[count++] = (symbol){0x2597, fill(4, 4, 8, 8)};
    symbols[count++] = (symbol){0x2598, fill(0, 0, 4, 4)};
    symbols[count++] = (symbol){0x259d, fill(4, 0, 8, 4)};
    symbols[count++] = (symbol){0x259a, fill(0, 0, 4, 4) | fill(4, 4, 8, 8)};
    return count;
}

/* Letters whose ink lies where a font for terminals has it, more or less. */
static int make_letters(symbol symbols[SYMBOLS])
{
    int count = 0;
    symbols[count++] = (symbol){'_', fill(0, 7, 8, 8)};
    symbols[count++] = (symbol){'-', fill(1, 4, 7, 5)};
    symbols[count++] = (symbol){'=', fill(1, 3, 7, 4) | fill(1, 5, 7, 6)};
    symbols[count++] = (symbol){'"', fill(2, 1, 3, 3) | fill(5, 1, 6, 3)};
    symbols[count++] = (symbol){'|', fill(3, 0, 5, 8)};
    symbols[count++] = (symbol){'+', fill(3, 2, 5, 7) | fill(1, 4, 7, 5)};
    symbols[count++] = (symbol){'#', fill(1, 1, 7, 7)};
    symbols[count++] = (symbol){'L', fill(1, 1, 3, 7) | fill(1, 6, 7, 7)};
    symbols[count++] = (symbol){'7', fill(1, 1, 7, 2) | fill(4, 2, 6, 7)};
    symbols[count++] = (symbol){'b', fill(1, 0, 2, 7) | fill(1, 3, 6, 7)};
    symbols[count++] = (symbol){'P', fill(1, 1, 2, 7) | fill(1, 1, 7, 4)};
    uint64_t slash = 0, backslash = 0;
    for (int i = 0; i < SIDE; i++) {
        slash |= UINT64_C(3) << (i * SIDE + (i < SIDE - 1 ? SIDE - 2 - i : 0));
        backslash |= UINT64_C(3) << (i * SIDE + (i < SIDE - 1 ? i : SIDE - 2));
    }
    symbols[count++] = (symbol){'/', slash};
    symbols[count++] = (symbol){'\\', backslash};
    return count;
}

typedef struct cell {
    uint8_t pixels[PIXELS][3];
    float mean[3], range[3];
} cell;

static void read_cell(const yd_image *image, int column, int row, cell *c)
{
    uint32_t sum[3] = {0};
    uint8_t low[3] = {255, 255, 255}, high[3] = {0};
    for (int y = 0; y < SIDE; y++) {
        size_t at = ((size_t)(row * SIDE + y) * (size_t)image->width + (size_t)(column * SIDE)) * 3;
        memcpy(c->pixels[y * SIDE], image->pixels + at, SIDE * 3);
    }
    for (int i = 0; i < PIXELS; i++)
        for (int k = 0; k < 3; k++) {
            uint8_t value = c->pixels[i][k];
            sum[k] += value;
            if (value < low[k]) low[k] = value;
            if (value > high[k]) high[k] = value;
        }
    for (int k = 0; k < 3; k++) {
        c->mean[k] = (float)sum[k] / PIXELS;
        c->range[k] = (float)(high[k] - low[k]);
    }
}

/* The signs with which the channels vary together: against the one that varies most. */
static void find_axis(const cell *c, float axis[3])
{
    int widest = c->range[0] >= c->range[1]   ? c->range[0] >= c->range[2] ? 0 : 2
                 : c->range[1] >= c->range[2] ? 1
                                              : 2;
    float shared[3] = {0};
    for (int i = 0; i < PIXELS; i++) {
        float lead = (float)c->pixels[i][widest] - c->mean[widest];
        for (int k = 0; k < 3; k++) shared[k] += lead * ((float)c->pixels[i][k] - c->mean[k]);
    }
    memcpy(axis, shared, sizeof shared);
}

static uint64_t split(const cell *c)
{
    float axis[3], middle = 0;
    uint64_t mask = 0;
    find_axis(c, axis);
    for (int k = 0; k < 3; k++) middle += axis[k] * c->mean[k];
    for (int i = 0; i < PIXELS; i++) {
        float place = axis[0] * (float)c->pixels[i][0] + axis[1] * (float)c->pixels[i][1] +
                      axis[2] * (float)c->pixels[i][2];
        mask |= (uint64_t)(place > middle) << i;
    }
    return mask;
}

static const symbol *nearest(const symbol *symbols, int count, uint64_t mask)
{
    const symbol *best = symbols;
    int least = PIXELS;
    for (int i = 0; i < count; i++) {
        int apart = __builtin_popcountll(mask ^ symbols[i].mask);
        if (apart > PIXELS / 2) apart = PIXELS - apart;
        if (apart < least) least = apart, best = &symbols[i];
    }
    return best;
}

static choice choose(const symbol *symbols, int count, const cell *c)
{
    choice result = {.character = ' '};
    memcpy(result.back.channel, c->mean, sizeof c->mean);
    if (c->range[0] + c->range[1] + c->range[2] < FLAT) return result;
    const symbol *best = nearest(symbols, count, split(c));
    uint32_t sums[2][3] = {{0}};
    for (int i = 0; i < PIXELS; i++)
        for (int k = 0; k < 3; k++) sums[best->mask >> i & 1][k] += c->pixels[i][k];
    int inked = __builtin_popcountll(best->mask);
    for (int k = 0; k < 3; k++) {
        result.fore.channel[k] = (float)sums[1][k] / (float)inked;
        result.back.channel[k] = (float)sums[0][k] / (float)(PIXELS - inked);
    }
    result.character = best->character;
    result.coverage = (float)inked / PIXELS;
    return result;
}

static int clamp_byte(float value)
{
    return value <= 0 ? 0 : value >= 255 ? 255 : (int)(value + 0.5f);
}

static float distance(const int a[3], const int b[3])
{
    float sum = 0;
    for (int k = 0; k < 3; k++) sum += (float)((a[k] - b[k]) * (a[k] - b[k]));
    return sum;
}

/* Of the 240 colours of the palette that are the same everywhere; *shown becomes what it looks like. */
static int64_t palette_index(const int wanted[3], int shown[3])
{
    static const int levels[6] = {0, 95, 135, 175, 215, 255};
    int step[3], cube[3], grey[3], mean = (wanted[0] + wanted[1] + wanted[2]) / 3;
    for (int k = 0; k < 3; k++) {
        step[k] = wanted[k] < 48 ? 0 : wanted[k] < 115 ? 1 : (wanted[k] - 35) / 40;
        cube[k] = levels[step[k]];
    }
    int shade = mean < 4 ? 0 : mean > 238 ? 23 : (mean - 3) / 10;
    grey[0] = grey[1] = grey[2] = 8 + 10 * shade;
    bool is_grey = distance(wanted, grey) < distance(wanted, cube);
    memcpy(shown, is_grey ? grey : cube, sizeof grey);
    return is_grey ? 232 + shade : 16 + 36 * step[0] + 6 * step[1] + step[2];
}

/* The colour as it is sent; *wish becomes what is seen of it. */
static int64_t quantise(int colours, colour *wish)
{
    int wanted[3], shown[3];
    for (int k = 0; k < 3; k++) wanted[k] = clamp_byte(wish->channel[k]);
    memcpy(shown, wanted, sizeof wanted);
    int64_t code = colours >= YD_TRUE_COLOUR ? wanted[0] << 16 | wanted[1] << 8 | wanted[2]
                                             : palette_index(wanted, shown);
    for (int k = 0; k < 3; k++) wish->channel[k] = (float)shown[k];
    return code;
}

/* "255": printf would take most of the time that a picture takes. */
static char *put_byte(char *at, int value)
{
    if (value >= 100) *at++ = (char)('0' + value / 100);
    if (value >= 10) *at++ = (char)('0' + value / 10 % 10);
    *at++ = (char)('0' + value % 10);
    return at;
}

/* ground: '3' for the foreground, '4' for the background. */
static char *put_colour(char *at, int colours, char ground, int64_t code)
{
    *at++ = ground, *at++ = '8', *at++ = ';';
    if (colours < YD_TRUE_COLOUR) {
        *at++ = '5', *at++ = ';';
        return put_byte(at, (int)code);
    }
    *at++ = '2', *at++ = ';';
    at = put_byte(at, (int)(code >> 16));
    *at++ = ';';
    at = put_byte(at, (int)(code >> 8 & 255));
    *at++ = ';';
    return put_byte(at, (int)(code & 255));
}

static void add_cell(yd_text *out, int colours, const pen *next, pen *last, uint32_t character)
{
    char bytes[64], *at = bytes;
    bool fore = character != ' ' && next->fore != last->fore, back = next->back != last->back;
    if (fore || back) {
        *at++ = '\033', *at++ = '[';
        if (fore) at = put_colour(at, colours, '3', next->fore);
        if (fore && back) *at++ = ';';
        if (back) at = put_colour(at, colours, '4', next->back);
        *at++ = 'm';
    }
    if (fore) last->fore = next->fore;
    last->back = next->back;
    at += yd_utf8_encode(at, character);
    yd_text_add_bytes(out, bytes, (size_t)(at - bytes));
}

static void add_row(const yd_image *image, int row, int colours, const symbol *symbols, int count,
                    yd_diffusion *rest, yd_text *out)
{
    pen last = {-1, -1};
    yd_text_add(out, "\033[0m");
    for (int column = 0; column < rest->columns; column++) {
        cell c;
        yd_missed missed, owed = yd_diffusion_owed(rest, column);
        read_cell(image, column, row, &c);
        choice drawn = choose(symbols, count, &c);
        for (int k = 0; k < 3; k++) {
            missed.channel[k] = c.mean[k] + owed.channel[k];
            drawn.fore.channel[k] += owed.channel[k];
            drawn.back.channel[k] += owed.channel[k];
        }
        pen next = {quantise(colours, &drawn.fore), quantise(colours, &drawn.back)};
        for (int k = 0; k < 3; k++)
            missed.channel[k] -=
                drawn.coverage * drawn.fore.channel[k] + (1 - drawn.coverage) * drawn.back.channel[k];
        if (colours < YD_TRUE_COLOUR) yd_diffusion_share(rest, column, &missed);
        add_cell(out, colours, &next, &last, drawn.character);
    }
    yd_text_add(out, "\033[0m");
}

yd_status yd_blocks_cells(const yd_image *image, int columns, int rows, int colours, bool unicode,
                          yd_text *out, yd_error *error)
{
    symbol symbols[SYMBOLS];
    int count = unicode ? make_blocks(symbols) : make_letters(symbols);
    yd_diffusion rest = {0};
    YD_ASSERT(image->width == columns * SIDE && image->height == rows * SIDE);
    if (!yd_diffusion_start(&rest, columns))
        return yd_fail(error, YD_ERR_MEMORY, "out of memory for a picture");
    for (int row = 0; row < rows; row++) {
        if (row) yd_text_add(out, "\n"), yd_diffusion_next_row(&rest);
        add_row(image, row, colours, symbols, count, &rest, out);
    }
    yd_diffusion_free(&rest);
    return out->failed ? yd_fail(error, YD_ERR_MEMORY, "out of memory for a picture") : YD_OK;
}
