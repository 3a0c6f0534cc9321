/* The kernels for AVX-512 with its byte, double-word, vector-length and byte-permutation extensions. */
#include "image/pixel_sets.h"
#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__clang__)
#pragma clang attribute push(                                                                                \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,bmi2,fma"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,bmi2,fma,prefer-vector-width=512")
#endif

#include "image/pixel_taps.inc"

/* 64 values at a time: each half of the table by a permutation of its 128 bytes. */
static inline void look_up(const uint8_t table[256], uint8_t *values, size_t count)
{
    const __m512i t0 = _mm512_loadu_si512(table), t1 = _mm512_loadu_si512(table + 64),
                  t2 = _mm512_loadu_si512(table + 128), t3 = _mm512_loadu_si512(table + 192);
    for (size_t i = 0; i < count; i += 64) {
        __m512i v = _mm512_loadu_si512(values + i);
        __m512i low = _mm512_permutex2var_epi8(t0, v, t1), high = _mm512_permutex2var_epi8(t2, v, t3);
        _mm512_storeu_si512(values + i, _mm512_mask_blend_epi8(_mm512_movepi8_mask(v), low, high));
    }
}

static inline __mmask64 first_bytes(size_t count)
{
    return count < 64 ? _bzhi_u64(~0ull, (unsigned)count) : ~0ull;
}

/* The taps of 16 columns are picked out of 128 bytes: red and green together, then blue. */
static void blend_columns(const uint8_t *row, size_t stride, const yd_column_block *blocks, size_t count,
                          size_t plane, uint16_t *planes)
{
    enum { AHEAD = 4 }; /* rows: pictures come from memory, and the processor does not foresee the next row */
    const __m512i green = _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi8(1), 1),
                  blue = _mm512_set1_epi8(2);
    for (size_t i = 0; i < count; i++) {
        const yd_column_block *b = &blocks[i];
        const uint8_t *from = row + b->source;
        size_t left = b->readable;
        _mm_prefetch((const char *)from + AHEAD * stride, _MM_HINT_T0);
        _mm_prefetch((const char *)from + AHEAD * stride + 64, _MM_HINT_T0);
        __m512i t0 = _mm512_maskz_loadu_epi8(first_bytes(left), from);
        __m512i t1 = _mm512_maskz_loadu_epi8(first_bytes(left > 64 ? left - 64 : 0), from + 64);
        __m512i at = _mm512_broadcast_i64x4(_mm256_load_si256((const __m256i *)b->offsets));
        __m512i weights = _mm512_broadcast_i64x4(_mm256_load_si256((const __m256i *)b->weights));
        __m512i rg = _mm512_permutex2var_epi8(t0, _mm512_add_epi8(at, green), t1);
        __m512i bb = _mm512_permutex2var_epi8(t0, _mm512_add_epi8(at, blue), t1);
        rg = _mm512_maddubs_epi16(rg, weights);
        bb = _mm512_maddubs_epi16(bb, weights);
        __mmask16 wanted = (__mmask16)_bzhi_u32(0xFFFF, (unsigned)b->count);
        uint16_t *out = planes + b->column;
        _mm256_mask_storeu_epi16(out, wanted, _mm512_castsi512_si256(rg));
        _mm256_mask_storeu_epi16(out + plane, wanted, _mm512_extracti64x4_epi64(rg, 1));
        _mm256_mask_storeu_epi16(out + 2 * plane, wanted, _mm512_castsi512_si256(bb));
    }
}

static void blend_rows(const uint16_t *upper, const uint16_t *lower, int fy, size_t count, uint8_t *out)
{
    const __m512i weights = _mm512_set1_epi32(32 - fy + 65536 * fy), half = _mm512_set1_epi32(512);
    for (size_t i = 0; i < count; i += 32) {
        size_t left = count - i;
        __mmask32 wanted = left < 32 ? _bzhi_u32(~0u, (unsigned)left) : ~0u;
        __m512i u = _mm512_maskz_loadu_epi16(wanted, upper + i),
                l = _mm512_maskz_loadu_epi16(wanted, lower + i);
        __m512i low = _mm512_madd_epi16(_mm512_unpacklo_epi16(u, l), weights);
        __m512i high = _mm512_madd_epi16(_mm512_unpackhi_epi16(u, l), weights);
        low = _mm512_srli_epi32(_mm512_add_epi32(low, half), 10);
        high = _mm512_srli_epi32(_mm512_add_epi32(high, half), 10);
        _mm256_mask_storeu_epi8(out + i, wanted, _mm512_cvtepi16_epi8(_mm512_packus_epi32(low, high)));
    }
}

#define SET           yd_pixel_avx512
#define SET_NAME      "AVX-512"
#define BLEND_COLUMNS blend_columns
#define BLEND_ROWS    blend_rows
#include "image/pixel_kernels.inc"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
