/* The kernels in whatever the compiler's base instruction set offers. */
#include "image/pixel_sets.h"
#include "image/words.h"
#include <stdbool.h>
#include <string.h>

/* The rows are blended first, both pixels of each at once: at most 255 * 32, which fits the 16-bit lanes. */
static inline uint32_t blend_taps(const uint8_t *tap, size_t stride, int fx, int fy)
{
    yd_words8 column = yd_load_words(tap) * (uint16_t)(32 - fy) + yd_load_words(tap + stride) * (uint16_t)fy;
    uint32_t pixel = 0;
    for (int c = 0; c < 3; c++)
        pixel |= (uint32_t)((column[c] * (32 - fx) + column[c + 3] * fx + 512) >> 10) << 8 * c;
    return pixel;
}

static inline void look_up(const uint8_t table[256], uint8_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++) values[i] = table[values[i]];
}

/* 1 - a * b with one rounding, as a fused multiply-add gives it: the product is exact in double. */
static inline float one_minus_product(float a, float b)
{
    return (float)(1.0 - (double)a * (double)b);
}

#define SET      yd_pixel_plain
#define SET_NAME "plain C"
#include "image/pixel_kernels.inc"
