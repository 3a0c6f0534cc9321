/* Weights rounded to bf16 (to nearest, ties to even), in the forms that oneDNN's bf16 kernels read. */
#pragma once
#include "backend/cpu/layout.h"

/* Block number block of master's output channels; blocks are of 16. scale: a factor for each of them, or
 * NULL. forward, data: copies in the forms of yd_weight_for_forward and yd_weight_for_data, 64-byte aligned;
 * data NULL where it is not wanted, or where the form is the forward one (the stem has no data gradient, of a
 * depthwise convolution both passes read the same). */
void yd_weight_round(const yd_weight_layout *master, int block, const float *from, const float *scale,
                     uint16_t *forward, uint16_t *data);
