/* Characters and colours: a row of the picture is a piece. */
#include "tui/picture/blocks.h"
#include "tui/picture/chafa.h"
#include "tui/picture/encode.h"
#include <string.h>

yd_status yd_encode_cells(yd_print *print, const yd_image *image, const atomic_bool *cancelled,
                          yd_error *error)
{
    YD_TRY(yd_encode_cancelled(cancelled, error));
    const yd_graphics_mode *mode = &print->mode;
    if (yd_blocks_do(mode->colours, mode->unicode))
        YD_TRY(yd_blocks_cells(image, print->columns, print->rows, mode->colours, &print->bytes, error));
    else
        YD_TRY(yd_chafa_cells(image, print->columns, print->rows, mode->colours, mode->unicode, &print->bytes,
                              error));
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
