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

size_t yd_decode_place(const yd_head *head, int image, int cell)
{
    size_t cells = (size_t)head->na * (size_t)head->h * (size_t)head->w;
    return ((size_t)image * cells + (size_t)cell) * (size_t)head->no;
}

void yd_decode_box(const yd_decoder *decoder, int level, int image, int cell, float out[4])
{
    const yd_head *head = &decoder->heads[level];
    size_t place = yd_decode_place(head, image, cell);
    int column = cell % head->w, row = cell / head->w % head->h, anchor = cell / head->w / head->h;
    float stride = (float)head->stride, s[4];
    for (size_t k = 0; k < 4; k++) s[k] = 2.0f * yd_sigmoid(yd_head_logit(head, place + k));
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
                size_t place = yd_decode_place(head, image, cell);
                yd_decode_box(decoder, level, image, cell, out);
                for (int k = 4; k < head->no; k++)
                    out[k] = yd_sigmoid(yd_head_logit(head, place + (size_t)k));
            }
        }
}
