/* The sets of kernels that were compiled; only vector.c reads this. */
#pragma once
#include "backend/cpu/vector.h"

extern const yd_vector yd_vector_plain8, yd_vector_plain16;
#if defined(__x86_64__)
extern const yd_vector yd_vector_avx2, yd_vector_avx512, yd_vector_avx512_bf16;
#endif
