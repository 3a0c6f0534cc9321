/* Affine and perspective warps, bilinear in 1/32 pixel, in the integer arithmetic of OpenCV 4.6
 * (data_and_metrics.md, 9.3 and 9.4), bit for bit. What falls outside the source reads as border. */
#pragma once
#include "image/image.h"

/* matrix: [2, 3] by rows, source to destination. */
void yd_warp_affine(const yd_image *source, const double matrix[6], uint8_t border, yd_image *out);
/* matrix: [3, 3] by rows, source to destination. */
void yd_warp_perspective(const yd_image *source, const double matrix[9], uint8_t border, yd_image *out);
