/* The wire format of protobuf: a message is a row of fields, each a key (number and type) and a value. */
#pragma once
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef enum yd_wire_type {
    YD_WIRE_VARINT = 0,
    YD_WIRE_64 = 1,
    YD_WIRE_BYTES = 2,
    YD_WIRE_32 = 5
} yd_wire_type;

typedef struct yd_wire {
    const uint8_t *at, *end;
    bool failed; /* what stood there is no message */
} yd_wire;

typedef struct yd_wire_field {
    uint32_t number;
    yd_wire_type type;
    uint64_t value; /* of BYTES: their count */
    yd_wire bytes;  /* of BYTES: to read them as a message */
} yd_wire_field;

static inline yd_wire yd_wire_on(const void *data, size_t length)
{
    const uint8_t *bytes = data;
    return (yd_wire){bytes, bytes + length, false};
}

/* What reads is inline: a history of a million values is read while somebody waits. */

static inline bool yd_wire_fail(yd_wire *wire)
{
    wire->failed = true;
    return false;
}

/* The next of packed numbers; false at the end or where failed. Looks at nothing beyond end, as all below. */
static inline bool yd_wire_varint(yd_wire *wire, uint64_t *value)
{
    *value = 0;
    if (wire->failed || wire->at == wire->end) return false;
    if (*wire->at < 128) {
        *value = *wire->at++;
        return true;
    }
    for (int shift = 0; shift < 70 && wire->at < wire->end; shift += 7) {
        uint8_t byte = *wire->at++;
        /* Of the tenth byte only one bit fits; what stands above it is lost, as elsewhere. */
        if (shift < 64) *value |= (uint64_t)(byte & 127) << shift;
        if (!(byte & 128)) return true;
    }
    return yd_wire_fail(wire);
}

static inline uint64_t yd_wire_load(const uint8_t *bytes, int count)
{
    uint64_t value = 0;
    for (int i = 0; i < count; i++) value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

/* bytes: 4 or 8, little-endian. */
static inline bool yd_wire_fixed(yd_wire *wire, int bytes, uint64_t *value)
{
    *value = 0;
    if (wire->failed || wire->at == wire->end) return false;
    if (wire->end - wire->at < bytes) return yd_wire_fail(wire);
    *value = bytes == 8 ? yd_wire_load(wire->at, 8) : yd_wire_load(wire->at, 4);
    wire->at += bytes;
    return true;
}

static inline bool yd_wire_bytes(yd_wire *wire, yd_wire_field *field)
{
    if (!yd_wire_varint(wire, &field->value)) return yd_wire_fail(wire);
    if (field->value > (uint64_t)(wire->end - wire->at)) return yd_wire_fail(wire);
    field->bytes = yd_wire_on(wire->at, (size_t)field->value);
    wire->at += field->value;
    return true;
}

/* The next field; false at the end, or where none can be read: then failed is set. */
static inline bool yd_wire_next(yd_wire *wire, yd_wire_field *field)
{
    uint64_t key;
    if (!yd_wire_varint(wire, &key)) return false;
    field->number = (uint32_t)(key >> 3);
    field->type = (yd_wire_type)(key & 7);
    if (key >> 3 == 0 || key >> 3 >= 1 << 29) return yd_wire_fail(wire);
    switch (field->type) {
    case YD_WIRE_VARINT:
        return yd_wire_varint(wire, &field->value) || yd_wire_fail(wire);
    case YD_WIRE_64:
        return yd_wire_fixed(wire, 8, &field->value) || yd_wire_fail(wire);
    case YD_WIRE_32:
        return yd_wire_fixed(wire, 4, &field->value) || yd_wire_fail(wire);
    case YD_WIRE_BYTES:
        return yd_wire_bytes(wire, field);
    default: /* groups are of another age */
        return yd_wire_fail(wire);
    }
}

static inline float yd_wire_float(uint64_t bits)
{
    uint32_t word = (uint32_t)bits;
    float value;
    memcpy(&value, &word, sizeof value);
    return value;
}

static inline double yd_wire_double(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Writing: a field each, to the end of text. */
void yd_wire_put_varint(yd_text *text, uint32_t number, uint64_t value);
void yd_wire_put_double(yd_text *text, uint32_t number, double value);
void yd_wire_put_float(yd_text *text, uint32_t number, float value);
void yd_wire_put_bytes(yd_text *text, uint32_t number, const void *bytes, size_t length);
/* The beginning of such a field: length bytes are to follow it, wherever they come from. */
void yd_wire_put_head(yd_text *text, uint32_t number, size_t length);
