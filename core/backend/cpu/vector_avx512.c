/* The kernels for AVX-512 with its byte, double-word and vector-length extensions. */
#include "backend/cpu/vector_sets.h"
#include <string.h>

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))),                  \
                             apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl")
#endif
#define LANES    16
#define SET      yd_vector_avx512
#define SET_NAME "AVX-512"
#include "backend/cpu/vector_kernels.inc"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
