/* A model as an ONNX file: one input "images" [B, 3, H, W] of RGB in [0, 1], one output "output0" [B, N, 5 +
 * nc] of decoded boxes as validation has them before NMS: x, y, w, h in pixels, objectness, classes. Norms
 * are folded into the convolutions before them; what no head depends on is left out. The properties "stride"
 * and "names" are those that YOLOv5's own reader of ONNX files looks for. */
#pragma once
#include "io/onnx_file.h"
#include "model/model.h"

typedef struct yd_onnx_export {
    const yd_model *model; /* with the anchors of set: yd_model_read_anchors */
    const yd_param_set *set;
    const char *const *names; /* [nc] */
    int batch, height, width; /* multiples of the model's largest stride */
    bool dynamic;             /* batch, height and width are whatever the file is run with */
    bool half;                /* weights, input and output in float16 */
    int opset;                /* YD_ONNX_FIRST_OPSET to YD_ONNX_LAST_OPSET */
} yd_onnx_export;

/* Writes the file, whole or not at all. UNSUPPORTED where the size does not fit the model, or the file would
 * be too large; IO, MEMORY. rows: how many boxes an image of that size gives (N); may be NULL. */
yd_status yd_onnx_export_model(const char *path, const yd_onnx_export *what, int *rows, yd_error *error);
