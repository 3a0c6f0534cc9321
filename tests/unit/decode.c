/* Raw heads to boxes: the formula, the order of rows, both dtypes. */
#include "eval/decode.h"
#include "support/heads.h"
#include "support/test.h"
#include <math.h>
#include <string.h>

static const float anchors[2][5][2] = {{{10, 13}, {16, 30}}, {{30, 61}, {62, 45}}};

static void zeros_give_cell_centres_and_anchors(void)
{
    static float first[2 * 2 * 4 * 6 * 7], second[2 * 2 * 2 * 3 * 7], out[2 * 60 * 7];
    const yd_head heads[2] = {{.data = first,
                               .b = 2,
                               .na = 2,
                               .h = 4,
                               .w = 6,
                               .no = 7,
                               .lanes = 7,
                               .image = 2 * 4 * 6 * 7,
                               .dtype = YD_F32,
                               .stride = 8},
                              {.data = second,
                               .b = 2,
                               .na = 2,
                               .h = 2,
                               .w = 3,
                               .no = 7,
                               .lanes = 7,
                               .image = 2 * 2 * 3 * 7,
                               .dtype = YD_F32,
                               .stride = 16}};
    const yd_decoder decoder = {heads, 2, anchors};
    REQUIRE(yd_decode_row_count(&decoder) == 60);
    yd_decode(&decoder, out);
    for (int image = 0; image < 2; image++) {
        const float *row = out + image * 60 * 7;
        for (int level = 0; level < 2; level++)
            for (int a = 0; a < 2; a++)
                for (int y = 0; y < heads[level].h; y++)
                    for (int x = 0; x < heads[level].w; x++, row += 7) {
                        CHECK(row[0] == ((float)x + 0.5f) * (float)heads[level].stride);
                        CHECK(row[1] == ((float)y + 0.5f) * (float)heads[level].stride);
                        CHECK(row[2] == anchors[level][a][0] && row[3] == anchors[level][a][1]);
                        for (int k = 4; k < 7; k++) CHECK(row[k] == 0.5f);
                    }
    }
}

static void formula_in_both_types(void)
{
    float single[7], out[2][7];
    double twice[7];
    for (int k = 0; k < 7; k++) single[k] = (float)(0.7 * k - 2), twice[k] = (double)single[k];
    yd_head head = yd_test_plain_head(
        (yd_head){.data = single, .b = 1, .na = 1, .h = 1, .w = 1, .no = 7, .dtype = YD_F32, .stride = 8});
    const yd_decoder decoder = {&head, 1, anchors};
    yd_decode(&decoder, out[0]);
    head.data = twice, head.dtype = YD_F64;
    yd_decode(&decoder, out[1]);
    CHECK(memcmp(out[0], out[1], sizeof out[0]) == 0);
    double s[7];
    for (int k = 0; k < 7; k++) s[k] = 1 / (1 + exp(-twice[k]));
    CHECK_NEAR((double)out[0][0], (2 * s[0] - 0.5) * 8, 1e-6);
    CHECK_NEAR((double)out[0][1], (2 * s[1] - 0.5) * 8, 1e-6);
    CHECK_NEAR((double)out[0][2], 4 * s[2] * s[2] * 10, 1e-5);
    CHECK_NEAR((double)out[0][3], 4 * s[3] * s[3] * 13, 1e-5);
    for (int k = 4; k < 7; k++) CHECK_NEAR((double)out[0][k], s[k], 1e-6);
}

/* Whatever is at or below the bound has a probability that is not above p. */
static void logit_bound_is_safe(void)
{
    for (int i = 1; i < 20000; i++) {
        float p = (float)i / 20000, bound = yd_logit_below(p);
        CHECK(yd_sigmoid(bound) <= p);
        CHECK(yd_sigmoid(bound + 0.01f * (1 + fabsf(bound))) > p);
    }
    CHECK(yd_sigmoid(yd_logit_below(1e-30f)) <= 1e-30f);
    CHECK(yd_logit_below(0) == -INFINITY && yd_logit_below(-1) == -INFINITY);
    CHECK(yd_logit_below(1) == INFINITY && yd_logit_below(2) == INFINITY);
}

static const yd_test_case cases[] = {
    {"zeros give cell centres and anchors", zeros_give_cell_centres_and_anchors},
    {"formula in both types", formula_in_both_types},
    {"logit bound is safe", logit_bound_is_safe},
};
TEST_MAIN(cases)
