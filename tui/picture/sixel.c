/* Sixels, in tiles. A tile's height is a multiple of six pixels wherever the next one adjoins, so that no
 * line of pixels is left out between them. A sixel is a character for six pixels below each other, of one
 * colour; a band of them is written once for each colour that it holds. */
#include "tui/picture/encode.h"
#include "tui/picture/palette.h"
#include <stdlib.h>
#include <string.h>

enum { BAND = 6, MOST_PIXELS = 60000, NONE = -1 };

/* The six pixels of a column that have one colour. */
typedef struct sixel {
    int x, next; /* the next one of the colour, further to the right; NONE */
    unsigned bits;
} sixel;

typedef struct pen {
    const yd_palette *palette;
    int stride; /* of the indices */
    yd_text *out;
    sixel *sixels; /* of a band: six of each column at most */
    int first[YD_PALETTE_COLOURS], last[YD_PALETTE_COLOURS];
} pen;

/* The pixels of the band from row y on, each with those of its colour. */
static void sort_band(pen *own, const yd_rect *tile, int y)
{
    int rows = tile->y + tile->height - y < BAND ? tile->y + tile->height - y : BAND, count = 0;
    const uint8_t *indices = own->palette->indices + (size_t)y * (size_t)own->stride;
    memset(own->first, NONE, sizeof own->first);
    for (int x = 0; x < tile->width; x++)
        for (int row = 0; row < rows; row++) {
            int colour = indices[(size_t)row * (size_t)own->stride + (size_t)(tile->x + x)];
            bool begins = own->first[colour] == NONE, same = !begins && own->sixels[own->last[colour]].x == x;
            if (!same) {
                own->sixels[count] = (sixel){.x = x, .next = NONE};
                if (begins)
                    own->first[colour] = count;
                else
                    own->sixels[own->last[colour]].next = count;
                own->last[colour] = count++;
            }
            own->sixels[own->last[colour]].bits |= 1u << row;
        }
}

static char *put_number(char *at, int number)
{
    char digits[12];
    int count = 0;
    do digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (count) *at++ = digits[--count];
    return at;
}

static void add_run(yd_text *out, unsigned bits, int length)
{
    enum { WORTH = 4 }; /* "!4?" is no longer than the four */
    char bytes[16], *at = bytes;
    if (length < WORTH)
        while (length-- > 0) *at++ = (char)('?' + bits);
    else {
        *at++ = '!';
        at = put_number(at, length);
        *at++ = (char)('?' + bits);
    }
    yd_text_add_bytes(out, bytes, (size_t)(at - bytes));
}

static void add_colour(pen *own, int colour)
{
    char bytes[16], *at = bytes;
    *at++ = '#';
    at = put_number(at, colour);
    yd_text_add_bytes(own->out, bytes, (size_t)(at - bytes));
    int x = 0;
    for (int i = own->first[colour]; i != NONE;) {
        const sixel *s = &own->sixels[i];
        unsigned bits = s->bits;
        int begin = s->x, end = begin;
        for (; i != NONE && own->sixels[i].x == end && own->sixels[i].bits == bits; i = own->sixels[i].next)
            end++;
        if (begin > x) add_run(own->out, 0, begin - x);
        add_run(own->out, bits, end - begin);
        x = end;
    }
}

static void add_band(pen *own, const yd_rect *tile, int y)
{
    bool any = false;
    sort_band(own, tile, y);
    for (int colour = 0; colour < own->palette->count; colour++) {
        if (own->first[colour] == NONE) continue;
        if (any) yd_text_add(own->out, "$");
        add_colour(own, colour);
        any = true;
    }
}

/* Only the colours that the tile has are told. */
static void define_colours(pen *own, const yd_rect *tile)
{
    bool used[YD_PALETTE_COLOURS] = {false};
    for (int y = tile->y; y < tile->y + tile->height; y++) {
        const uint8_t *row = own->palette->indices + (size_t)y * (size_t)own->stride + (size_t)tile->x;
        for (int x = 0; x < tile->width; x++) used[row[x]] = true;
    }
    for (int i = 0; i < own->palette->count; i++) {
        const uint8_t *colour = own->palette->colours[i];
        if (used[i])
            yd_text_addf(own->out, "#%d;2;%d;%d;%d", i, (colour[0] * 100 + 127) / 255,
                         (colour[1] * 100 + 127) / 255, (colour[2] * 100 + 127) / 255);
    }
}

static yd_status encode_tile(yd_print *print, const yd_image *image, const yd_tile *tile, void *context,
                             yd_error *error)
{
    pen *own = context;
    (void)error, (void)image;
    own->out = &print->bytes;
    yd_text_addf(own->out, "\033P0;1;0q\"1;1;%d;%d", tile->pixels.width, tile->pixels.height);
    define_colours(own, &tile->pixels);
    for (int y = 0; y < tile->pixels.height; y += BAND) {
        if (y) yd_text_add(own->out, "-");
        add_band(own, &tile->pixels, tile->pixels.y + y);
    }
    yd_text_add(own->out, "\033\\");
    return YD_OK;
}

/* The picture's pixels are the terminal's: yd_print_pixels has seen to it. */
yd_status yd_encode_sixel(yd_print *print, const yd_image *image, const atomic_bool *cancelled,
                          yd_error *error)
{
    int cell_height = print->mode.cell_height, rows = 1;
    while (rows < BAND && rows * cell_height % BAND) rows++;
    int columns = MOST_PIXELS / (rows * cell_height) / print->mode.cell_width;
    while (columns >= 2 * print->columns && rows < print->rows) columns /= 2, rows *= 2;
    yd_palette palette = {0};
    pen own = {.palette = &palette, .stride = image->width};
    own.sixels = malloc((size_t)image->width * BAND * sizeof *own.sixels);
    yd_status status = YD_OK;
    if (!own.sixels || !yd_palette_make(&palette, image))
        status = yd_fail(error, YD_ERR_MEMORY, "out of memory for a picture");
    if (status == YD_OK)
        status = yd_encode_tiles(print, image, columns > 0 ? columns : 1, rows, cancelled, encode_tile, &own,
                                 error);
    yd_palette_free(&palette);
    free(own.sixels);
    return status;
}
