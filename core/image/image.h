/* 8-bit RGB pictures, interleaved. */
#pragma once
#include "base/error.h"
#include <stddef.h>
#include <stdint.h>

/* pixels: [height, width, 3], rows without padding, RGB. Owned by whoever created it; freed with yd_image_free. */
typedef struct yd_image {
    uint8_t *pixels;
    int width, height;
} yd_image;

yd_status yd_image_create(int width, int height, yd_image *image, yd_error *error);
void yd_image_free(yd_image *image);
