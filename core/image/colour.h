/* Colour spaces: H 0..179, S and V 0..255, as OpenCV's 8-bit HSV (data_and_metrics.md, 9.5 and 9.6). */
#pragma once
#include "image/image.h"

/* One way alone, as the first half of yd_hsv_gain does it: the yardstick of tests. */
void yd_rgb_to_hsv(const uint8_t *rgb, uint8_t *hsv, size_t pixels);

/* What multiplying hue (modulo 180), saturation and value (clipped) makes of each of them (section 18). */
typedef struct yd_hsv_gains {
    uint8_t hue[256], saturation[256], value[256]; /* hues: below 180, as what they become */
} yd_hsv_gains;

void yd_hsv_gains_make(double hue, double saturation, double value, yd_hsv_gains *gains);

/* Carries gains out, in place. Truncates as OpenCV's vector path does in every pixel; its scalar path, which
 * takes the last few of a row whose width is no multiple of 64, rounds. */
void yd_hsv_gain(yd_image *image, const yd_hsv_gains *gains);
