/* What the parts of the export to ONNX share. */
#pragma once
#include "base/arena.h"
#include "io/onnx.h"

enum { YD_ONNX_NAME = 64, YD_ONNX_ENTRY = 160 }; /* lengths of names: of values; of weights */

typedef struct yd_onnx_lowering {
    const yd_onnx_export *what;
    const yd_model *model;
    yd_onnx *onnx;
    yd_arena *arena;
    yd_shape *shapes;      /* [value_count], at the size of the export */
    bool *wanted;          /* [node_count]: a head depends on it */
    const double **scales; /* [node_count]: what the norm multiplies each channel by */
    double *buffer;        /* for the largest entry of the model */
} yd_onnx_lowering;

/* "model.LAYER/NODE" and what follows it: names of values, which name their nodes too. An empty suffix is the
 * node's output. */
void yd_onnx_name(const yd_onnx_lowering *l, int node, const char *suffix, char out[YD_ONNX_NAME]);
/* An operation of ONNX whose inputs and output are such values, or the rest of one that has been begun. */
void yd_onnx_take(const yd_onnx_lowering *l, int node, const char *suffix);
void yd_onnx_give(const yd_onnx_lowering *l, int node, const char *suffix);
/* type of a and b (NULL: of a alone), as to. */
void yd_onnx_apply(const yd_onnx_lowering *l, int node, const char *type, const char *a, const char *b,
                   const char *to);
/* Constants of that name. */
void yd_onnx_real(const yd_onnx_lowering *l, int node, const char *suffix, float value);
void yd_onnx_integers(const yd_onnx_lowering *l, int node, const char *suffix, const int64_t *values,
                      int count);

/* The output of a level's HEAD as its value "…/boxes" [B, na * H * W, no]. */
yd_status yd_onnx_lower_boxes(const yd_onnx_lowering *l, int level, yd_error *error);

/* What the weight and the bias of a CONV or HEAD are called. */
void yd_onnx_weight_names(const yd_onnx_lowering *l, int node, char weight[YD_ONNX_ENTRY],
                          char bias[YD_ONNX_ENTRY]);
/* Adds both, the norm folded in; the weight's numbers are asked for later. */
yd_status yd_onnx_put_weights(const yd_onnx_lowering *l, int node, yd_error *error);
/* What a NORM multiplies by and adds, as the constants "scale" and "shift" [channels, 1, 1]. */
yd_status yd_onnx_put_norm(const yd_onnx_lowering *l, int node, yd_error *error);
/* Those numbers: [out, in / groups, kernel_h, kernel_w], of a transposed one [in, out / groups, kernel_h,
 * kernel_w]. */
void yd_onnx_fold_weight(const yd_onnx_lowering *l, int node, float *values);
