#include "image/image.h"
#include <stdlib.h>
#include <string.h>

yd_status yd_image_create(int width, int height, yd_image *image, yd_error *error)
{
    *image = (yd_image){0};
    if (width < 1 || height < 1 || width > YD_IMAGE_MAX_SIDE || height > YD_IMAGE_MAX_SIDE ||
        (int64_t)width * height > YD_IMAGE_MAX_PIXELS)
        return yd_fail(error, YD_ERR_FORMAT,
                       "a picture of %d x %d pixels is outside the limits (%d a side, %d in all)", width,
                       height, YD_IMAGE_MAX_SIDE, YD_IMAGE_MAX_PIXELS);
    uint8_t *pixels = malloc((size_t)width * (size_t)height * 3);
    if (!pixels)
        return yd_fail(error, YD_ERR_MEMORY, "out of memory for a picture of %d x %d pixels", width, height);
    *image = (yd_image){pixels, width, height};
    return YD_OK;
}

void yd_image_free(yd_image *image)
{
    free(image->pixels);
    *image = (yd_image){0};
}

size_t yd_image_bytes(const yd_image *image)
{
    return (size_t)image->width * (size_t)image->height * 3;
}

void yd_image_fill(yd_image *image, uint8_t value)
{
    memset(image->pixels, value, yd_image_bytes(image));
}

void yd_image_copy(const yd_image *source, int source_x, int source_y, yd_image *target, int target_x,
                   int target_y, int width, int height)
{
    YD_ASSERT(source_x >= 0 && source_y >= 0 && source_x + width <= source->width &&
              source_y + height <= source->height);
    YD_ASSERT(target_x >= 0 && target_y >= 0 && target_x + width <= target->width &&
              target_y + height <= target->height);
    size_t source_row = (size_t)source->width * 3, target_row = (size_t)target->width * 3;
    const uint8_t *from = source->pixels + (size_t)source_y * source_row + (size_t)source_x * 3;
    uint8_t *to = target->pixels + (size_t)target_y * target_row + (size_t)target_x * 3;
    for (int y = 0; y < height && width > 0; y++, from += source_row, to += target_row)
        memcpy(to, from, (size_t)width * 3);
}

void yd_image_flip_horizontal(yd_image *image)
{
    for (int y = 0; y < image->height; y++) {
        uint8_t *left = image->pixels + (size_t)y * (size_t)image->width * 3,
                *right = left + (size_t)(image->width - 1) * 3;
        for (; left < right; left += 3, right -= 3)
            for (int c = 0; c < 3; c++) {
                uint8_t swap = left[c];
                left[c] = right[c];
                right[c] = swap;
            }
    }
}

void yd_image_flip_vertical(yd_image *image)
{
    size_t row = (size_t)image->width * 3;
    for (int y = 0; y < image->height / 2; y++) {
        uint8_t *upper = image->pixels + (size_t)y * row,
                *lower = image->pixels + (size_t)(image->height - 1 - y) * row;
        for (size_t i = 0; i < row; i++) {
            uint8_t swap = upper[i];
            upper[i] = lower[i];
            lower[i] = swap;
        }
    }
}

void yd_image_from_planes(const uint8_t *planes, yd_image *image)
{
    size_t count = (size_t)image->width * (size_t)image->height;
    const uint8_t *red = planes, *green = planes + count, *blue = planes + 2 * count;
    uint8_t *pixel = image->pixels;
    for (size_t i = 0; i < count; i++, pixel += 3) {
        pixel[0] = red[i];
        pixel[1] = green[i];
        pixel[2] = blue[i];
    }
}
