/* Where the pixels of an affine warp come from, in the fixed-point arithmetic of OpenCV 4.6
 * (data_and_metrics.md, 9.3): a position is the sum of a column's and a row's part, shifted, with
 * YD_AFFINE_BITS of fraction. */
#pragma once
#include <stdint.h>

enum { YD_AFFINE_BITS = 5, YD_AFFINE_ONE = 1 << YD_AFFINE_BITS, YD_AFFINE_SHIFT = 5 };

typedef struct yd_affine_part {
    int32_t x, y; /* of two parts the sum, shifted right by YD_AFFINE_SHIFT, is a position */
} yd_affine_part;

/* matrix, inverse: [2, 3] by rows. A singular matrix gives all zero. */
void yd_affine_invert(const double matrix[6], double inverse[6]);

/* Parts of destination positions. Within a row they grow, or shrink, with the column throughout. */
yd_affine_part yd_affine_column(const double inverse[6], int column);
yd_affine_part yd_affine_row(const double inverse[6], int row);

/* To an integer, far beyond any picture at most, so that sums of two cannot overflow. */
int32_t yd_affine_fixed(double value);
