/* The ways of drawing, a file each; print.h chooses among them. */
#pragma once
#include "tui/canvas.h"
#include "tui/picture/print.h"

/* Appends bytes and pieces to the print. Checks *cancelled between steps that take time. */
typedef yd_status yd_encode(yd_print *print, const yd_image *image, const atomic_bool *cancelled,
                            yd_error *error);
yd_encode yd_encode_cells, yd_encode_sixel, yd_encode_iterm, yd_encode_kitty;

/* What has been appended since begin becomes a piece. */
void yd_encode_piece(yd_print *print, size_t begin, int column, int row);
/* STOPPED where it is cancelled. */
yd_status yd_encode_cancelled(const atomic_bool *cancelled, yd_error *error);

/* A part of the picture, and the cells that it covers. */
typedef struct yd_tile {
    yd_rect pixels, cells;
} yd_tile;
/* Appends it. */
typedef yd_status yd_encode_tile(yd_print *print, const yd_image *image, const yd_tile *tile, void *context,
                                 yd_error *error);
/* The picture as tiles of columns x rows cells, each a piece: a sequence that cannot be interrupted stays
 * short. */
yd_status yd_encode_tiles(yd_print *print, const yd_image *image, int columns, int rows,
                          const atomic_bool *cancelled, yd_encode_tile *encode, void *context,
                          yd_error *error);
