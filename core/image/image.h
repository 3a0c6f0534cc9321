/* 8-bit RGB pictures, interleaved. */
#pragma once
#include "base/error.h"
#include <stddef.h>
#include <stdint.h>

/* The grey that fills whatever a picture does not cover. */
#define YD_IMAGE_GREY 114

/* No picture has more pixels than this, nor a side longer than YD_IMAGE_MAX_SIDE. */
#define YD_IMAGE_MAX_PIXELS (1 << 28)
#define YD_IMAGE_MAX_SIDE   65535

/* pixels: [height, width, 3], rows without padding, RGB. Owned by whoever created it; freed with
 * yd_image_free. */
typedef struct yd_image {
    uint8_t *pixels;
    int width, height;
} yd_image;

/* The pixels are not initialised. YD_ERR_FORMAT for sizes outside the limits above, YD_ERR_MEMORY. */
yd_status yd_image_create(int width, int height, yd_image *image, yd_error *error);
void yd_image_free(yd_image *image);

/* width * height * 3. */
size_t yd_image_bytes(const yd_image *image);
/* Every channel of every pixel becomes value. */
void yd_image_fill(yd_image *image, uint8_t value);
/* Copies [height, width] pixels of source at (source_x, source_y) to target at (target_x, target_y); both
 * rectangles must lie inside their pictures. */
void yd_image_copy(const yd_image *source, int source_x, int source_y, yd_image *target, int target_x,
                   int target_y, int width, int height);
/* Plain reversals, in place. */
void yd_image_flip_horizontal(yd_image *image);
void yd_image_flip_vertical(yd_image *image);
/* Planes [3, height, width] to a picture of that size, already created. */
void yd_image_from_planes(const uint8_t *planes, yd_image *image);
