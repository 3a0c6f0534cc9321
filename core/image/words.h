/* Eight bytes as 16-bit lanes, in whatever vectors the compiler has. */
#pragma once
#include <stdint.h>
#include <string.h>

typedef uint8_t yd_bytes8 __attribute__((vector_size(8)));
typedef uint16_t yd_words8 __attribute__((vector_size(16)));

static inline yd_words8 yd_load_words(const uint8_t *bytes)
{
    yd_bytes8 loaded;
    memcpy(&loaded, bytes, sizeof loaded);
    return __builtin_convertvector(loaded, yd_words8);
}
