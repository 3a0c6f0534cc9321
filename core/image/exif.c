#include "image/exif.h"
#include <stdbool.h>
#include <string.h>

typedef struct tiff {
    const uint8_t *data;
    size_t length;
    bool big_endian;
} tiff;

static uint32_t read_number(const tiff *file, size_t at, size_t bytes)
{
    uint32_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | file->data[file->big_endian ? at + i : at + bytes - 1 - i];
    return value;
}

int yd_exif_orientation(const uint8_t *data, size_t length)
{
    enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, ENTRY = 12 };
    if (length < 8 || (memcmp(data, "II", 2) != 0 && memcmp(data, "MM", 2) != 0)) return 1;
    tiff file = {data, length, data[0] == 'M'};
    if (read_number(&file, 2, 2) != 42) return 1;
    size_t folder = read_number(&file, 4, 4);
    if (folder > length - 2) return 1;
    size_t entries = read_number(&file, folder, 2), at = folder + 2;
    for (; entries && length - at >= ENTRY; entries--, at += ENTRY) {
        if (read_number(&file, at, 2) != TAG_ORIENTATION) continue;
        uint32_t type = read_number(&file, at + 2, 2), count = read_number(&file, at + 4, 4);
        uint32_t value = read_number(&file, at + 8, 2);
        return type == TYPE_SHORT && count == 1 && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

/* Mirrors at the main diagonal. */
static yd_status transpose(yd_image *image, yd_error *error)
{
    yd_image turned;
    YD_TRY(yd_image_create(image->height, image->width, &turned, error));
    for (int y = 0; y < turned.height; y++) {
        uint8_t *to = turned.pixels + (size_t)y * (size_t)turned.width * 3;
        const uint8_t *from = image->pixels + (size_t)y * 3;
        for (int x = 0; x < turned.width; x++, to += 3, from += (size_t)image->width * 3) memcpy(to, from, 3);
    }
    yd_image_free(image);
    *image = turned;
    return YD_OK;
}

yd_status yd_exif_apply(yd_image *image, int orientation, yd_error *error)
{
    if (orientation < 2 || orientation > 8) return YD_OK;
    if (orientation >= 5) YD_TRY(transpose(image, error));
    bool mirror = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    bool upside_down = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    if (mirror) yd_image_flip_horizontal(image);
    if (upside_down) yd_image_flip_vertical(image);
    return YD_OK;
}
