/* Eight lanes in whatever the compiler's base instruction set offers. */
#include "backend/cpu/vector_sets.h"
#include <string.h>

#define LANES           8
#define SET             yd_vector_plain8
#define SET_NAME        "plain C, blocks of 8"
#define FUSED(a, b, c)  ((a) * (b) + (c))
#define GREATER(a, b)   choose((a) > (b), a, b)
#define LESSER(a, b)    choose((a) < (b), a, b)
#define LEFT_OVER(n, x) (((x) + (n)*all(0.693359375f)) + (n)*all(-2.12194440e-4f))
#define INVERSE(x)      (all(1.0f) / (x))
#define ROUGH_INVERSE   INVERSE
#define GROUP           1
#include "backend/cpu/vector_kernels.inc"
