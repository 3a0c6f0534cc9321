/* ONNX files: a graph of nodes and tensors, gathered piece by piece and written in protobuf's wire format.
 * (onnx.proto of ONNX, IR versions 7 to 14) */
#pragma once
#include "base/error.h"
#include "base/text.h"
#include "base/vector.h"
#include <stdint.h>

typedef enum yd_onnx_type { YD_ONNX_FLOAT = 1, YD_ONNX_INT64 = 7, YD_ONNX_HALF = 10 } yd_onnx_type;

/* Zero-initialise but for what is said. Where memory runs out it is remembered, and yd_onnx_write says so. */
typedef struct yd_onnx {
    yd_onnx_type real;  /* set before use: what real numbers are kept as, FLOAT or HALF */
    int opset;          /* set before use: YD_ONNX_FIRST_OPSET to YD_ONNX_LAST_OPSET */
    yd_text body;       /* fields of the graph: nodes, small tensors, inputs and outputs */
    yd_text node;       /* the node under construction */
    yd_text heads;      /* of large tensors: their fields but for the numbers */
    yd_vector large;    /* their places */
    yd_text properties; /* fields of the model: metadata */
    yd_text scratch[2]; /* messages within messages */
} yd_onnx;
void yd_onnx_free(yd_onnx *onnx);

enum { YD_ONNX_FIRST_OPSET = 12, YD_ONNX_LAST_OPSET = 28 };

/* A node: begin, then its inputs ("" for one that is left out) and outputs in order and its attributes, then
 * end. */
void yd_onnx_begin(yd_onnx *onnx, const char *type);
void yd_onnx_input(yd_onnx *onnx, const char *name);
void yd_onnx_output(yd_onnx *onnx, const char *name);
void yd_onnx_int(yd_onnx *onnx, const char *name, int64_t value);
void yd_onnx_ints(yd_onnx *onnx, const char *name, const int64_t *values, int count);
void yd_onnx_float(yd_onnx *onnx, const char *name, float value);
void yd_onnx_string(yd_onnx *onnx, const char *name, const char *value);
/* name: the node's own; no two are the same. */
void yd_onnx_end(yd_onnx *onnx, const char *name);

/* Constant tensors, row-major. */
void yd_onnx_put_integers(yd_onnx *onnx, const char *name, const int64_t *values, int count);
void yd_onnx_put_scalar(yd_onnx *onnx, const char *name, int64_t value);
void yd_onnx_put_reals(yd_onnx *onnx, const char *name, const int64_t *dims, int rank, const float *values);
/* One whose numbers are asked for, by this number, when the file is written. */
void yd_onnx_put_later(yd_onnx *onnx, const char *name, const int64_t *dims, int rank, int number);

/* An input or output of the graph, of reals. A dimension is its size, or 0: then it is called as in
 * free_names. */
typedef struct yd_onnx_value {
    const char *name;
    int64_t dims[4];
    const char *free_names[4];
    int rank;
    bool output;
} yd_onnx_value;
void yd_onnx_put_value(yd_onnx *onnx, const yd_onnx_value *value);
void yd_onnx_put_property(yd_onnx *onnx, const char *key, const char *value);

/* Writes the numbers of tensor number to values, [elements]. */
typedef void yd_onnx_fill(void *context, int number, float *values);
/* Writes the file, whole or not at all, one large tensor in memory at a time. UNSUPPORTED from 2 GiB up,
 * which protobuf cannot hold; IO, MEMORY. */
yd_status yd_onnx_write(yd_onnx *onnx, const char *path, yd_onnx_fill *fill, void *context, yd_error *error);
