/* The bulk form of binary cross-entropy against the plain one, which is libm's. */
#include "train/bce.h"
#include "base/rng.h"
#include "support/test.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

static const yd_bce_rule plain = {1, 0};

static void check_one(double x, double t)
{
    double slope, wanted = yd_bce(&plain, x, t, &slope), xs[YD_BCE_MOST] = {x}, ts[YD_BCE_MOST] = {t};
    double found = yd_bce_many(&plain, xs, ts, 1);
    CHECK_NEAR(found, wanted, 4e-16 * (1 + fabs(x)));
    CHECK_NEAR(xs[0], slope, 4e-16);
}

static void equals_the_plain_form(void)
{
    static const double corners[] = {0,     -0.0, 1e-300, -1e-300, 1e-9, -1e-9, 0.34657359, 17,  -17, 36.7,
                                     -36.7, 40,   -40,    699,     -699, 701,   -701,       1e6, -1e6};
    yd_rng rng = yd_rng_make(3, 0, 0, 0);
    for (size_t i = 0; i < sizeof corners / sizeof *corners; i++)
        for (int t = 0; t <= 4; t++) check_one(corners[i], t / 4.0);
    for (int i = 0; i < 100000; i++) check_one(yd_rng_between(&rng, -45, 45), yd_rng_uniform(&rng));
}

static void small_losses_keep_their_digits(void)
{
    for (double x = -1; x > -690; x *= 1.3) {
        double wanted = log1p(exp(x)), slope = 1 / (1 + exp(-x)), xs[YD_BCE_MOST] = {x},
               ts[YD_BCE_MOST] = {0};
        double found = yd_bce_many(&plain, xs, ts, 1);
        CHECK_NEAR(found / wanted, 1, 1e-15 + 1e-16 * fabs(x)); /* x itself is exact, its exponential not */
        CHECK_NEAR(xs[0] / slope, 1, 1e-15 + 1e-16 * fabs(x));
    }
}

/* Every count: what lies beyond it is no part of the sum, and each place has its own slope. */
static void sums_what_is_asked_for(void)
{
    static const yd_bce_rule rules[] = {{1, 0}, {1.5, 0}, {1, 1.5}};
    for (int r = 0; r < 3; r++)
        for (int count = 0; count <= YD_BCE_MOST; count++) {
            double x[YD_BCE_MOST], t[YD_BCE_MOST], slopes[YD_BCE_MOST], sum = 0;
            for (int i = 0; i < YD_BCE_MOST; i++) x[i] = 9 * sin(i), t[i] = i % 3 * 0.5;
            for (int i = 0; i < count; i++) sum += yd_bce(&rules[r], x[i], t[i], &slopes[i]);
            CHECK_NEAR(yd_bce_many(&rules[r], x, t, count), sum, 1e-12);
            for (int i = 0; i < count; i++) CHECK_NEAR(x[i], slopes[i], 1e-15);
        }
}

static void what_is_no_number_stays_none(void)
{
    double x[YD_BCE_MOST] = {NAN, 1, 1}, t[YD_BCE_MOST] = {0, NAN, 0.5};
    CHECK(isnan(yd_bce_many(&plain, x, t, 3)));
    CHECK(isnan(x[0]) && isnan(x[1]) && isfinite(x[2]));
    double far[YD_BCE_MOST] = {INFINITY, -INFINITY}, half[YD_BCE_MOST] = {0.5, 0.5};
    double sum = yd_bce_many(&plain, far, half, 2);
    CHECK(!isfinite(sum));
    CHECK_NEAR(far[0], 0.5, 0);
    CHECK_NEAR(far[1], -0.5, 0);
}

static void every_instruction_set_gives_the_same_bits(void)
{
    yd_bce_set *sets[3];
    int count = yd_bce_sets(sets);
    yd_rng rng = yd_rng_make(4, 0, 0, 0);
    for (int round = 0; round < 1000; round++) {
        double x[3][YD_BCE_MOST], t[3][YD_BCE_MOST];
        for (int i = 0; i < YD_BCE_MOST; i++) {
            x[0][i] = yd_rng_between(&rng, -50, 50);
            t[0][i] = yd_rng_uniform(&rng);
            for (int s = 1; s < count; s++) x[s][i] = x[0][i], t[s][i] = t[0][i];
        }
        for (int s = 0; s < count; s++) sets[s](x[s], t[s], YD_BCE_MOST);
        for (int s = 1; s < count; s++) {
            REQUIRE(memcmp(x[s], x[0], sizeof x[0]) == 0);
            REQUIRE(memcmp(t[s], t[0], sizeof t[0]) == 0);
        }
    }
}

static const yd_test_case cases[] = {
    {"equals the plain form", equals_the_plain_form},
    {"small losses keep their digits", small_losses_keep_their_digits},
    {"sums what is asked for", sums_what_is_asked_for},
    {"every instruction set gives the same bits", every_instruction_set_gives_the_same_bits},
    {"what is no number stays none", what_is_no_number_stays_none},
};
TEST_MAIN(cases)
