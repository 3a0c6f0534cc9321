/* Pictures as NumPy's .npy files (format 1.0 and 2.0), as YOLOv5 keeps them: uint8 [height, width, 3], BGR,
 * by rows. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a header that is written; at least so much of a file must be at hand to read one. */
enum { YD_NPY_HEADER = 128 };

/* The header of a picture. */
void yd_npy_write_header(int width, int height, uint8_t header[YD_NPY_HEADER]);
/* What the first bytes of a file say, anything at all: false where they are no header of a picture as above.
 * offset: of the pixels in the file. */
bool yd_npy_read_header(const uint8_t *bytes, size_t count, int *width, int *height, size_t *offset);
