/* The kernels for AVX-512 with its byte, double-word and vector-length extensions. */
#include "backend/cpu/vector_avx512.inc"
