/* Convolutions by Winograd's algorithm with our own kernels, for where oneDNN has none: on processors without
 * AVX-512, and in its third version. float32, 3x3, stride 1; tensors as yd_conv_desc has them. */
#pragma once
#include "backend/cpu/device.h"

typedef struct yd_tiles yd_tiles;

/* desc: FORWARD reads weights of the form IN_OUT, DATA of the form OUT_IN, WEIGHTS writes IN_OUT. *scratch:
 * bytes wanted at every run. MEMORY. */
yd_status yd_tiles_create(yd_device *device, const yd_conv_desc *desc, yd_tiles **tiles, size_t *scratch,
                          yd_error *error);
void yd_tiles_destroy(yd_tiles *tiles);
/* The pass decides which one is written: output, input or weights. bias NULL where there is none. The result
 * does not depend on the number of threads. */
void yd_tiles_run(const yd_tiles *tiles, float *input, float *weights, const float *bias, float *output,
                  float *scratch);
