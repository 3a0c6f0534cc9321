/* MD5 (RFC 1321): for formats that name files by it, not to keep anything safe. */
#pragma once
#include "base/hash.h"

void yd_md5_start(yd_hash *hash);
void yd_md5_finish(yd_hash *hash, uint8_t out[16]);
