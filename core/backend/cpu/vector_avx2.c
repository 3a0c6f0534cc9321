/* The kernels for AVX2. */
#include "backend/cpu/vector_sets.h"
#include <string.h>

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif
#define LANES    8
#define SET      yd_vector_avx2
#define SET_NAME "AVX2"
#include "backend/cpu/vector_kernels.inc"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
