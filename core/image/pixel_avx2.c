/* The kernels for AVX2 with fused multiply-add. */
#include "image/pixel_sets.h"
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif

#include "image/pixel_taps.inc"

static inline void look_up(const uint8_t table[256], uint8_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++) values[i] = table[values[i]];
}

#define SET      yd_pixel_avx2
#define SET_NAME "AVX2"
#include "image/pixel_kernels.inc"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
