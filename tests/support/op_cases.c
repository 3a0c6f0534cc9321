#include "support/op_cases.h"

/* Convolutions: input channels, output channels, kernel, stride, padding. */
#define CONV(in, out, k, s, p)                                                                               \
    .kind = YD_OP_CONV, .input_count = 1, .in_channels = (in), .out_channels = (out), .kernel_h = (k),       \
    .kernel_w = (k), .stride_h = (s), .stride_w = (s), .pad_h = (p), .pad_w = (p), .groups = 1, .weight = 1
#define NORM .norm = true, .gamma = 1, .beta = 1, .mean = 1, .variance = 1
#define BARE .gamma = -1, .beta = -1, .mean = -1, .variance = -1
#define HEAD(in, na, no)                                                                                     \
    .kind = YD_OP_HEAD, .input_count = 1, .in_channels = (in), .out_channels = (na) * (no), .kernel_h = 1,   \
    .kernel_w = 1, .stride_h = 1, .stride_w = 1, .groups = 1, .anchors_per_cell = (na),                      \
    .outputs_per_anchor = (no), .weight = 1, .beta = 1
#define POOL(k)                                                                                              \
    .kind = YD_OP_MAX_POOL, .input_count = 1, .kernel_h = (k), .kernel_w = (k), .stride_h = 1, .stride_w = 1

static const yd_op_case cases[] = {
    {"conv 1x1, SiLU", {CONV(16, 24, 1, 1, 0), NORM, .activation = YD_ACT_SILU}, 2, 6, 6, {{16}}, 1, false},
    {"conv 1x1, 4 gradients",
     {CONV(5, 19, 1, 1, 0), NORM, .activation = YD_ACT_SILU},
     2,
     5,
     7,
     {{5}},
     4,
     false},
    {"conv 1x1 of a concatenation",
     {CONV(12, 8, 1, 1, 0), NORM, .activation = YD_ACT_SILU},
     2,
     4,
     4,
     {{5, 7}},
     1,
     false},
    {"conv 1x1 of one cell",
     {CONV(20, 8, 1, 1, 0), NORM, .activation = YD_ACT_SILU},
     3,
     1,
     1,
     {{20}},
     2,
     false},
    {"conv 3x3", {CONV(8, 16, 3, 1, 1), NORM, .activation = YD_ACT_SILU}, 2, 7, 5, {{8}}, 2, false},
    {"conv 3x3, batch of 1",
     {CONV(17, 9, 3, 1, 1), NORM, .activation = YD_ACT_SILU},
     1,
     9,
     9,
     {{17}},
     1,
     false},
    {"conv 3x3, stride 2, odd size",
     {CONV(9, 20, 3, 2, 1), NORM, .activation = YD_ACT_SILU},
     2,
     9,
     7,
     {{9}},
     1,
     false},
    {"conv 3x3, stride 2, even size",
     {CONV(16, 32, 3, 2, 1), NORM, .activation = YD_ACT_SILU},
     2,
     8,
     8,
     {{16}},
     3,
     false},
    {"conv 5x5, no padding",
     {CONV(4, 6, 5, 1, 0), NORM, .activation = YD_ACT_SILU},
     2,
     8,
     9,
     {{4}},
     1,
     false},
    {"stem 6x6, stride 2", {CONV(3, 8, 6, 2, 2), NORM, .activation = YD_ACT_SILU}, 2, 12, 16, {{3}}, 1, true},
    {"Focus",
     {CONV(3, 8, 6, 2, 2), NORM, .focus = true, .activation = YD_ACT_SILU},
     2,
     12,
     16,
     {{3}},
     1,
     true},
    {"conv, LeakyReLU",
     {CONV(6, 7, 3, 1, 1), NORM, .activation = YD_ACT_LEAKY_RELU, .slope = 0.1f},
     2,
     6,
     6,
     {{6}},
     1,
     false},
    {"conv, Hardswish",
     {CONV(6, 7, 3, 1, 1), NORM, .activation = YD_ACT_HARDSWISH},
     2,
     6,
     6,
     {{6}},
     1,
     false},
    {"conv, ReLU", {CONV(6, 7, 1, 1, 0), NORM, .activation = YD_ACT_RELU}, 2, 6, 6, {{6}}, 1, false},
    {"conv, norm alone", {CONV(6, 18, 3, 1, 1), NORM}, 2, 6, 6, {{6}}, 1, false},
    {"conv alone", {CONV(6, 18, 1, 1, 0), BARE}, 2, 6, 6, {{6}}, 1, false},
    {"head", {HEAD(32, 3, 8)}, 2, 5, 3, {{32}}, 1, false},
    {"head, one anchor", {HEAD(9, 1, 6)}, 1, 4, 4, {{9}}, 1, false},
    {"add", {.kind = YD_OP_ADD, .input_count = 2}, 2, 5, 5, {{12}, {12}}, 1, false},
    {"concat of three", {.kind = YD_OP_CONCAT, .input_count = 3}, 2, 3, 5, {{5}, {16}, {7}}, 1, false},
    {"concat of concatenations", {.kind = YD_OP_CONCAT, .input_count = 2}, 2, 4, 4, {{5, 3}, {9}}, 1, false},
    {"max_pool 5", {POOL(5)}, 2, 7, 6, {{10}}, 2, false},
    {"max_pool 13, larger than the map", {POOL(13)}, 1, 5, 4, {{16}}, 1, false},
    {"max_pool 3", {POOL(3)}, 2, 8, 8, {{3, 6}}, 4, false},
    {"upsample", {.kind = YD_OP_UPSAMPLE, .input_count = 1}, 2, 5, 3, {{11}}, 1, false},
    {"upsample, 3 gradients", {.kind = YD_OP_UPSAMPLE, .input_count = 1}, 1, 4, 4, {{16}}, 3, false},
};

const yd_op_case *yd_op_cases(int *count)
{
    *count = (int)(sizeof cases / sizeof *cases);
    return cases;
}

void yd_op_cases_compare(const yd_backend *backend, double tolerance)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        yd_op_case_compare(backend, &cases[i], tolerance);
}
