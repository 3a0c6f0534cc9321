/* Characters and colours: a row of the picture is a piece. */
#include "tui/picture/blocks.h"
#include "tui/picture/encode.h"
#include "tui/picture/mosaic.h"
#include <string.h>

yd_status yd_encode_cells(yd_print *print, const yd_image *image, const atomic_bool *cancelled,
                          yd_error *error)
{
    YD_TRY(yd_encode_cancelled(cancelled, error));
    const yd_graphics_mode *mode = &print->mode;
    yd_status (*const draw)(const yd_image *, int, int, int, bool, yd_text *, yd_error *) =
        mode->colours >= 256 ? yd_blocks_cells : yd_mosaic_cells;
    YD_TRY(draw(image, print->columns, print->rows, mode->colours, mode->unicode, &print->bytes, error));
    size_t begin = 0;
    for (int row = 0; row < print->rows && begin < print->bytes.length; row++) {
        const char *line = print->bytes.data + begin, *end = memchr(line, '\n', print->bytes.length - begin);
        size_t length = end ? (size_t)(end - line) : print->bytes.length - begin;
        const yd_piece piece = {.begin = begin, .length = length, .column = 0, .row = row};
        if (!yd_vector_push(&print->pieces, &piece)) print->bytes.failed = true;
        begin += length + 1;
    }
    return YD_OK;
}
