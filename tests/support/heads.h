/* Heads of tests: in the plain order [b, na, h, w, no], and elements of any head by its indices. */
#pragma once
#include "model/plan.h"
#include "support/test.h"
#include <stdlib.h>

/* Fills in what makes the order of an otherwise complete head plain, its gradient of the same type. */
static inline yd_head yd_test_plain_head(yd_head head)
{
    head.lanes = head.no;
    head.image = (size_t)head.na * (size_t)head.h * (size_t)head.w * (size_t)head.no;
    head.gradient_dtype = head.dtype;
    return head;
}

static inline size_t yd_test_head_elements(const yd_head *head)
{
    return (size_t)head->b * (size_t)head->na * (size_t)head->h * (size_t)head->w * (size_t)head->no;
}

/* Where element number i of the plain order lies. */
static inline size_t yd_test_head_place(const yd_head *head, size_t i)
{
    size_t no = (size_t)head->no, cells = (size_t)head->h * (size_t)head->w, na = (size_t)head->na;
    size_t k = i % no, cell = i / no % cells, anchor = i / no / cells % na, image = i / no / cells / na;
    return yd_head_place(head, (int)image, (int)(anchor * no + k)) + cell * (size_t)head->lanes;
}

/* Element number i of the plain order. */
static inline double yd_test_head_element(const yd_head *head, size_t i)
{
    size_t place = yd_test_head_place(head, i);
    return head->dtype == YD_F64 ? ((const double *)head->data)[place]
                                 : (double)((const float *)head->data)[place];
}

/* The same numbers with lanes channels side by side, padded with zeros; data and gradient are to be freed. */
static inline yd_head yd_test_blocked_head(const yd_head *plain, int lanes, yd_dtype gradient_dtype)
{
    yd_head head = *plain;
    size_t blocks = ((size_t)head.na * (size_t)head.no + (size_t)lanes - 1) / (size_t)lanes;
    head.lanes = lanes;
    head.image = blocks * (size_t)lanes * (size_t)head.h * (size_t)head.w;
    head.gradient_dtype = gradient_dtype;
    head.data = calloc((size_t)head.b * head.image, yd_dtype_size(head.dtype));
    head.gradient = malloc((size_t)head.b * head.image * yd_dtype_size(gradient_dtype));
    REQUIRE(head.data && head.gradient);
    for (size_t i = 0; i < yd_test_head_elements(plain); i++)
        if (head.dtype == YD_F64)
            ((double *)head.data)[yd_test_head_place(&head, i)] = yd_test_head_element(plain, i);
        else
            ((float *)head.data)[yd_test_head_place(&head, i)] = (float)yd_test_head_element(plain, i);
    return head;
}
