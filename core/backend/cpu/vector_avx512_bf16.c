/* The kernels for AVX-512 on processors that convert to bf16 themselves. */
#define NATIVE_BF16
#include "backend/cpu/vector_avx512.inc"
