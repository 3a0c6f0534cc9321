/* A walk over a PNG's chunks: the header, and, since the decoder does not look at them, every chunk's CRC. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* data: the whole file, or with header_only at least its first 33 bytes. Returns NULL, or why it is refused.
 */
const char *yd_png_check(const uint8_t *data, size_t length, bool header_only, int *width, int *height);
