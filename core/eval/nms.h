/* Non-maximum suppression (data_and_metrics.md, 23), in float32 as specified. Two ways in, one result: dense
 * decoded rows, or raw heads, of which only cells that can pass the threshold are touched. */
#pragma once
#include "base/error.h"
#include "eval/decode.h"

typedef struct yd_nms_config {
    double conf, iou; /* strict: a row stays above conf, a box is suppressed above iou */
    bool multi_label; /* a detection for every class above conf (where nc > 1), not for the best one only */
    bool agnostic;    /* boxes of different classes suppress one another */
    const bool *classes;  /* [nc] which to keep; NULL: all */
    int max_det, max_nms; /* kept per image; candidates per image, the most confident (0: 300 and 30000) */
    double max_wh;        /* offset between classes, pixels: 7680, seed 4096 */
    double min_wh;        /* v6.1 only: rows with a side below this (2) or above max_wh are dropped; 0: off */
} yd_nms_config;

/* Scratch of the run, grows to the largest image seen (bounded by max_nms). */
typedef struct yd_nms yd_nms;
yd_status yd_nms_create(const yd_nms_config *config, yd_nms **nms, yd_error *error);
void yd_nms_destroy(yd_nms *nms);

/* rows: [count, 5 + nc] of one image. Rows that are not finite are dropped. *detections: [*found, 6] x1, y1,
 * x2, y2, conf, class in pixels of the rows, most confident first; owned by nms, valid until its next call.
 * MEMORY. */
yd_status yd_nms_rows(yd_nms *nms, const float *rows, int count, int nc, const float **detections, int *found,
                      yd_error *error);
/* The same for image of the heads, without decoding what cannot pass. */
yd_status yd_nms_heads(yd_nms *nms, const yd_decoder *decoder, int image, const float **detections,
                       int *found, yd_error *error);
