/* Sixels, in tiles. A tile's height is a multiple of six pixels wherever the next one adjoins, so that no
 * line of pixels is left out between them. */
#include "tui/picture/chafa.h"
#include "tui/picture/encode.h"

enum { BAND = 6, MOST_PIXELS = 60000 };

static yd_status encode_tile(yd_print *print, const yd_image *tile, int columns, int rows, yd_error *error)
{
    (void)columns, (void)rows;
    return yd_chafa_sixel(tile, &print->bytes, error);
}

/* The picture's pixels are the terminal's: yd_print_pixels has seen to it. */
yd_status yd_encode_sixel(yd_print *print, const yd_image *image, const atomic_bool *cancelled,
                          yd_error *error)
{
    int cell_height = print->mode.cell_height, rows = 1;
    while (rows < BAND && rows * cell_height % BAND) rows++;
    int columns = MOST_PIXELS / (rows * cell_height) / print->mode.cell_width;
    while (columns >= 2 * print->columns && rows < print->rows) columns /= 2, rows *= 2;
    return yd_encode_tiles(print, image, columns > 0 ? columns : 1, rows, cancelled, encode_tile, error);
}
