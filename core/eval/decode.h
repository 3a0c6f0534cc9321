/* Raw heads to boxes (model_and_loss.md, 4.13): x = (2 sigma(p0) - 0.5 + column) * stride,
 * w = (2 sigma(p2))^2 * anchor width, likewise y and h; in float32, as the reference does it. */
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

/* Single cells, for who touches few: cell counts within the level, (anchor * h + row) * w + column. */
void yd_decode_box(const yd_decoder *decoder, int level, int image, int cell, float out[4]); /* x, y, w, h */
/* A logit as float32, whatever the head's dtype. */
static inline float yd_head_logit(const yd_head *head, size_t place)
{
    return head->dtype == YD_F32 ? ((const float *)head->data)[place]
                                 : (float)((const double *)head->data)[place];
}
/* A cell of an anchor: its first channel, and where channel 0 lies for it. */
typedef struct yd_cell {
    const yd_head *head;
    int channel;
    size_t place;
} yd_cell;
yd_cell yd_decode_cell(const yd_head *head, int image, int cell);
/* Its logit number k: x, y, w, h, objectness, classes. */
static inline float yd_cell_logit(const yd_cell *cell, int k)
{
    return yd_head_logit(cell->head, cell->place + yd_head_place(cell->head, 0, cell->channel + k));
}
float yd_sigmoid(float logit); /* 1 / (1 + exp(-x)) */
/* A logit from which down yd_sigmoid is surely not above p; a little margin over rounding is left.
 * -INFINITY for p <= 0, where nothing is sure. */
float yd_logit_below(float p);
