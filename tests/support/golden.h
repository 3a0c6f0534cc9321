/* Numbers against the arrays of a golden pack. */
#pragma once
#include "support/npz.h"

/* An array may be off by max(floor, noise_factor * the error that PyTorch's float32 makes on it), relative to
 * its largest magnitude. */
typedef struct yd_golden_tolerance {
    double floor, noise_factor;
} yd_golden_tolerance;

/* Checks that found, [count] in the order of the array of that name, is off by no more than that; the error
 * of float32 stands in the pack's params: "noise", name (0 where it is missing). Goes on after a failure,
 * unless the number of elements differs. */
void yd_golden_compare(yd_npz *pack, const char *name, const double *found, size_t count,
                       yd_golden_tolerance tolerance);
