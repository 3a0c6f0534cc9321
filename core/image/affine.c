#include "image/affine.h"
#include <math.h>

enum { SCALE = 1 << (YD_AFFINE_BITS + YD_AFFINE_SHIFT), ROUND = YD_AFFINE_ONE / 2 };

int32_t yd_affine_fixed(double value)
{
    const double limit = 1 << 29;
    if (!(value > -limit)) return -(1 << 29); /* NaN too */
    return value > limit ? 1 << 29 : (int32_t)lrint(value);
}

void yd_affine_invert(const double m[6], double inverse[6])
{
    double determinant = m[0] * m[4] - m[1] * m[3], d = determinant != 0 ? 1 / determinant : 0;
    inverse[0] = m[4] * d, inverse[1] = -m[1] * d, inverse[3] = -m[3] * d, inverse[4] = m[0] * d;
    inverse[2] = -inverse[0] * m[2] - inverse[1] * m[5];
    inverse[5] = -inverse[3] * m[2] - inverse[4] * m[5];
}

yd_affine_part yd_affine_column(const double m[6], int column)
{
    return (yd_affine_part){yd_affine_fixed(m[0] * column * SCALE), yd_affine_fixed(m[3] * column * SCALE)};
}

yd_affine_part yd_affine_row(const double m[6], int row)
{
    return (yd_affine_part){yd_affine_fixed((m[1] * row + m[2]) * SCALE) + ROUND,
                            yd_affine_fixed((m[4] * row + m[5]) * SCALE) + ROUND};
}
