/* Pixels made into block characters of two colours each, or into letters where there is no UTF-8, for
 * terminals with 256 colours or more (mosaic.h does the rest). */
#pragma once
#include "base/error.h"
#include "base/text.h"
#include "image/image.h"
#include <stdbool.h>

enum { YD_BLOCKS_CELL = 8 }; /* pixels of a cell's side */

/* image: columns * YD_BLOCKS_CELL x rows * YD_BLOCKS_CELL pixels. colours: 256 or YD_TRUE_COLOUR. Appends
 * columns x rows characters, rows parted by a line feed, each with its own colours set and reset: SGR and
 * printable characters, nothing else. MEMORY. */
yd_status yd_blocks_cells(const yd_image *image, int columns, int rows, int colours, bool unicode,
                          yd_text *out, yd_error *error);
