/* Every operation in a table of cases (odd sizes, channels that fill no block, strides, groups, segments,
 * several gradients), run on any backend: its backward pass against central finite differences of its own
 * forward pass, or all of it against the reference backend. */
#pragma once
#include "backend/backend.h"

enum { YD_CASE_SEGMENTS = 4 };

typedef struct yd_op_case {
    const char *name;
    yd_node node; /* parameters: an index above 0 where there is one, else 0 */
    int n, h, w;  /* of every input */
    int channels[YD_NODE_MAX_INPUTS]
                [YD_CASE_SEGMENTS]; /* of each input: segments, as of a concatenation; 0 ends them */
    int gradients;                  /* views that the output's gradient comes in */
    bool image;                     /* the input is the image: not padded, no gradient wanted */
} yd_op_case;

const yd_op_case *yd_op_cases(int *count);

/* The numbers of a case, or what came out for them, in plain order: one list for each thing that has values.
 */
enum {
    YD_CASE_INPUT,
    YD_CASE_WEIGHT = YD_CASE_INPUT + YD_NODE_MAX_INPUTS,
    YD_CASE_GAMMA,
    YD_CASE_BETA,
    YD_CASE_MEAN,
    YD_CASE_VARIANCE,
    YD_CASE_GRADIENT,
    YD_CASE_OUTPUT = YD_CASE_GRADIENT + YD_MAX_GRADIENT_VIEWS,
    YD_CASE_LISTS
};
typedef struct yd_op_list {
    double *v;
    size_t n;
} yd_op_list;
typedef struct yd_op_numbers {
    yd_op_list lists[YD_CASE_LISTS];
} yd_op_numbers;

void yd_op_list_make(yd_op_list *list, size_t n); /* zeros; freed with its numbers */
void yd_op_numbers_free(yd_op_numbers *all);
/* Forward, and in TRAIN mode backward. out, empty before: gradients in the lists of what they belong to; the
 * output; the running statistics after the pass. */
void yd_op_case_run(const yd_backend *backend, const yd_op_case *c, yd_mode mode, bool accumulate,
                    const yd_op_numbers *in, yd_op_numbers *out);

/* Gradients of inputs and parameters: the loss is the sum of output times the gradient that comes in. step:
 * of the difference; tolerance: relative to the largest magnitude of each gradient. */
void yd_op_case_differentiate(const yd_backend *backend, const yd_op_case *c, double step, double tolerance);
/* Forward in both modes, running statistics, gradients, accumulation: off by at most tolerance of the largest
 * magnitude. */
void yd_op_case_compare(const yd_backend *backend, const yd_op_case *c, double tolerance);
/* The same for the whole table. */
void yd_op_cases_compare(const yd_backend *backend, double tolerance);
