/* Pixels made into sixels, and into characters where colours are few or there is ASCII alone (blocks.h does
 * the rest): all that is asked of libchafa, which chafa.c alone knows. Where the program was built without
 * it, no_chafa.c stands in and says so. */
#pragma once
#include "base/error.h"
#include "base/text.h"
#include "image/image.h"
#include <stdbool.h>

/* The version in use, "1.12.4"; NULL where the program was built without. */
const char *yd_chafa_version(void);

/* The picture as columns x rows characters, rows ended by a line feed, each with its own colours set and
 * reset: SGR and printable characters, nothing else. colours: 0, 8, 256 or YD_TRUE_COLOUR. Best where the
 * picture has YD_CHAFA_CELL pixels a cell each way. UNSUPPORTED without libchafa, MEMORY. */
yd_status yd_chafa_cells(const yd_image *image, int columns, int rows, int colours, bool unicode,
                         yd_text *out, yd_error *error);
enum { YD_CHAFA_CELL = 8 };

/* The picture as one sixel sequence (DCS … ST), pixel for pixel. Its last row of sixels may be short.
 * UNSUPPORTED without libchafa, MEMORY. */
yd_status yd_chafa_sixel(const yd_image *image, yd_text *out, yd_error *error);
