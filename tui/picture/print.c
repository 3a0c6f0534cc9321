#include "tui/picture/print.h"
#include "tui/picture/blocks.h"
#include "tui/picture/encode.h"
#include <stdlib.h>

/* What a way of drawing comes down to. */
typedef struct encoder {
    yd_encode *encode;
    int cell_width, cell_height; /* pixels that a cell shows; 0: the terminal's own */
    bool scales;                 /* the terminal enlarges by itself */
} encoder;

static const encoder encoders[YD_GRAPHICS_COUNT] = {
    [YD_GRAPHICS_CELLS] = {yd_encode_cells, YD_BLOCKS_CELL, YD_BLOCKS_CELL, false},
    [YD_GRAPHICS_SIXEL] = {yd_encode_sixel, 0, 0, false},
    [YD_GRAPHICS_ITERM] = {yd_encode_iterm, 0, 0, true},
    [YD_GRAPHICS_KITTY] = {yd_encode_kitty, 0, 0, true},
    [YD_GRAPHICS_PLACEHOLDER] = {yd_encode_kitty, 0, 0, true},
};

static int least(int a, int b)
{
    return a < b ? a : b;
}

void yd_print_pixels(const yd_graphics_mode *mode, int columns, int rows, int natural_width,
                     int natural_height, int *width, int *height)
{
    const encoder *way = &encoders[mode->graphics];
    *width = columns * (way->cell_width ? way->cell_width : mode->cell_width);
    *height = rows * (way->cell_height ? way->cell_height : mode->cell_height);
    if (way->scales && natural_width < *width && natural_height < *height) {
        *width = natural_width > columns ? natural_width : columns;
        *height = natural_height > rows ? natural_height : rows;
    }
    *width = least(*width, YD_IMAGE_MAX_SIDE);
    *height = least(*height, YD_IMAGE_MAX_SIDE);
}

yd_status yd_print_create(const yd_graphics_mode *mode, const yd_image *image, int columns, int rows,
                          uint32_t number, const atomic_bool *cancelled, yd_print **result, yd_error *error)
{
    yd_encode *encode = mode->graphics < YD_GRAPHICS_COUNT ? encoders[mode->graphics].encode : NULL;
    *result = NULL;
    if (!encode) return yd_fail(error, YD_ERR_UNSUPPORTED, "this terminal is shown no pictures");
    if (columns < 1 || rows < 1 || image->width < columns || image->height < rows)
        return yd_fail(error, YD_ERR_INTERNAL, "%d x %d pixels for %d x %d cells", image->width,
                       image->height, columns, rows);
    yd_print *print = calloc(1, sizeof *print);
    if (!print) return yd_fail(error, YD_ERR_MEMORY, "out of memory for a picture");
    *print = (yd_print){.mode = *mode,
                        .columns = columns,
                        .rows = rows,
                        .number = number,
                        .pieces = {.size = sizeof(yd_piece)},
                        .holders = 1};
    yd_status status = encode(print, image, cancelled, error);
    if (status == YD_OK && print->bytes.failed)
        status = yd_fail(error, YD_ERR_MEMORY, "out of memory for a picture");
    if (status == YD_OK)
        *result = print;
    else
        yd_print_release(print);
    return status;
}

yd_print *yd_print_hold(yd_print *print)
{
    print->holders++;
    return print;
}

void yd_print_release(yd_print *print)
{
    if (!print || --print->holders > 0) return;
    yd_text_free(&print->bytes);
    yd_vector_free(&print->pieces);
    free(print);
}

size_t yd_print_bytes(const yd_print *print)
{
    return sizeof *print + print->bytes.capacity + print->pieces.capacity * sizeof(yd_piece);
}

void yd_encode_piece(yd_print *print, size_t begin, int column, int row)
{
    const yd_piece piece = {
        .begin = begin, .length = print->bytes.length - begin, .column = column, .row = row};
    if (!yd_vector_push(&print->pieces, &piece)) print->bytes.failed = true;
}

yd_status yd_encode_cancelled(const atomic_bool *cancelled, yd_error *error)
{
    if (!cancelled || !atomic_load_explicit(cancelled, memory_order_relaxed)) return YD_OK;
    return yd_fail(error, YD_ERR_STOPPED, "not wanted any more");
}

static yd_tile tile_of(const yd_print *print, const yd_image *image, yd_rect cells)
{
    int x1 = (int)((int64_t)image->width * cells.x / print->columns);
    int x2 = (int)((int64_t)image->width * (cells.x + cells.width) / print->columns);
    int y1 = (int)((int64_t)image->height * cells.y / print->rows);
    int y2 = (int)((int64_t)image->height * (cells.y + cells.height) / print->rows);
    return (yd_tile){.pixels = {x1, y1, x2 - x1, y2 - y1}, .cells = cells};
}

yd_status yd_encode_tiles(yd_print *print, const yd_image *image, int columns, int rows,
                          const atomic_bool *cancelled, yd_encode_tile *encode, void *context,
                          yd_error *error)
{
    for (int y = 0; y < print->rows; y += rows) {
        for (int x = 0; x < print->columns; x += columns) {
            yd_tile tile =
                tile_of(print, image,
                        (yd_rect){x, y, least(columns, print->columns - x), least(rows, print->rows - y)});
            size_t begin = print->bytes.length;
            YD_TRY(yd_encode_cancelled(cancelled, error));
            YD_TRY(encode(print, image, &tile, context, error));
            yd_encode_piece(print, begin, x, y);
        }
    }
    return YD_OK;
}
