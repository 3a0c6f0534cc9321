/* The kernels for AVX-512 with its byte, double-word and vector-length extensions. */
#include "backend/cpu/vector_sets.h"
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))),                  \
                             apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl")
#endif
#define LANES           16
#define SET             yd_vector_avx512
#define SET_NAME        "AVX-512"
#define FUSED(a, b, c)  _mm512_fmadd_ps(a, b, c)
#define GREATER(a, b)   _mm512_max_ps(a, b)
#define LESSER(a, b)    _mm512_min_ps(a, b)
#define LEFT_OVER(n, x) FUSED(n, all(0.693147181f), x)
#include "backend/cpu/vector_kernels.inc"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
