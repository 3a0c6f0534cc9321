#include "base/protobuf.h"
#include <string.h>

static void put_raw_varint(yd_text *text, uint64_t value)
{
    uint8_t bytes[10];
    size_t length = 0;
    for (; value >= 128; value >>= 7) bytes[length++] = (uint8_t)(value | 128);
    bytes[length++] = (uint8_t)value;
    yd_text_add_bytes(text, bytes, length);
}

static void put_key(yd_text *text, uint32_t number, yd_wire_type type)
{
    put_raw_varint(text, (uint64_t)number << 3 | type);
}

static void put_fixed(yd_text *text, uint64_t bits, int count)
{
    uint8_t bytes[8];
    for (int i = 0; i < count; i++) bytes[i] = (uint8_t)(bits >> 8 * i);
    yd_text_add_bytes(text, bytes, (size_t)count);
}

void yd_wire_put_varint(yd_text *text, uint32_t number, uint64_t value)
{
    put_key(text, number, YD_WIRE_VARINT);
    put_raw_varint(text, value);
}

void yd_wire_put_double(yd_text *text, uint32_t number, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_key(text, number, YD_WIRE_64);
    put_fixed(text, bits, 8);
}

void yd_wire_put_float(yd_text *text, uint32_t number, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_key(text, number, YD_WIRE_32);
    put_fixed(text, bits, 4);
}

void yd_wire_put_head(yd_text *text, uint32_t number, size_t length)
{
    put_key(text, number, YD_WIRE_BYTES);
    put_raw_varint(text, length);
}

void yd_wire_put_bytes(yd_text *text, uint32_t number, const void *bytes, size_t length)
{
    yd_wire_put_head(text, number, length);
    yd_text_add_bytes(text, bytes, length);
}
