/* The kernels for AVX-512 with its byte, double-word and vector-length extensions; vector_avx512_bf16.c takes
 * them once more, with NATIVE_BF16 defined, for processors that also convert to bf16. */
#include "backend/cpu/vector_sets.h"
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#ifdef NATIVE_BF16
#define SET        yd_vector_avx512_bf16
#define SET_NAME   "AVX-512 with bf16"
#define TO_BF16(v) ((vh_memory)_mm512_cvtneps_pbh(v))
#else
#define SET      yd_vector_avx512
#define SET_NAME "AVX-512"
#endif
#if defined(__clang__) && defined(NATIVE_BF16)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16"))),       \
                             apply_to = function)
#elif defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))),                  \
                             apply_to = function)
#elif defined(NATIVE_BF16)
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl")
#endif

/* An estimate of 14 bits, and one step of Newton's method. */
static inline __attribute__((always_inline)) __m512 inverse(__m512 x)
{
    const __m512 estimate = _mm512_rcp14_ps(x);
    return _mm512_fmadd_ps(estimate, _mm512_fnmadd_ps(x, estimate, _mm512_set1_ps(1.0f)), estimate);
}

/* Each of sixteen words becomes the upper half of a double word. */
static inline __attribute__((always_inline)) __m512i widen(__m256i words)
{
    const __m512i places = _mm512_set_epi16(15, 0, 14, 0, 13, 0, 12, 0, 11, 0, 10, 0, 9, 0, 8, 0, 7, 0, 6, 0,
                                            5, 0, 4, 0, 3, 0, 2, 0, 1, 0, 0, 0);
    return _mm512_maskz_permutexvar_epi16(0xaaaaaaaau, places, _mm512_castsi256_si512(words));
}

#define FROM_BF16(p)      widen(_mm256_loadu_si256((const __m256i_u *)(p)))
#define FROM_BYTES(p)     _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i_u *)(p))))
#define FRACTION(t)       _mm512_reduce_ps(t, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)
#define TIMES_POWER(p, t) _mm512_scalef_ps(p, t)
#define GROUP             4
#define LANES             16
#define FUSED(a, b, c)    _mm512_fmadd_ps(a, b, c)
#define GREATER(a, b)     _mm512_max_ps(a, b)
#define LESSER(a, b)      _mm512_min_ps(a, b)
#define LEFT_OVER(n, x)   FUSED(n, all(0.693147181f), x)
#define ROUGH_INVERSE(x)  _mm512_rcp14_ps(x)
#define INVERSE(x)        inverse(x)
#include "backend/cpu/vector_kernels.inc"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
