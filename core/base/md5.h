/* MD5 (RFC 1321): for formats that name files by it, not to keep anything safe. */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct yd_md5 {
    uint32_t state[4];
    uint64_t length;
    uint8_t block[64];
} yd_md5;

void yd_md5_start(yd_md5 *hash);
void yd_md5_add(yd_md5 *hash, const void *data, size_t length);
void yd_md5_finish(yd_md5 *hash, uint8_t out[16]);
