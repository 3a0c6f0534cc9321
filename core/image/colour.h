/* Colour spaces: H 0..179, S and V 0..255, as OpenCV's 8-bit HSV (data_and_metrics.md, 9.5 and 9.6). */
#pragma once
#include "image/image.h"

void yd_rgb_to_hsv(const uint8_t *rgb, uint8_t *hsv, size_t pixels);
/* Truncates as OpenCV's vector path does in every pixel; its scalar path, which takes the last few of a row
 * whose width is no multiple of 64, rounds. */
void yd_hsv_to_rgb(const uint8_t *hsv, uint8_t *rgb, size_t pixels);

/* Multiplies hue (modulo 180), saturation and value (clipped) through tables of 256 entries (section 18), in
 * place. */
void yd_hsv_gain(yd_image *image, double hue, double saturation, double value);
