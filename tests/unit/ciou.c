/* CIoU: published numbers of the specification, the tie rule, the three forms. */
#include "train/ciou.h"
#include "support/test.h"
#include <math.h>

/* model_and_loss.md, 19.1 (float32 PyTorch) */
static void published_numbers(void)
{
    static const struct {
        double box[4], target[4], ciou, gradient[4];
    } rows[] = {
        {{.5, .5, 2, 3}, {.5, .5, 2, 3}, 1.0, {0, 0, 0, 0}},
        {{.2, .7, 1.5, .8}, {.6, .4, 2.5, 1}, .2888843, {.104031, -.775785, .191501, .186506}},
        {{-.3, 1.2, 4, 2}, {.4, .3, 1, 1.5}, .0299977, {.060810, -.192152, -.007646, .033635}},
        {{.9, .1, .5, .5}, {.3, .8, .4, .6}, -.3191948, {-.198952, .226126, .123177, .152088}},
    };
    for (int i = 0; i < 4; i++) {
        double gradient[4];
        CHECK_NEAR(yd_ciou(rows[i].box, rows[i].target, YD_CIOU_BASE, gradient), rows[i].ciou, 2e-7);
        for (int k = 0; k < 4; k++) CHECK_NEAR(gradient[k], rows[i].gradient[k], 1e-6);
    }
}

static void forms_differ_by_epsilon_only(void)
{
    const double box[4] = {0.3, 0.4, 0.02, 0.03}, target[4] = {0.301, 0.402, 0.025, 0.02};
    double base = yd_ciou(box, target, YD_CIOU_BASE, 0), v62 = yd_ciou(box, target, YD_CIOU_V62, 0);
    double v70 = yd_ciou(box, target, YD_CIOU_V70, 0);
    CHECK(base != v62 && v62 != v70 && base != v70);
    CHECK_NEAR(base, v70, 1e-4);
    CHECK_NEAR(v62, v70, 1e-4);
}

/* One axis at a time, away from ties: the analytic gradient is the slope (alpha held constant, so only where
 * the shapes agree). */
static void slope_with_equal_shapes(void)
{
    const double target[4] = {0.55, 0.35, 1.2, 0.8};
    for (int form = YD_CIOU_BASE; form <= YD_CIOU_V70; form++)
        for (int k = 0; k < 2; k++) {
            double box[4] = {0.2, 0.5, 1.5, 1.0}, low[4], high[4], gradient[4], step = 1e-6;
            yd_ciou(box, target, (yd_ciou_form)form, gradient);
            for (int i = 0; i < 4; i++) low[i] = high[i] = box[i];
            low[k] -= step, high[k] += step;
            double slope =
                (yd_ciou(high, target, (yd_ciou_form)form, 0) - yd_ciou(low, target, (yd_ciou_form)form, 0)) /
                (2 * step);
            CHECK_NEAR(gradient[k], slope, 1e-7);
        }
}

/* Flush on the left edge: PyTorch gives each side of max and min half. */
static void tie_takes_half(void)
{
    const double box[4] = {1, 1, 2, 2}, target[4] = {1.5, 1, 3, 2}, aside = 1e-9;
    double at[4], left[4], right[4], moved[4] = {1 - aside, 1, 2, 2};
    yd_ciou(box, target, YD_CIOU_V70, at);
    yd_ciou(moved, target, YD_CIOU_V70, left);
    moved[0] = 1 + aside;
    yd_ciou(moved, target, YD_CIOU_V70, right);
    CHECK(fabs(left[0] - right[0]) > 1e-3);
    CHECK_NEAR(at[0], (left[0] + right[0]) / 2, 1e-6);
}

static void odd_boxes(void)
{
    const double box[4] = {0, 0, 1, 1}, far[4] = {1e9, 0, 1, 1}, nothing[4] = {0, 0, 0, 0};
    double gradient[4];
    double apart = yd_ciou(box, far, YD_CIOU_V70, gradient);
    CHECK(apart > -1.001 && apart < -0.99);
    for (int k = 0; k < 4; k++) CHECK(isfinite(gradient[k]));
    CHECK(isfinite(yd_ciou(box, (double[4]){0, 0, 1e-12, 1e-12}, YD_CIOU_BASE, gradient)));
    CHECK(isnan(yd_ciou((double[4]){NAN, 0, 1, 1}, box, YD_CIOU_V70, gradient)));
    CHECK(isnan(yd_ciou(box, nothing, YD_CIOU_V70, gradient))); /* 0 / 0, as in the reference */
}

static const yd_test_case cases[] = {
    {"published numbers", published_numbers},
    {"forms differ by epsilon only", forms_differ_by_epsilon_only},
    {"slope with equal shapes", slope_with_equal_shapes},
    {"a tie takes half", tie_takes_half},
    {"odd boxes", odd_boxes},
};
TEST_MAIN(cases)
