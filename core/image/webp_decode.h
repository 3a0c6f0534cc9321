/* libwebp, behind two functions. */
#pragma once
#include "image/image.h"
#include <stddef.h>
#include <stdint.h>

/* The size that the header says, whose first 4 KiB are enough. NULL, or what is wrong. */
const char *yd_webp_probe(const uint8_t *data, size_t length, int *width, int *height);

/* A still picture to RGB, alpha dropped, as OpenCV. The caller has checked the size; name stands in the
 * message. YD_ERR_FORMAT, YD_ERR_MEMORY. */
yd_status yd_webp_decode(const uint8_t *data, size_t length, const char *name, yd_image *image,
                         yd_error *error);
