/* The kernels for AVX2 with fused multiply-add. */
#include "image/pixel_sets.h"
#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif

#include "image/pixel_taps.inc"

/* 32 values at a time: each of 16 pieces of the table answers for the values in it, and gives 0 for all
 * others, whose saturated sums have the highest bit set. */
static inline void look_up(const uint8_t table[256], uint8_t *values, size_t count)
{
    const __m256i beyond = _mm256_set1_epi8(0x70);
    for (size_t i = 0; i < count; i += 32) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(values + i)), found = _mm256_setzero_si256();
        for (int piece = 0; piece < 16; piece++) {
            __m256i part =
                _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(table + 16 * piece)));
            __m256i at = _mm256_adds_epu8(_mm256_xor_si256(v, _mm256_set1_epi8((char)(16 * piece))), beyond);
            found = _mm256_or_si256(found, _mm256_shuffle_epi8(part, at));
        }
        _mm256_storeu_si256((__m256i *)(values + i), found);
    }
}

#define SET      yd_pixel_avx2
#define SET_NAME "AVX2"
#include "image/pixel_kernels.inc"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
