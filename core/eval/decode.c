#include "eval/decode.h"
#include <math.h>

float yd_sigmoid(float logit)
{
    return 1.0f / (1.0f + expf(-logit));
}

float yd_logit_below(float p)
{
    if (!(p > 0)) return -INFINITY;
    if (p >= 1) return INFINITY;
    double logit = log((double)p) - log1p(-(double)p);
    return (float)(logit - 1e-4 * (1 + fabs(logit)));
}

int yd_decode_row_count(const yd_decoder *decoder)
{
    int rows = 0;
    for (int i = 0; i < decoder->nl; i++)
        rows += decoder->heads[i].na * decoder->heads[i].h * decoder->heads[i].w;
    return rows;
}

yd_cell yd_decode_cell(const yd_head *head, int image, int cell)
{
    int area = head->h * head->w, anchor = cell / area;
    return (yd_cell){.head = head,
                     .channel = anchor * head->no,
                     .place = yd_head_place(head, image, 0) + (size_t)(cell % area) * (size_t)head->lanes};
}

void yd_decode_box(const yd_decoder *decoder, int level, int image, int cell, float out[4])
{
    const yd_head *head = &decoder->heads[level];
    const yd_cell at = yd_decode_cell(head, image, cell);
    int column = cell % head->w, row = cell / head->w % head->h, anchor = cell / head->w / head->h;
    float stride = (float)head->stride, s[4];
    for (int k = 0; k < 4; k++) s[k] = 2.0f * yd_sigmoid(yd_cell_logit(&at, k));
    out[0] = (s[0] - 0.5f + (float)column) * stride;
    out[1] = (s[1] - 0.5f + (float)row) * stride;
    out[2] = s[2] * s[2] * decoder->anchors[level][anchor][0];
    out[3] = s[3] * s[3] * decoder->anchors[level][anchor][1];
}

void yd_decode(const yd_decoder *decoder, float *out)
{
    for (int image = 0; image < decoder->heads[0].b; image++)
        for (int level = 0; level < decoder->nl; level++) {
            const yd_head *head = &decoder->heads[level];
            int cells = head->na * head->h * head->w;
            for (int cell = 0; cell < cells; cell++, out += head->no) {
                const yd_cell at = yd_decode_cell(head, image, cell);
                yd_decode_box(decoder, level, image, cell, out);
                for (int k = 4; k < head->no; k++) out[k] = yd_sigmoid(yd_cell_logit(&at, k));
            }
        }
}
