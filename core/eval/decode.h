/* Raw heads to boxes (model_and_loss.md, 4.13): x = (2 sigma(p0) - 0.5 + column) * stride, w = (2
 * sigma(p2))^2 * anchor width, …; in float32, as the reference does it. */
#pragma once
#include "model/plan.h"

/* anchors: [nl][na][w, h] in pixels of the network's input. */
typedef struct yd_decoder {
    const yd_head *heads;
    int nl;
    const float (*anchors)[5][2];
} yd_decoder;

/* Rows of one image: the sum over levels of na * h * w. */
int yd_decode_row_count(const yd_decoder *decoder);
/* All rows of all images: out [B, N, no] x, y, w, h in pixels, then objectness and classes as probabilities.
 * Order: level, anchor, row, column. */
void yd_decode(const yd_decoder *decoder, float *out);
/* One row: out [no]. cell counts within the level: (anchor * h + row) * w + column. */
void yd_decode_row(const yd_decoder *decoder, int level, int image, int cell, float *out);
/* The box alone: out [x, y, w, h]. */
void yd_decode_box(const yd_decoder *decoder, int level, int image, int cell, float out[4]);
float yd_sigmoid(float logit); /* 1 / (1 + exp(-x)) */
/* The largest logit, with a margin over rounding, whose probability is surely not above p: -INFINITY for p <=
 * 0. */
float yd_logit_below(float p);
