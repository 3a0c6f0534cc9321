/* Rows that NMS is to see where they are not of one pass's heads alone: of several looks at the same
 * pictures, and of labels among the predictions. Only rows whose objectness is above the threshold are kept;
 * the others NMS would drop first. */
#pragma once
#include "eval/decode.h"

typedef struct yd_candidates yd_candidates;

/* How boxes of a pass come back to pixels of the batch, and which rows of an image count, in the order of
 * yd_decode: those from first on that come before last. */
typedef struct yd_candidate_pass {
    double scale; /* the pass's size over the batch's */
    bool mirrored;
    int width; /* of the batch, in pixels */
    int first, last;
} yd_candidate_pass;

/* conf: the threshold of NMS; threads: at least 1. MEMORY. */
yd_status yd_candidates_create(double conf, int threads, yd_candidates **candidates, yd_error *error);
void yd_candidates_destroy(yd_candidates *candidates);
/* Begins a batch; memory is kept. MEMORY. */
yd_status yd_candidates_reset(yd_candidates *candidates, int images, int nc, yd_error *error);

/* Rows of the heads, behind those that are there. MEMORY. */
yd_status yd_candidates_add_heads(yd_candidates *candidates, const yd_decoder *decoder,
                                  const yd_candidate_pass *pass, yd_error *error);
/* Each label as a row that is sure of itself: targets [count, 6] image, class, x, y, w, h as shares of height
 * and width. A class beyond nc counts as none. MEMORY. (data_and_metrics.md, 23.1) */
yd_status yd_candidates_add_labels(yd_candidates *candidates, const float *targets, int count, int height,
                                   int width, yd_error *error);

/* [*count, 5 + nc] x, y, w, h, objectness, classes; valid until the candidates change. */
const float *yd_candidates_rows(const yd_candidates *candidates, int image, int *count);
int yd_candidates_classes(const yd_candidates *candidates);
