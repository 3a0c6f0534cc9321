/* The sets of kernels that were compiled; only pixel_set.c reads this. */
#pragma once
#include "image/pixel_set.h"

extern const yd_pixel_set yd_pixel_plain;
#if defined(__x86_64__)
extern const yd_pixel_set yd_pixel_avx2, yd_pixel_avx512;
#endif
