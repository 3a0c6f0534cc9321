#include "io/state_hash.h"
#include "io/bytes.h"
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "values are hashed as they lie in memory");

static void add_head(yd_hash *hash, const char *name, int rank, const int *dims)
{
    unsigned char number[4];
    yd_hash_add(hash, name, strlen(name) + 1);
    yd_put_u32(number, (uint32_t)rank);
    yd_hash_add(hash, number, sizeof number);
    for (int i = 0; i < rank; i++) {
        yd_put_u32(number, (uint32_t)dims[i]);
        yd_hash_add(hash, number, sizeof number);
    }
}

void yd_state_hash_floats(yd_hash *hash, const char *name, int rank, const int *dims, const float *values,
                          size_t count)
{
    add_head(hash, name, rank, dims);
    yd_hash_add(hash, values, count * sizeof *values);
}

void yd_state_hash_integers(yd_hash *hash, const char *name, int rank, const int *dims, const int64_t *values,
                            size_t count)
{
    add_head(hash, name, rank, dims);
    yd_hash_add(hash, values, count * sizeof *values);
}

int yd_compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}
