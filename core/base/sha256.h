/* SHA-256 (FIPS 180-4). */
#pragma once
#include "base/hash.h"

void yd_sha256_start(yd_hash *hash);       /* with the processor's own instructions where it has them */
void yd_sha256_start_plain(yd_hash *hash); /* the same in plain C: the yardstick of the former (tests) */
void yd_sha256_hex(yd_hash *hash, char out[65]); /* finishes */
