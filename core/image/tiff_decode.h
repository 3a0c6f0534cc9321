/* libtiff, behind two functions. */
#pragma once
#include "image/image.h"
#include <stddef.h>
#include <stdint.h>

/* The size of the first picture of a whole file: its directory may lie anywhere. NULL, or what is wrong,
 * written to reason. */
const char *yd_tiff_probe(const uint8_t *data, size_t length, int *width, int *height, char *reason,
                          size_t room);

/* The first picture to RGB, 8 bits a sample, alpha dropped, the right way up as far as it is only mirrored,
 * as OpenCV. The caller has checked the size; name stands in the message. YD_ERR_FORMAT, YD_ERR_MEMORY. */
yd_status yd_tiff_decode(const uint8_t *data, size_t length, const char *name, yd_image *image,
                         yd_error *error);
