/* NumPy's .npz packs for tests: every failure ends the test case. */
#pragma once
#include "support/params.h"
#include <stddef.h>

typedef struct yd_npz yd_npz;
/* An array as it lies in the pack: row-major, little-endian. */
typedef struct yd_npy {
    char dtype[4]; /* "f4", "f8", "u1", "i4", "i8", "b1", … */
    int rank;
    size_t dims[8], elements;
    const void *data; /* owned by the pack */
} yd_npy;

yd_npz *yd_npz_open(const char *path);
void yd_npz_close(yd_npz *npz);
/* NULL where there is no array of that name (without ".npy"); yd_npz_need ends the case then. Valid until the
 * pack is closed. */
const yd_npy *yd_npz_get(yd_npz *npz, const char *name);
const yd_npy *yd_npz_need(yd_npz *npz, const char *name);
/* The data as that type; ends the case where the array is of another. */
const float *yd_npz_floats(yd_npz *npz, const char *name);
const double *yd_npz_doubles(yd_npz *npz, const char *name);
double yd_npy_at(const yd_npy *array, size_t index); /* any type, as a double */
/* How many arrays there are, and the name of one ("w0/model.0.conv.weight"). */
size_t yd_npz_count(const yd_npz *npz);
const char *yd_npz_name(const yd_npz *npz, size_t index);

/* The JSON text of the array "params", owned by the pack: see params.h. */
const char *yd_npz_params(yd_npz *npz);
