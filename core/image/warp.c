#include "image/warp.h"
#include "image/affine.h"
#include "image/words.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Positions are fixed-point with 5 bits of fraction; a pixel is four taps with weights (32-fx)(32-fy) and so
 * on. */
enum { FRACTION_BITS = YD_AFFINE_BITS, ONE = YD_AFFINE_ONE, COLUMNS = 256 };

static void blend(const uint8_t *const taps[4], int fx, int fy, uint8_t *out)
{
    int w0 = (ONE - fx) * (ONE - fy), w1 = fx * (ONE - fy), w2 = (ONE - fx) * fy, w3 = fx * fy;
    for (int c = 0; c < 3; c++)
        out[c] =
            (uint8_t)((taps[0][c] * w0 + taps[1][c] * w1 + taps[2][c] * w2 + taps[3][c] * w3 + 512) >> 10);
}

/* A position some of whose taps lie outside: those read as border. */
static void sample_edge(const yd_image *source, int32_t x, int32_t y, int fx, int fy, uint8_t border,
                        uint8_t *out)
{
    const uint8_t outside[3] = {border, border, border};
    const uint8_t *taps[4];
    for (int i = 0; i < 4; i++) {
        int32_t u = x + (i & 1), v = y + (i >> 1);
        bool inside = u >= 0 && v >= 0 && u < source->width && v < source->height;
        taps[i] = inside ? source->pixels + ((size_t)v * (size_t)source->width + (size_t)u) * 3 : outside;
    }
    blend(taps, fx, fy, out);
}

/* A position all of whose taps lie inside, with two bytes readable behind each row's taps. The rows are
 * blended first, both pixels of each at once: at most 255 * 32, which fits the 16-bit lanes. */
static inline void sample_inside(const uint8_t *tap, size_t stride, int fx, int fy, uint8_t *out)
{
    yd_words8 column = yd_load_words(tap) * (uint16_t)(ONE - fy) + yd_load_words(tap + stride) * (uint16_t)fy;
    for (int c = 0; c < 3; c++) out[c] = (uint8_t)((column[c] * (ONE - fx) + column[c + 3] * fx + 512) >> 10);
}

/* x, y: fixed-point source positions of count pixels in a row. */
static void sample_row(const yd_image *source, const int32_t *x, const int32_t *y, int count, uint8_t border,
                       uint8_t *out)
{
    size_t stride = (size_t)source->width * 3;
    /* One row or column less than has all taps: the last pixel of all has nothing readable behind it. */
    uint32_t inner_width = (uint32_t)(source->width - 1), inner_height = (uint32_t)(source->height - 1);
    if (inner_width > 0) inner_width--;
    for (int i = 0; i < count; i++, out += 3) {
        int32_t ix = x[i] >> FRACTION_BITS, iy = y[i] >> FRACTION_BITS;
        int fx = x[i] & (ONE - 1), fy = y[i] & (ONE - 1);
        if ((uint32_t)ix < inner_width && (uint32_t)iy < inner_height) {
            sample_inside(source->pixels + (size_t)iy * stride + (size_t)ix * 3, stride, fx, fy, out);
        } else if (ix < -1 || iy < -1 || ix >= source->width || iy >= source->height) {
            out[0] = out[1] = out[2] = border;
        } else {
            sample_edge(source, ix, iy, fx, fy, border, out);
        }
    }
}

void yd_warp_affine(const yd_image *source, const double matrix[6], uint8_t border, yd_image *out)
{
    double m[6];
    yd_affine_part columns[COLUMNS];
    int32_t x[COLUMNS], y[COLUMNS];
    yd_affine_invert(matrix, m);
    for (int left = 0; left < out->width; left += COLUMNS) {
        int count = out->width - left < COLUMNS ? out->width - left : COLUMNS;
        for (int i = 0; i < count; i++) columns[i] = yd_affine_column(m, left + i);
        for (int row = 0; row < out->height; row++) {
            yd_affine_part part = yd_affine_row(m, row);
            for (int i = 0; i < count; i++) {
                x[i] = (part.x + columns[i].x) >> YD_AFFINE_SHIFT;
                y[i] = (part.y + columns[i].y) >> YD_AFFINE_SHIFT;
            }
            sample_row(source, x, y, count, border,
                       out->pixels + ((size_t)row * (size_t)out->width + (size_t)left) * 3);
        }
    }
}

/* By the adjugate; all zero where the matrix is singular. */
static void invert_perspective(const double m[9], double inverse[9])
{
    double c0 = m[4] * m[8] - m[5] * m[7], c1 = m[5] * m[6] - m[3] * m[8], c2 = m[3] * m[7] - m[4] * m[6];
    double determinant = m[0] * c0 + m[1] * c1 + m[2] * c2, d = determinant != 0 ? 1 / determinant : 0;
    inverse[0] = c0 * d;
    inverse[1] = (m[2] * m[7] - m[1] * m[8]) * d;
    inverse[2] = (m[1] * m[5] - m[2] * m[4]) * d;
    inverse[3] = c1 * d;
    inverse[4] = (m[0] * m[8] - m[2] * m[6]) * d;
    inverse[5] = (m[2] * m[3] - m[0] * m[5]) * d;
    inverse[6] = c2 * d;
    inverse[7] = (m[1] * m[6] - m[0] * m[7]) * d;
    inverse[8] = (m[0] * m[4] - m[1] * m[3]) * d;
}

void yd_warp_perspective(const yd_image *source, const double matrix[9], uint8_t border, yd_image *out)
{
    double m[9];
    int32_t x[COLUMNS], y[COLUMNS];
    invert_perspective(matrix, m);
    for (int row = 0; row < out->height; row++) {
        double x0 = m[1] * row + m[2], y0 = m[4] * row + m[5], w0 = m[7] * row + m[8];
        for (int left = 0; left < out->width; left += COLUMNS) {
            int count = out->width - left < COLUMNS ? out->width - left : COLUMNS;
            for (int i = 0; i < count; i++) {
                double column = left + i, w = m[6] * column + w0;
                w = w != 0 ? ONE / w : 0;
                x[i] = yd_affine_fixed((m[0] * column + x0) * w);
                y[i] = yd_affine_fixed((m[3] * column + y0) * w);
            }
            sample_row(source, x, y, count, border,
                       out->pixels + ((size_t)row * (size_t)out->width + (size_t)left) * 3);
        }
    }
}
