/* iTerm2's inline images: a JPEG for each tile (https://iterm2.com/documentation-images.html). */
#include "base/base64.h"
#include "image/write.h"
#include "tui/picture/encode.h"

enum { QUALITY = 92, TILE = 256 }; /* pixels of a tile's side, about */

static yd_status encode_tile(yd_print *print, const yd_image *image, const yd_tile *tile, void *context,
                             yd_error *error)
{
    yd_text file = {0};
    yd_image part;
    yd_rect from = tile->pixels;
    (void)context;
    YD_TRY(yd_image_create(from.width, from.height, &part, error));
    yd_image_copy(image, from.x, from.y, &part, 0, 0, from.width, from.height);
    yd_status status = yd_image_encode_jpeg(&part, QUALITY, &file, error);
    yd_image_free(&part);
    if (status == YD_OK) {
        yd_text_addf(&print->bytes,
                     "\033]1337;File=inline=1;size=%zu;width=%d;height=%d;preserveAspectRatio=0;"
                     "doNotMoveCursor=1:",
                     file.length, tile->cells.width, tile->cells.height);
        yd_base64_add(&print->bytes, file.data, file.length);
        yd_text_add(&print->bytes, "\a");
    }
    yd_text_free(&file);
    return status;
}

/* Cells that so many of the picture's pixels fill, at least one. */
static int cells_of(int pixels, int cells, int size)
{
    int count = (int)((int64_t)pixels * cells / size);
    return count > 0 ? count : 1;
}

yd_status yd_encode_iterm(yd_print *print, const yd_image *image, const atomic_bool *cancelled,
                          yd_error *error)
{
    int columns = cells_of(TILE, print->columns, image->width),
        rows = cells_of(TILE, print->rows, image->height);
    return yd_encode_tiles(print, image, columns, rows, cancelled, encode_tile, NULL, error);
}
