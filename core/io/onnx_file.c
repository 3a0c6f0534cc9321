#include "io/onnx_file.h"
#include "base/file.h"
#include "base/protobuf.h"
#include "io/half.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Numbers of fields. */
enum {
    MODEL_IR_VERSION = 1,
    MODEL_PRODUCER,
    MODEL_PRODUCER_VERSION,
    MODEL_GRAPH = 7,
    MODEL_OPSETS,
    MODEL_PROPERTIES = 14
};
enum { OPSET_VERSION = 2, PROPERTY_KEY = 1, PROPERTY_VALUE };
enum { GRAPH_NODE = 1, GRAPH_NAME, GRAPH_TENSOR = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT };
enum { NODE_INPUT = 1, NODE_OUTPUT, NODE_NAME, NODE_TYPE, NODE_ATTRIBUTE };
enum {
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_FLOAT,
    ATTRIBUTE_INT,
    ATTRIBUTE_STRING,
    ATTRIBUTE_INTS = 8,
    ATTRIBUTE_KIND = 20
};
enum { KIND_FLOAT = 1, KIND_INT, KIND_STRING, KIND_INTS = 7 };
enum { TENSOR_DIMS = 1, TENSOR_TYPE, TENSOR_NAME = 8, TENSOR_RAW };
enum {
    VALUE_NAME = 1,
    VALUE_TYPE,
    TYPE_TENSOR = 1,
    TENSOR_TYPE_ELEMENT = 1,
    TENSOR_TYPE_SHAPE,
    SHAPE_DIM = 1,
    DIM_SIZE = 1,
    DIM_NAME
};

/* The IR version that came with each set of operators. */
static const int ir_versions[YD_ONNX_LAST_OPSET - YD_ONNX_FIRST_OPSET + 1] = {
    7, 7, 7, 8, 8, 8, 8, 9, 9, 10, 10, 11, 12, 13, 13, 13, 14};

typedef struct large_tensor {
    size_t head, head_length; /* in heads */
    size_t elements;
    int number;
} large_tensor;

void yd_onnx_free(yd_onnx *onnx)
{
    yd_text *const texts[] = {&onnx->body,       &onnx->node,       &onnx->heads,
                              &onnx->properties, &onnx->scratch[0], &onnx->scratch[1]};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) yd_text_free(texts[i]);
    yd_vector_free(&onnx->large);
}

static void put_text(yd_text *out, uint32_t number, const char *string)
{
    yd_wire_put_bytes(out, number, string, strlen(string));
}

static void put_message(yd_text *out, uint32_t number, const yd_text *message)
{
    if (message->failed) out->failed = true;
    yd_wire_put_bytes(out, number, message->data, message->length);
}

/* Nodes. */

void yd_onnx_begin(yd_onnx *onnx, const char *type)
{
    yd_text_clear(&onnx->node);
    put_text(&onnx->node, NODE_TYPE, type);
}

void yd_onnx_input(yd_onnx *onnx, const char *name)
{
    put_text(&onnx->node, NODE_INPUT, name);
}

void yd_onnx_output(yd_onnx *onnx, const char *name)
{
    put_text(&onnx->node, NODE_OUTPUT, name);
}

static yd_text *begin_attribute(yd_onnx *onnx, const char *name, uint64_t kind)
{
    yd_text *attribute = &onnx->scratch[0];
    yd_text_clear(attribute);
    put_text(attribute, ATTRIBUTE_NAME, name);
    yd_wire_put_varint(attribute, ATTRIBUTE_KIND, kind);
    return attribute;
}

void yd_onnx_int(yd_onnx *onnx, const char *name, int64_t value)
{
    yd_text *attribute = begin_attribute(onnx, name, KIND_INT);
    yd_wire_put_varint(attribute, ATTRIBUTE_INT, (uint64_t)value);
    put_message(&onnx->node, NODE_ATTRIBUTE, attribute);
}

void yd_onnx_ints(yd_onnx *onnx, const char *name, const int64_t *values, int count)
{
    yd_text *attribute = begin_attribute(onnx, name, KIND_INTS);
    for (int i = 0; i < count; i++) yd_wire_put_varint(attribute, ATTRIBUTE_INTS, (uint64_t)values[i]);
    put_message(&onnx->node, NODE_ATTRIBUTE, attribute);
}

void yd_onnx_float(yd_onnx *onnx, const char *name, float value)
{
    yd_text *attribute = begin_attribute(onnx, name, KIND_FLOAT);
    yd_wire_put_float(attribute, ATTRIBUTE_FLOAT, value);
    put_message(&onnx->node, NODE_ATTRIBUTE, attribute);
}

void yd_onnx_string(yd_onnx *onnx, const char *name, const char *value)
{
    yd_text *attribute = begin_attribute(onnx, name, KIND_STRING);
    put_text(attribute, ATTRIBUTE_STRING, value);
    put_message(&onnx->node, NODE_ATTRIBUTE, attribute);
}

void yd_onnx_end(yd_onnx *onnx, const char *name)
{
    put_text(&onnx->node, NODE_NAME, name);
    put_message(&onnx->body, GRAPH_NODE, &onnx->node);
}

/* Tensors. */

static size_t begin_tensor(yd_text *out, const char *name, yd_onnx_type type, const int64_t *dims, int rank)
{
    size_t elements = 1;
    for (int i = 0; i < rank; i++) {
        yd_wire_put_varint(out, TENSOR_DIMS, (uint64_t)dims[i]);
        elements *= (size_t)dims[i];
    }
    yd_wire_put_varint(out, TENSOR_TYPE, type);
    put_text(out, TENSOR_NAME, name);
    return elements;
}

static void put_integers(yd_onnx *onnx, const char *name, const int64_t *values, int count, int rank)
{
    yd_text *tensor = &onnx->scratch[0];
    yd_text_clear(tensor);
    begin_tensor(tensor, name, YD_ONNX_INT64, &(int64_t){count}, rank);
    yd_wire_put_bytes(tensor, TENSOR_RAW, values, (size_t)count * sizeof *values);
    put_message(&onnx->body, GRAPH_TENSOR, tensor);
}

void yd_onnx_put_integers(yd_onnx *onnx, const char *name, const int64_t *values, int count)
{
    put_integers(onnx, name, values, count, 1);
}

void yd_onnx_put_scalar(yd_onnx *onnx, const char *name, int64_t value)
{
    put_integers(onnx, name, &value, 1, 0);
}

static size_t real_size(const yd_onnx *onnx)
{
    return onnx->real == YD_ONNX_HALF ? sizeof(uint16_t) : sizeof(float);
}

void yd_onnx_put_reals(yd_onnx *onnx, const char *name, const int64_t *dims, int rank, const float *values)
{
    yd_text *tensor = &onnx->scratch[0];
    yd_text_clear(tensor);
    size_t elements = begin_tensor(tensor, name, onnx->real, dims, rank);
    yd_wire_put_head(tensor, TENSOR_RAW, elements * real_size(onnx));
    for (size_t i = 0; onnx->real == YD_ONNX_HALF && i < elements; i++)
        yd_text_add_bytes(tensor, &(uint16_t){yd_float_to_half(values[i])}, sizeof(uint16_t));
    if (onnx->real == YD_ONNX_FLOAT) yd_text_add_bytes(tensor, values, elements * sizeof *values);
    put_message(&onnx->body, GRAPH_TENSOR, tensor);
}

void yd_onnx_put_later(yd_onnx *onnx, const char *name, const int64_t *dims, int rank, int number)
{
    yd_text *tensor = &onnx->scratch[0];
    yd_text_clear(tensor);
    large_tensor large = {.head = onnx->heads.length, .number = number};
    large.elements = begin_tensor(tensor, name, onnx->real, dims, rank);
    size_t bytes = large.elements * real_size(onnx);
    yd_wire_put_head(tensor, TENSOR_RAW, bytes);
    yd_wire_put_head(&onnx->heads, GRAPH_TENSOR, tensor->length + bytes);
    yd_text_add_bytes(&onnx->heads, tensor->data, tensor->length);
    large.head_length = onnx->heads.length - large.head;
    onnx->large.size = sizeof large;
    if (tensor->failed || !yd_vector_push(&onnx->large, &large)) onnx->heads.failed = true;
}

/* The graph's inputs and outputs, and what stands beside it. */

static void put_dim(yd_text *shape, yd_text *dim, int64_t size, const char *free_name)
{
    yd_text_clear(dim);
    if (size)
        yd_wire_put_varint(dim, DIM_SIZE, (uint64_t)size);
    else
        put_text(dim, DIM_NAME, free_name);
    put_message(shape, SHAPE_DIM, dim);
}

void yd_onnx_put_value(yd_onnx *onnx, const yd_onnx_value *value)
{
    yd_text *outer = &onnx->scratch[0], *inner = &onnx->scratch[1], shape = {0};
    for (int i = 0; i < value->rank; i++) put_dim(&shape, inner, value->dims[i], value->free_names[i]);
    yd_text_clear(outer); /* the tensor's type */
    yd_wire_put_varint(outer, TENSOR_TYPE_ELEMENT, onnx->real);
    put_message(outer, TENSOR_TYPE_SHAPE, &shape);
    yd_text_clear(inner); /* the value's */
    put_message(inner, TYPE_TENSOR, outer);
    yd_text_clear(outer);
    put_text(outer, VALUE_NAME, value->name);
    put_message(outer, VALUE_TYPE, inner);
    put_message(&onnx->body, value->output ? GRAPH_OUTPUT : GRAPH_INPUT, outer);
    yd_text_free(&shape);
}

void yd_onnx_put_property(yd_onnx *onnx, const char *key, const char *value)
{
    yd_text *property = &onnx->scratch[0];
    yd_text_clear(property);
    put_text(property, PROPERTY_KEY, key);
    put_text(property, PROPERTY_VALUE, value);
    put_message(&onnx->properties, MODEL_PROPERTIES, property);
}

/* The file. */

typedef struct output {
    const yd_onnx *onnx;
    yd_atomic_file file;
    float *values; /* for the largest tensor, and its halves */
    uint16_t *halves;
    yd_onnx_fill *fill;
    void *context;
    yd_error *error;
} output;

static const large_tensor *large_at(const yd_onnx *onnx, size_t index)
{
    return &YD_AT(large_tensor, &onnx->large, index);
}

static yd_status write_large(output *out, const large_tensor *tensor)
{
    const yd_onnx *onnx = out->onnx;
    const void *bytes = out->values;
    YD_TRY(yd_atomic_write(&out->file, onnx->heads.data + tensor->head, tensor->head_length, out->error));
    out->fill(out->context, tensor->number, out->values);
    if (onnx->real == YD_ONNX_HALF) {
        for (size_t i = 0; i < tensor->elements; i++) out->halves[i] = yd_float_to_half(out->values[i]);
        bytes = out->halves;
    }
    return yd_atomic_write(&out->file, bytes, tensor->elements * real_size(onnx), out->error);
}

static yd_status write_parts(output *out, const yd_text *before, const yd_text *after)
{
    const yd_onnx *onnx = out->onnx;
    YD_TRY(yd_atomic_write(&out->file, before->data, before->length, out->error));
    YD_TRY(yd_atomic_write(&out->file, onnx->body.data, onnx->body.length, out->error));
    for (size_t i = 0; i < onnx->large.count; i++) YD_TRY(write_large(out, large_at(onnx, i)));
    YD_TRY(yd_atomic_write(&out->file, after->data, after->length, out->error));
    return yd_atomic_commit(&out->file, out->error);
}

static yd_status write_file(output *out, const char *path, const yd_text *before, const yd_text *after)
{
    size_t most = 1;
    for (size_t i = 0; i < out->onnx->large.count; i++)
        if (large_at(out->onnx, i)->elements > most) most = large_at(out->onnx, i)->elements;
    out->values = malloc(most * sizeof *out->values);
    out->halves = malloc(most * sizeof *out->halves);
    yd_status status = YD_OK;
    if (!out->values || !out->halves || before->failed || after->failed || out->onnx->heads.failed)
        status = yd_fail(out->error, YD_ERR_MEMORY, "%s: no memory to write it", path);
    if (status == YD_OK) status = yd_atomic_open(&out->file, path, out->error);
    if (status == YD_OK) {
        status = write_parts(out, before, after);
        if (status != YD_OK) yd_atomic_drop(&out->file);
    }
    free(out->halves);
    free(out->values);
    return status;
}

yd_status yd_onnx_write(yd_onnx *onnx, const char *path, yd_onnx_fill *fill, void *context, yd_error *error)
{
    YD_ASSERT(onnx->opset >= YD_ONNX_FIRST_OPSET && onnx->opset <= YD_ONNX_LAST_OPSET);
    yd_text before = {0}, after = {0};
    output out = {.onnx = onnx, .fill = fill, .context = context, .error = error};
    put_text(&onnx->body, GRAPH_NAME, "yolodeck");
    size_t length = onnx->body.length;
    for (size_t i = 0; i < onnx->large.count; i++)
        length += large_at(onnx, i)->head_length + large_at(onnx, i)->elements * real_size(onnx);
    if (length > INT_MAX - 65536)
        return yd_fail(error, YD_ERR_UNSUPPORTED,
                       "%s: would take %zu bytes, and an ONNX file holds at most 2 GiB", path, length);
    yd_wire_put_varint(&before, MODEL_IR_VERSION, (uint64_t)ir_versions[onnx->opset - YD_ONNX_FIRST_OPSET]);
    put_text(&before, MODEL_PRODUCER, "yolodeck");
    yd_wire_put_head(&before, MODEL_GRAPH, length);
    yd_text *opset = &onnx->scratch[0];
    yd_text_clear(opset);
    yd_wire_put_varint(opset, OPSET_VERSION, (uint64_t)onnx->opset);
    put_message(&after, MODEL_OPSETS, opset);
    yd_text_add_bytes(&after, onnx->properties.data, onnx->properties.length);
    if (onnx->body.failed || onnx->node.failed || onnx->properties.failed) after.failed = true;
    yd_status status = write_file(&out, path, &before, &after);
    yd_text_free(&after);
    yd_text_free(&before);
    return status;
}
