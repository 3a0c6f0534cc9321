/* What hashes of blocks have in common: how bytes become blocks; and FNV-1a. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A hash under way: started, and finished, by sha256.h or md5.h. */
typedef struct yd_hash {
    uint32_t state[8];
    uint64_t length;   /* bytes so far */
    uint8_t block[64]; /* the last of them, which are no whole block yet */
    void (*take)(uint32_t state[8], const uint8_t *blocks, size_t count);
} yd_hash;

void yd_hash_add(yd_hash *hash, const void *data, size_t length);
/* The end of all data: a bit, zeros and the length in bits, its upper byte first or last, fill the last
 * block.
 */
void yd_hash_pad(yd_hash *hash, bool upper_first);

uint64_t yd_fnv1a(const void *data, size_t length);
