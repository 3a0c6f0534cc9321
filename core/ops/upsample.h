/* Where the outputs of UPSAMPLE come from. */
#pragma once
#include "ops/graph.h"

/* An output row (or column) is (1 - share) of input row first and share of input row second. */
typedef struct yd_resize_tap {
    int first, second;
    double share;
} yd_resize_tap;

/* Of the at-th of out rows (columns) made from in, as PyTorch's interpolate has it. */
yd_resize_tap yd_resize_tap_at(const yd_resize *resize, int in, int out, int at);
