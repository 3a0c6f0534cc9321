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

/* Where reading 8 bytes at any tap of a block would leave its row, a copy of the bytes that may be read. */
static inline const uint8_t *readable_taps(const yd_column_block *b, const uint8_t *from,
                                           uint8_t copy[YD_BLOCK_BYTES + 8])
{
    if (b->readable >= YD_BLOCK_BYTES + 8) return from;
    memset(copy, 0, YD_BLOCK_BYTES + 8);
    memcpy(copy, from, b->readable < YD_BLOCK_BYTES ? b->readable : YD_BLOCK_BYTES);
    return copy;
}

/* Both taps, 6 bytes, of columns k, k + 1, k + 8 and k + 9. */
static inline __m256i load_taps(const uint8_t *from, const uint8_t *offsets, int k)
{
#define TAP(i) (from + offsets[2 * (i)])
    __m128i low = _mm_loadl_epi64((const __m128i *)TAP(k)),
            high = _mm_loadl_epi64((const __m128i *)TAP(k + 8));
    low = _mm_castps_si128(_mm_loadh_pi(_mm_castsi128_ps(low), (const __m64 *)TAP(k + 1)));
    high = _mm_castps_si128(_mm_loadh_pi(_mm_castsi128_ps(high), (const __m64 *)TAP(k + 9)));
#undef TAP
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

static inline void store_columns(uint16_t *out, int count, __m256i values)
{
    if (count == YD_BLOCK_COLUMNS) {
        _mm256_storeu_si256((__m256i *)out, values);
        return;
    }
    uint16_t all[YD_BLOCK_COLUMNS];
    _mm256_storeu_si256((__m256i *)all, values);
    memcpy(out, all, (size_t)count * sizeof *out);
}

/* Two columns of each half of a block at a time, all channels at once; then channels are gathered. */
static void blend_columns(const uint8_t *row, size_t stride, const yd_column_block *blocks, size_t count,
                          size_t plane, uint16_t *planes)
{
    enum { AHEAD = 4 }; /* rows, as in pixel_avx512.c */
    const __m256i pairs =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 3, 8, 11, 1, 4, 9, 12, 2, 5, 10, 13, -1, -1, -1, -1));
    for (size_t i = 0; i < count; i++) {
        const yd_column_block *b = &blocks[i];
        uint8_t copy[YD_BLOCK_BYTES + 8];
        const uint8_t *from = row + b->source;
        _mm_prefetch((const char *)from + AHEAD * stride, _MM_HINT_T0);
        _mm_prefetch((const char *)from + AHEAD * stride + 64, _MM_HINT_T0);
        from = readable_taps(b, from, copy);
        const __m256i weights = _mm256_load_si256((const __m256i *)b->weights);
#define BLEND(k)                                                                                             \
    _mm256_maddubs_epi16(_mm256_shuffle_epi8(load_taps(from, b->offsets, 2 * (k)), pairs),                   \
                         _mm256_shuffle_epi32(weights, 0x55 * (k)))
        const __m256i c0 = BLEND(0), c1 = BLEND(1), c2 = BLEND(2), c3 = BLEND(3);
#undef BLEND
        const __m256i rg01 = _mm256_unpacklo_epi32(c0, c1), rg23 = _mm256_unpacklo_epi32(c2, c3),
                      b01 = _mm256_unpackhi_epi32(c0, c1), b23 = _mm256_unpackhi_epi32(c2, c3);
        uint16_t *out = planes + b->column;
        store_columns(out, b->count, _mm256_unpacklo_epi64(rg01, rg23));
        store_columns(out + plane, b->count, _mm256_unpackhi_epi64(rg01, rg23));
        store_columns(out + 2 * plane, b->count, _mm256_unpacklo_epi64(b01, b23));
    }
}

static inline __m256i blend_16_rows(const uint16_t *upper, const uint16_t *lower, __m256i weights)
{
    const __m256i half = _mm256_set1_epi32(512);
    __m256i u = _mm256_loadu_si256((const __m256i *)upper), l = _mm256_loadu_si256((const __m256i *)lower);
    __m256i low = _mm256_madd_epi16(_mm256_unpacklo_epi16(u, l), weights);
    __m256i high = _mm256_madd_epi16(_mm256_unpackhi_epi16(u, l), weights);
    low = _mm256_srli_epi32(_mm256_add_epi32(low, half), 10);
    high = _mm256_srli_epi32(_mm256_add_epi32(high, half), 10);
    return _mm256_packus_epi32(low, high);
}

/* The rows' planes are readable up to a multiple of 64 columns: reading may go on to there, writing may not.
 */
static void blend_rows(const uint16_t *upper, const uint16_t *lower, int fy, size_t count, uint8_t *out)
{
    const __m256i weights = _mm256_set1_epi32(32 - fy + 65536 * fy);
    for (size_t i = 0; i < count; i += 32) {
        __m256i bytes = _mm256_packus_epi16(blend_16_rows(upper + i, lower + i, weights),
                                            blend_16_rows(upper + i + 16, lower + i + 16, weights));
        bytes = _mm256_permute4x64_epi64(bytes, 0xD8);
        if (count - i >= 32) {
            _mm256_storeu_si256((__m256i *)(out + i), bytes);
        } else {
            uint8_t all[32];
            _mm256_storeu_si256((__m256i *)all, bytes);
            memcpy(out + i, all, count - i);
        }
    }
}

#define SET           yd_pixel_avx2
#define SET_NAME      "AVX2"
#define BLEND_COLUMNS blend_columns
#define BLEND_ROWS    blend_rows
#include "image/pixel_kernels.inc"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
