/* The frame of a record of a TensorBoard event file (TFRecord): u64 length, u32 masked CRC-32C of it,
 * payload, u32 masked CRC-32C of that, little-endian. */
#pragma once
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YD_RECORD_HEAD = 12, YD_RECORD_TAIL = 4 };

/* The length in the head; false where its checksum is wrong. */
bool yd_record_head(const uint8_t head[YD_RECORD_HEAD], uint64_t *length);
/* Whether the tail behind the payload is its checksum. */
bool yd_record_whole(const uint8_t *payload, size_t length);
void yd_record_add(yd_text *text, const void *payload, size_t length);
