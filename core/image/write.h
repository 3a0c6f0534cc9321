/* Writing pictures: whole or not at all. */
#pragma once
#include "base/text.h"
#include "image/image.h"

/* Appends the picture, encoded, to out. YD_ERR_MEMORY. */
yd_status yd_image_encode_png(const yd_image *image, yd_text *out, yd_error *error);
yd_status yd_image_encode_jpeg(const yd_image *image, int quality, yd_text *out, yd_error *error);

/* Writes path atomically, as PNG or (quality 95) JPEG by its suffix. YD_ERR_IO, YD_ERR_MEMORY;
 * YD_ERR_UNSUPPORTED for another suffix. */
yd_status yd_image_write(const yd_image *image, const char *path, yd_error *error);
