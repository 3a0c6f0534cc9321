/* The wire format of protobuf: a message is a row of fields, each a key (number and type) and a value. */
#pragma once
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* The next field; false at the end, or where none can be read: then failed is set. Looks at nothing beyond
 * end. */
bool yd_wire_next(yd_wire *wire, yd_wire_field *field);
/* The next of packed numbers; false at the end or where failed. */
bool yd_wire_varint(yd_wire *wire, uint64_t *value);
bool yd_wire_fixed(yd_wire *wire, int bytes, uint64_t *value); /* 4 or 8, little-endian */

float yd_wire_float(uint64_t bits);
double yd_wire_double(uint64_t bits);

/* Writing: a field each, to the end of text. */
void yd_wire_put_varint(yd_text *text, uint32_t number, uint64_t value);
void yd_wire_put_double(yd_text *text, uint32_t number, double value);
void yd_wire_put_float(yd_text *text, uint32_t number, float value);
void yd_wire_put_bytes(yd_text *text, uint32_t number, const void *bytes, size_t length);
/* The beginning of such a field: length bytes are to follow it, wherever they come from. */
void yd_wire_put_head(yd_text *text, uint32_t number, size_t length);
