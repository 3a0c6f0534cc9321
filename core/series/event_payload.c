/* What the payload of a record says: the messages Event, SessionLog, SourceMetadata, Summary and its Value,
 * SummaryMetadata and TensorProto, by the numbers of their fields (tensorboard/compat/proto). */
#include "series/event_payload.h"
#include "base/protobuf.h"
#include <math.h>
#include <string.h>

enum event_field {
    EVENT_WALL_TIME = 1,
    EVENT_STEP = 2,
    EVENT_FILE_VERSION = 3,
    EVENT_SUMMARY = 5,
    EVENT_SESSION_LOG = 7,
    EVENT_SOURCE = 10
};
enum { SUMMARY_VALUE = 1, SESSION_STATUS = 1, SESSION_START = 1, SOURCE_WRITER = 1 };
enum { METADATA_PLUGIN = 1, PLUGIN_NAME = 1, SHAPE_DIMENSION = 2, DIMENSION_SIZE = 1 };
enum value_field { VALUE_TAG = 1, VALUE_SIMPLE = 2, VALUE_TENSOR = 8, VALUE_METADATA = 9 };
enum tensor_field { TENSOR_TYPE = 1, TENSOR_SHAPE = 2, TENSOR_CONTENT = 4 };

typedef struct reader {
    yd_event_receiver *receive;
    void *context;
    yd_event_item item;
} reader;

static void hand_on(reader *own, yd_event_item_kind kind, const yd_wire *text)
{
    own->item.kind = kind;
    own->item.tag = text ? (const char *)text->at : "";
    own->item.tag_length = text ? (size_t)(text->end - text->at) : 0;
    own->receive(own->context, &own->item);
}

/* Tensors. */

typedef enum layout { LAYOUT_FLOAT, LAYOUT_HALF, LAYOUT_BFLOAT, LAYOUT_SIGNED, LAYOUT_UNSIGNED } layout;

/* By DataType: how a number stands in tensor_content, and which field lists such numbers otherwise. */
static const struct type {
    uint8_t bytes; /* 0: no number */
    uint8_t field;
    layout layout;
} types[] = {
    [1] = {4, 5, LAYOUT_FLOAT},      /* float */
    [2] = {8, 6, LAYOUT_FLOAT},      /* double */
    [3] = {4, 7, LAYOUT_SIGNED},     /* int32 */
    [4] = {1, 7, LAYOUT_UNSIGNED},   /* uint8 */
    [5] = {2, 7, LAYOUT_SIGNED},     /* int16 */
    [6] = {1, 7, LAYOUT_SIGNED},     /* int8 */
    [9] = {8, 10, LAYOUT_SIGNED},    /* int64 */
    [10] = {1, 11, LAYOUT_UNSIGNED}, /* bool */
    [14] = {2, 13, LAYOUT_BFLOAT},   /* bfloat16 */
    [17] = {2, 7, LAYOUT_UNSIGNED},  /* uint16 */
    [19] = {2, 13, LAYOUT_HALF},     /* half */
    [22] = {4, 16, LAYOUT_UNSIGNED}, /* uint32 */
    [23] = {8, 17, LAYOUT_UNSIGNED}, /* uint64 */
};

static double half_number(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double fraction = (double)(bits & 1023), sign = bits & 0x8000 ? -1 : 1;
    if (exponent == 31) return bits & 1023 ? (double)NAN : sign * (double)INFINITY;
    return sign * (exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24));
}

static double number_of(const struct type *type, uint64_t bits)
{
    unsigned unused = (64 - 8 * (unsigned)type->bytes) & 63;
    switch (type->layout) {
    case LAYOUT_FLOAT:
        return type->bytes == 8 ? yd_wire_double(bits) : (double)yd_wire_float(bits);
    case LAYOUT_HALF:
        return half_number(bits);
    case LAYOUT_BFLOAT:
        return (double)yd_wire_float((bits & 0xffff) << 16);
    case LAYOUT_SIGNED:
        return (double)((int64_t)(bits << unused) >> unused);
    case LAYOUT_UNSIGNED:
        return (double)(bits << unused >> unused);
    }
    return NAN;
}

static uint64_t load(const uint8_t *bytes, int count)
{
    uint64_t value = 0;
    for (int i = 0; i < count; i++) value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

/* Whether all dimensions are 1. */
static bool is_single(yd_wire shape)
{
    yd_wire_field field, size;
    bool single = true;
    while (yd_wire_next(&shape, &field)) {
        if (field.number != SHAPE_DIMENSION || field.type != YD_WIRE_BYTES) continue;
        uint64_t extent = 0;
        while (yd_wire_next(&field.bytes, &size))
            if (size.number == DIMENSION_SIZE && size.type == YD_WIRE_VARINT) extent = size.value;
        single &= extent == 1 && !field.bytes.failed;
    }
    return single && !shape.failed;
}

/* The first of the numbers of a list: packed, or one a field. */
static bool first_of(const struct type *type, yd_wire_field *field, uint64_t *bits)
{
    if (field->type != YD_WIRE_BYTES) {
        *bits = field->value;
        return true;
    }
    bool fixed = type->field == 5 || type->field == 6;
    return fixed ? yd_wire_fixed(&field->bytes, type->bytes, bits) : yd_wire_varint(&field->bytes, bits);
}

/* The number in a tensor that has but one; false for all others. A list that is empty stands for 0. */
static bool tensor_number(yd_wire tensor, double *number)
{
    yd_wire_field field;
    const struct type *type = NULL;
    uint64_t bits = 0;
    yd_wire pass = tensor;
    while (yd_wire_next(&pass, &field)) {
        if (field.number == TENSOR_TYPE && field.type == YD_WIRE_VARINT)
            type = field.value < sizeof types / sizeof *types ? &types[field.value] : NULL;
        if (field.number == TENSOR_SHAPE && field.type == YD_WIRE_BYTES && !is_single(field.bytes))
            return false;
    }
    if (pass.failed || !type || !type->bytes) return false;
    while (yd_wire_next(&tensor, &field)) {
        if (field.number == TENSOR_CONTENT && field.type == YD_WIRE_BYTES && field.value == type->bytes) {
            bits = load(field.bytes.at, type->bytes);
            break;
        }
        if (field.number == type->field && first_of(type, &field, &bits)) break;
    }
    *number = number_of(type, bits);
    return true;
}

/* Summaries. */

/* Scalars by name, or of a writer that names no plugin. */
static bool is_scalar_plugin(yd_wire metadata)
{
    yd_wire_field field, part;
    while (yd_wire_next(&metadata, &field)) {
        if (field.number != METADATA_PLUGIN || field.type != YD_WIRE_BYTES) continue;
        while (yd_wire_next(&field.bytes, &part))
            if (part.number == PLUGIN_NAME && part.type == YD_WIRE_BYTES && part.value)
                return part.value == 7 && memcmp(part.bytes.at, "scalars", 7) == 0;
    }
    return true;
}

static bool read_value(reader *own, yd_wire value)
{
    yd_wire_field field;
    yd_wire tag = {0};
    bool scalar = false, other = false;
    while (yd_wire_next(&value, &field)) {
        bool bytes = field.type == YD_WIRE_BYTES;
        if (field.number == VALUE_TAG && bytes) tag = field.bytes;
        if (field.number == VALUE_SIMPLE && field.type == YD_WIRE_32) {
            own->item.value = (double)yd_wire_float(field.value);
            scalar = true;
        }
        if (field.number == VALUE_TENSOR && bytes) scalar |= tensor_number(field.bytes, &own->item.value);
        if (field.number == VALUE_METADATA && bytes) other |= !is_scalar_plugin(field.bytes);
    }
    if (scalar && !other && !value.failed) hand_on(own, YD_ITEM_SCALAR, &tag);
    return !value.failed;
}

static bool read_summary(reader *own, yd_wire summary)
{
    yd_wire_field field;
    while (yd_wire_next(&summary, &field))
        if (field.number == SUMMARY_VALUE && field.type == YD_WIRE_BYTES && !read_value(own, field.bytes))
            return false;
    return !summary.failed;
}

static bool read_session(reader *own, yd_wire session)
{
    yd_wire_field field;
    bool starts = false;
    while (yd_wire_next(&session, &field))
        if (field.number == SESSION_STATUS && field.type == YD_WIRE_VARINT)
            starts = field.value == SESSION_START;
    if (starts && !session.failed) hand_on(own, YD_ITEM_RESTART, NULL);
    return !session.failed;
}

static bool read_source(reader *own, yd_wire source)
{
    yd_wire_field field;
    while (yd_wire_next(&source, &field))
        if (field.number == SOURCE_WRITER && field.type == YD_WIRE_BYTES)
            hand_on(own, YD_ITEM_WRITER, &field.bytes);
    return !source.failed;
}

bool yd_event_payload_read(const void *payload, size_t length, int64_t offset, yd_event_receiver *receive,
                           void *context)
{
    reader own = {.receive = receive, .context = context, .item.offset = offset};
    yd_wire wire = yd_wire_on(payload, length), pass = wire;
    yd_wire_field field;
    /* Step and time are of all that the record says, and may stand behind it. */
    while (yd_wire_next(&pass, &field)) {
        if (field.number == EVENT_WALL_TIME && field.type == YD_WIRE_64)
            own.item.wall = yd_wire_double(field.value);
        if (field.number == EVENT_STEP && field.type == YD_WIRE_VARINT) own.item.step = (int64_t)field.value;
    }
    if (pass.failed) return false;
    bool good = true;
    while (good && yd_wire_next(&wire, &field)) {
        if (field.type != YD_WIRE_BYTES) continue;
        if (field.number == EVENT_FILE_VERSION) hand_on(&own, YD_ITEM_VERSION, &field.bytes);
        if (field.number == EVENT_SUMMARY) good = read_summary(&own, field.bytes);
        if (field.number == EVENT_SESSION_LOG) good = read_session(&own, field.bytes);
        if (field.number == EVENT_SOURCE) good = read_source(&own, field.bytes);
    }
    return good;
}
