#include "series/event_record.h"
#include "base/crc32c.h"

/* A checksum of data that holds checksums is weak; so they are stored rotated, with a constant added. */
static uint32_t masked(const void *data, size_t length)
{
    uint32_t crc = yd_crc32c(data, length);
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

static uint64_t load(const uint8_t *bytes, int count)
{
    uint64_t value = 0;
    for (int i = 0; i < count; i++) value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

static void store(uint8_t *bytes, int count, uint64_t value)
{
    for (int i = 0; i < count; i++) bytes[i] = (uint8_t)(value >> 8 * i);
}

bool yd_record_head(const uint8_t head[YD_RECORD_HEAD], uint64_t *length)
{
    *length = load(head, 8);
    return load(head + 8, 4) == masked(head, 8);
}

bool yd_record_whole(const uint8_t *payload, size_t length)
{
    return load(payload + length, 4) == masked(payload, length);
}

void yd_record_add(yd_text *text, const void *payload, size_t length)
{
    uint8_t head[YD_RECORD_HEAD], tail[YD_RECORD_TAIL];
    store(head, 8, length);
    store(head + 8, 4, masked(head, 8));
    store(tail, 4, masked(payload, length));
    yd_text_add_bytes(text, head, sizeof head);
    yd_text_add_bytes(text, payload, length);
    yd_text_add_bytes(text, tail, sizeof tail);
}
