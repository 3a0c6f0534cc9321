/* Pixels made into characters for terminals with eight colours or none: quadrants, shades or, without UTF-8,
 * letters. Each cell takes the character and the two colours whose four quarters come nearest to the
 * picture's, of all that there are. */
#pragma once
#include "base/error.h"
#include "base/text.h"
#include "image/image.h"
#include <stdbool.h>

/* image: columns * YD_BLOCKS_CELL x rows * YD_BLOCKS_CELL pixels. colours: 8, or 0: the terminal's own two,
 * light on dark. Appends a line for each row as yd_blocks_cells does. MEMORY. */
yd_status yd_mosaic_cells(const yd_image *image, int columns, int rows, int colours, bool unicode,
                          yd_text *out, yd_error *error);
