/* Pixels made into block characters of two colours each, for terminals with UTF-8 and 256 colours or more.
 * What libchafa makes of them looks the same and takes six times as long: 200 x 56 cells are to take no more
 * than 20 ms. Where colours are few, or letters have to do, choosing is an art, and libchafa's. */
#pragma once
#include "base/error.h"
#include "base/text.h"
#include "image/image.h"
#include <stdbool.h>

enum { YD_BLOCKS_CELL = 8 }; /* pixels of a cell's side, as YD_CHAFA_CELL */

/* Whether a terminal of this kind is drawn on with blocks. */
bool yd_blocks_do(int colours, bool unicode);
/* image: columns * YD_BLOCKS_CELL x rows * YD_BLOCKS_CELL pixels. colours: 256 or YD_TRUE_COLOUR. As
 * yd_chafa_cells: a line for each row. MEMORY. */
yd_status yd_blocks_cells(const yd_image *image, int columns, int rows, int colours, yd_text *out,
                          yd_error *error);
