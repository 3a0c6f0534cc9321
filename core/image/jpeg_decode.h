/* libjpeg-turbo, behind one function: the decoder that OpenCV has, with the same settings, so that pixels
 * equal the reference's. */
#pragma once
#include "image/image.h"

/* A grey or colour JPEG of 8 bits (1 or 3 components) to RGB, not yet turned upright. The caller has checked
 * it to its end: see jpeg_check.h. Where compressed data is damaged, the picture is what could be made of it,
 * as in OpenCV. name stands in the message. YD_ERR_FORMAT, YD_ERR_MEMORY. */
yd_status yd_jpeg_decode(const uint8_t *data, size_t length, const char *name, yd_image *image,
                         yd_error *error);
