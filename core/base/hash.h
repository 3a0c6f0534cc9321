/* SHA-256 (FIPS 180-4) and FNV-1a. */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct yd_sha256 {
    uint32_t state[8];
    uint64_t length;
    uint8_t block[64];
    void (*take)(uint32_t state[8], const uint8_t *blocks, size_t count);
} yd_sha256;

void yd_sha256_start(yd_sha256 *hash);       /* with the processor's own instructions where it has them */
void yd_sha256_start_plain(yd_sha256 *hash); /* the same in plain C: the yardstick of the former (tests) */
void yd_sha256_add(yd_sha256 *hash, const void *data, size_t length);
void yd_sha256_hex(yd_sha256 *hash, char out[65]); /* finishes */
uint64_t yd_fnv1a(const void *data, size_t length);
