/* The few colours that a picture is best shown with, and which of them each pixel is. */
#pragma once
#include "image/image.h"
#include <stdbool.h>
#include <stdint.h>

enum { YD_PALETTE_COLOURS = 255 };

typedef struct yd_palette {
    int count;
    uint8_t colours[YD_PALETTE_COLOURS][3];
    uint8_t *indices; /* [height][width] */
} yd_palette;

/* By median cut over a histogram (Heckbert, Color Image Quantization for Frame Buffer Display, 1982), of
 * what varies most and at its mean: a time that grows with the pixels alone. A picture of few colours keeps
 * them as they are. False where memory is out; yd_palette_free in any case. */
bool yd_palette_make(yd_palette *palette, const yd_image *image);
void yd_palette_free(yd_palette *palette);
