/* The kernels for AVX2 with fused multiply-add. */
#include "backend/cpu/vector_sets.h"
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif
#define LANES           8
#define SET             yd_vector_avx2
#define SET_NAME        "AVX2"
#define FUSED(a, b, c)  _mm256_fmadd_ps(a, b, c)
#define GREATER(a, b)   _mm256_max_ps(a, b)
#define LESSER(a, b)    _mm256_min_ps(a, b)
#define LEFT_OVER(n, x) FUSED(n, all(0.693147181f), x)
#define INVERSE(x)      (all(1.0f) / (x))
#define ROUGH_INVERSE   INVERSE
#define ROOT(x)         _mm256_sqrt_ps(x)
#define GROUP           2
#include "backend/cpu/vector_kernels.inc"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
