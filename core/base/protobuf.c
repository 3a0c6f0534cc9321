#include "base/protobuf.h"
#include <string.h>

static bool fail(yd_wire *wire)
{
    wire->failed = true;
    return false;
}

bool yd_wire_varint(yd_wire *wire, uint64_t *value)
{
    *value = 0;
    if (wire->failed || wire->at == wire->end) return false;
    for (int shift = 0; shift < 70 && wire->at < wire->end; shift += 7) {
        uint8_t byte = *wire->at++;
        /* Of the tenth byte only one bit fits; what stands above it is lost, as elsewhere. */
        if (shift < 64) *value |= (uint64_t)(byte & 127) << shift;
        if (!(byte & 128)) return true;
    }
    return fail(wire);
}

bool yd_wire_fixed(yd_wire *wire, int bytes, uint64_t *value)
{
    *value = 0;
    if (wire->failed || wire->at == wire->end) return false;
    if (wire->end - wire->at < bytes) return fail(wire);
    for (int i = 0; i < bytes; i++) *value |= (uint64_t)wire->at[i] << 8 * i;
    wire->at += bytes;
    return true;
}

static bool read_bytes(yd_wire *wire, yd_wire_field *field)
{
    if (!yd_wire_varint(wire, &field->value)) return fail(wire);
    if (field->value > (uint64_t)(wire->end - wire->at)) return fail(wire);
    field->bytes = yd_wire_on(wire->at, (size_t)field->value);
    wire->at += field->value;
    return true;
}

bool yd_wire_next(yd_wire *wire, yd_wire_field *field)
{
    uint64_t key;
    if (!yd_wire_varint(wire, &key)) return false;
    *field = (yd_wire_field){.number = (uint32_t)(key >> 3), .type = (yd_wire_type)(key & 7)};
    if (key >> 3 == 0 || key >> 3 >= 1 << 29) return fail(wire);
    switch (field->type) {
    case YD_WIRE_VARINT:
        return yd_wire_varint(wire, &field->value) || fail(wire);
    case YD_WIRE_64:
        return yd_wire_fixed(wire, 8, &field->value) || fail(wire);
    case YD_WIRE_32:
        return yd_wire_fixed(wire, 4, &field->value) || fail(wire);
    case YD_WIRE_BYTES:
        return read_bytes(wire, field);
    default: /* groups are of another age */
        return fail(wire);
    }
}

float yd_wire_float(uint64_t bits)
{
    uint32_t word = (uint32_t)bits;
    float value;
    memcpy(&value, &word, sizeof value);
    return value;
}

double yd_wire_double(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

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
