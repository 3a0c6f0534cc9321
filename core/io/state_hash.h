/* Hashes of states: of files and of models in memory alike. */
#pragma once
#include "base/hash.h"
#include <stdbool.h>
#include <stddef.h>

/* One tensor: its name, a zero byte, the number of dimensions and each dimension as 32-bit little-endian,
 * then the values as float32 little-endian. (product.md, «Machine-readable output») */
void yd_state_hash_floats(yd_hash *hash, const char *name, int rank, const int *dims, const float *values,
                          size_t count);
/* The same with the values as int64 little-endian: the counters of a training state, which float32 would
 * round. */
void yd_state_hash_integers(yd_hash *hash, const char *name, int rank, const int *dims, const int64_t *values,
                            size_t count);

/* For qsort of an array whose elements begin with a const char *name: byte order. */
int yd_compare_names(const void *a, const void *b);
