#include "base/hash.h"
#include <string.h>

void yd_hash_add(yd_hash *hash, const void *data, size_t length)
{
    const uint8_t *bytes = data;
    size_t used = hash->length % 64;
    hash->length += length;
    if (used && length >= 64 - used) {
        memcpy(hash->block + used, bytes, 64 - used);
        hash->take(hash->state, hash->block, 1);
        bytes += 64 - used, length -= 64 - used, used = 0;
    }
    if (!used && length >= 64) {
        hash->take(hash->state, bytes, length / 64);
        bytes += length / 64 * 64, length %= 64;
    }
    if (length) memcpy(hash->block + used, bytes, length);
}

void yd_hash_pad(yd_hash *hash, bool upper_first)
{
    uint8_t tail[72] = {0x80};
    uint64_t bits = hash->length * 8;
    size_t padding = (hash->length % 64 < 56 ? 56 : 120) - hash->length % 64;
    for (int i = 0; i < 8; i++) tail[padding + (size_t)i] = (uint8_t)(bits >> 8 * (upper_first ? 7 - i : i));
    yd_hash_add(hash, tail, padding + 8);
}

uint64_t yd_fnv1a(const void *data, size_t length)
{
    const uint8_t *bytes = data;
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}
