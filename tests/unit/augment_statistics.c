/* 10,000 draws of each parameter of the augmentation against the distribution that the specification gives
 * it, and against one that is a little wrong, which the same draws must refute. Seeds are fixed: a test that
 * passes always passes. */
#include "data/copy_paste.h"
#include "data/mixup.h"
#include "data/multi_scale.h"
#include "data/quad.h"
#include "data/sample.h"
#include "data/sampler.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWS = 10000, SAMPLES = 40000, PICTURES = 20, OWN = 3, SIZE = 640, MOST_KINDS = 32 };

/* Nothing is 0 or 1, so that every setting leaves a trace. */
static const yd_augment settings = {.hsv_h = .015,
                                    .hsv_s = .7,
                                    .hsv_v = .4,
                                    .degrees = 10,
                                    .translate = .1,
                                    .scale = .5,
                                    .shear = 2,
                                    .perspective = .001,
                                    .flipud = .2,
                                    .fliplr = .5,
                                    .mosaic = .75,
                                    .mosaic9 = .4,
                                    .mixup = .3,
                                    .copy_paste = .5};

static yd_sample_draws samples[SAMPLES]; /* drawn once, looked at by every row */

static void draw_samples(void)
{
    yd_dataset set = {.count = PICTURES, .options = {.image_size = SIZE, .rules = yd_data_rules_v7}};
    for (int i = 0; i < SAMPLES; i++)
        samples[i] =
            yd_sample_draw(&settings, (yd_sample_key){17, i / 1000, i % 1000}, &set, OWN, NULL, true);
}

/* ---- values, by number; NAN where a draw has none ---- */

typedef double value(int number);

#define VALUE(name, expression)                                                                              \
    static double name(int number)                                                                           \
    {                                                                                                        \
        const yd_sample_draws *d = &samples[number];                                                         \
        return (expression);                                                                                 \
    }
#define FOUR d->views[0].mosaic.count == 4
VALUE(hue, d->hsv.hue)
VALUE(saturation, d->hsv.saturation)
VALUE(brightness, d->hsv.value)
VALUE(perspective_x, d->views[0].perspective.x)
VALUE(perspective_y, d->views[0].perspective.y)
VALUE(angle, d->views[0].perspective.angle)
VALUE(scale, d->views[0].perspective.scale)
VALUE(shear_x, d->views[0].perspective.shear_x)
VALUE(shear_y, d->views[0].perspective.shear_y)
VALUE(translate_x, d->views[0].perspective.translate_x)
VALUE(translate_y, d->views[0].perspective.translate_y)
VALUE(second_angle, d->views[1].perspective.angle)
/* Whole pixels, truncated: half a pixel back. */
VALUE(centre_x, FOUR ? d->views[0].mosaic.x + .5 : NAN)
VALUE(centre_y, FOUR ? d->views[0].mosaic.y + .5 : NAN)
VALUE(window_x, FOUR ? NAN : d->views[0].mosaic.x + .5)
VALUE(window_y, FOUR ? NAN : d->views[0].mosaic.y + .5)
VALUE(mix_ratio, d->mix_ratio)
VALUE(flip_up, d->flip.vertical)
VALUE(flip_left, d->flip.horizontal)
VALUE(flip_both, d->flip.vertical && d->flip.horizontal)
VALUE(mosaic, d->mosaic)
VALUE(nine, d->views[0].mosaic.count == 9)
VALUE(mixup, d->mosaic ? (double)d->mixup : NAN)
/* Which tile of four has the picture itself; a partner that is the same picture makes that unknown. */
static double own_tile(int number)
{
    const yd_mosaic_draws *m = &samples[number].views[0].mosaic;
    double found = NAN;
    for (int i = 0; i < 4 && m->count == 4; i++)
        if (m->pictures[i] == OWN) {
            if (!isnan(found)) return NAN;
            found = i;
        }
    return found;
}

/* The partners of a picture, in turn: all tiles but one that has itself. */
static double partner_of(int count, int number)
{
    const yd_mosaic_draws *m = &samples[number].views[0].mosaic;
    int own = 0, wanted = number % (count - 1);
    if (m->count != count) return NAN;
    while (m->pictures[own] != OWN) own++;
    return m->pictures[wanted + (wanted >= own)];
}

static double partner(int number)
{
    return partner_of(4, number);
}

static double partner_of_nine(int number)
{
    return partner_of(9, number);
}

/* Mixup's own picture: the second mosaic's, where it was not moved. */
static double second_picture(int number)
{
    yd_rng rng = yd_rng_make(17, (uint32_t)number / 1000, (uint32_t)number % 1000, YD_DRAW_MIXUP);
    int picture = (int)yd_rng_below(&rng, PICTURES), seen = 0;
    const yd_mosaic_draws *m = &samples[number].views[1].mosaic;
    for (int i = 0; i < m->count; i++) seen += m->pictures[i] == picture;
    return seen ? picture : -1;
}

static double quad(int number)
{
    return yd_quad_draw(17, number / 1000, 4 * (number % 1000));
}

static double size_of(int size, int number)
{
    const yd_multi_scale range = {size / 2, size + size / 2, 32, 17};
    int low = size / 2 / 32 * 32;
    return (yd_multi_scale_draw(&range, number / 1000, number % 1000) - low) / 32;
}

static double size_640(int number)
{
    return size_of(640, number);
}

static double size_416(int number)
{
    return size_of(416, number);
}

/* The first of an epoch's order, an epoch a draw. */
static double ordered(yd_order order, const double *weights, int number)
{
    yd_sampler sampler = {.count = 8, .batch_size = 1, .order = order, .seed = 17, .weights = weights};
    int32_t pictures[8];
    REQUIRE(yd_sampler_order(&sampler, number, pictures, NULL) == YD_OK);
    return pictures[number % 8];
}

static double shuffled(int number)
{
    return ordered(YD_ORDER_SHUFFLED, NULL, number);
}

static double weighted(int number)
{
    static const double weights[8] = {1, 2, 3, 0, .5, 1, 2, .5};
    return ordered(YD_ORDER_WEIGHTED, weights, number);
}

/* One of the objects that copy-paste picks of 8. */
static double pasted(int number)
{
    static yd_box all[8];
    int32_t picks[8];
    for (int i = 0; i < 8; i++) all[i].point_count = 3;
    const yd_boxes boxes = {.boxes = {all, 8, 8, sizeof *all}};
    yd_rng rng = samples[number].views[0].copy_paste;
    REQUIRE(yd_copy_paste_draw(&boxes, settings.copy_paste, &rng, picks) == 4);
    return picks[number % 4];
}

/* ---- continuous: Kolmogorov and Smirnov ---- */

typedef double distribution(double x, double a, double b);

static double uniform(double x, double low, double high)
{
    return fmin(fmax((x - low) / (high - low), 0), 1);
}

/* Of the same mean and variance as a uniform one between these. */
static double normal(double x, double low, double high)
{
    return erfc(((low + high) / 2 - x) / ((high - low) / sqrt(12)) / sqrt(2)) / 2;
}

/* Beta(a, a) for whole a: at least a of 2 a - 1 trials succeed. */
static double beta(double x, double a, double unused)
{
    double sum = 0, n = 2 * a - 1;
    (void)unused;
    if (!(x > 0 && x < 1)) return x >= 1;
    for (double k = a; k <= n; k++)
        sum += exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(x) + (n - k) * log(1 - x));
    return sum;
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void collect(value *of, const char *name, double values[DRAWS])
{
    int count = 0;
    for (int i = 0; i < SAMPLES && count < DRAWS; i++) {
        values[count] = of(i);
        count += !isnan(values[count]);
    }
    if (count < DRAWS) yd_test_fatal(__FILE__, __LINE__, "%s: %d draws of %d", name, count, DRAWS);
}

/* The largest distance of the two distributions, in units of what chance makes of it. */
static double distance(const double sorted[DRAWS], distribution *d, double a, double b)
{
    double largest = 0;
    for (int i = 0; i < DRAWS; i++) {
        double p = d(sorted[i], a, b);
        largest = fmax(largest, fmax(p - (double)i / DRAWS, (double)(i + 1) / DRAWS - p));
    }
    return largest * sqrt(DRAWS);
}

static const struct continuous {
    const char *name;
    value *of;
    distribution *is;
    double a, b;
} continuous[] = {
    {"hue", hue, uniform, 1 - .015, 1 + .015},
    {"saturation", saturation, uniform, 1 - .7, 1 + .7},
    {"value", brightness, uniform, 1 - .4, 1 + .4},
    {"perspective x", perspective_x, uniform, -.001, .001},
    {"perspective y", perspective_y, uniform, -.001, .001},
    {"degrees", angle, uniform, -10, 10},
    {"scale", scale, uniform, .5, 1.5},
    {"shear x", shear_x, uniform, -2, 2},
    {"shear y", shear_y, uniform, -2, 2},
    {"translate x", translate_x, uniform, .4, .6},
    {"translate y", translate_y, uniform, .4, .6},
    {"degrees of mixup's", second_angle, uniform, -10, 10},
    {"mosaic centre x", centre_x, uniform, SIZE / 2, 3 * SIZE / 2},
    {"mosaic centre y", centre_y, uniform, SIZE / 2, 3 * SIZE / 2},
    {"window of nine x", window_x, uniform, 0, SIZE},
    {"window of nine y", window_y, uniform, 0, SIZE},
    {"mixup ratio", mix_ratio, beta, 32, 0},
};
enum { CONTINUOUS = sizeof continuous / sizeof *continuous };

/* One in a thousand fair samples lies beyond 1.95. */
static const double farthest = 1.95;

static void continuous_parameters(void)
{
    static double values[DRAWS];
    for (int i = 0; i < CONTINUOUS; i++) {
        const struct continuous *row = &continuous[i];
        collect(row->of, row->name, values);
        qsort(values, DRAWS, sizeof *values, compare);
        double found = distance(values, row->is, row->a, row->b), wide = (row->b - row->a) / 40;
        /* Ranges that are off by a twentieth, another shape of the same spread; the mixup of older
         * generations. */
        bool is_uniform = row->is == uniform;
        double wider = is_uniform ? distance(values, uniform, row->a - wide, row->b + wide)
                                  : distance(values, beta, 8, 0);
        double narrower = is_uniform ? distance(values, uniform, row->a + wide, row->b - wide)
                                     : distance(values, beta, 38, 0);
        double shape =
            is_uniform ? distance(values, normal, row->a, row->b) : distance(values, uniform, .28, .72);
        printf("       %-20s %.2f; wrong ones %.2f %.2f %.2f\n", row->name, found, wider, narrower, shape);
        if (found > farthest || wider <= farthest || narrower <= farthest || shape <= farthest)
            yd_test_check(false, row->name, __FILE__, __LINE__);
    }
}

/* ---- counts: how often each of some kinds comes, by chi squared ---- */

static const struct discrete {
    const char *name;
    value *of;
    int kinds;
    double weights[MOST_KINDS], wrong[MOST_KINDS]; /* in proportion; none: all alike */
} discrete[] = {
    {"flipud", flip_up, 2, {.8, .2}, {.77, .23}},
    {"fliplr", flip_left, 2, {.5, .5}, {.47, .53}},
    {"both flips", flip_both, 2, {.9, .1}, {.8, .2}}, /* independent of one another */
    {"mosaic", mosaic, 2, {.25, .75}, {.28, .72}},
    {"of nine", nine, 2, {.6, .4}, {.63, .37}},
    {"mixup, of mosaics", mixup, 2, {.7, .3}, {.73, .27}},
    {"quad enlarged", quad, 2, {.5, .5}, {.53, .47}},
    {"own tile", own_tile, 4, {0}, {1, .9, .9, .9}},
    {"partner of a mosaic", partner, PICTURES, {0}, {1, 1, 1, 0, 1, 1, 1, 1, 1, 1,
                                                     1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
    {"partner of nine", partner_of_nine, PICTURES, {0}, {1, 1, 1, 0, 1, 1, 1, 1, 1, 1,
                                                         1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
    {"mixup's picture", second_picture, PICTURES, {0}, {1, 1, 1, 0, 1, 1, 1, 1, 1, 1,
                                                        1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
    {"pasted object", pasted, 8, {0}, {1, 1, 1, 1, .85, .85, .85, .85}},
    {"size at 640", size_640, 21, {0}, {.5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, .5}},
    {"size at 416", size_416, 15, {.5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, .5}, {0}},
    {"shuffled picture", shuffled, 8, {0}, {1, 1, 1, 1, .85, .85, .85, .85}},
    {"weighted picture", weighted, 8, {1, 2, 3, 0, .5, 1, 2, .5}, {1, 2, 3, 0, .6, 1, 2, .6}},
};

static double chi_squared(const int *counts, int kinds, const double *weights)
{
    double sum = 0, total = 0;
    bool alike = true;
    for (int i = 0; i < kinds; i++) sum += weights[i], alike &= weights[i] == 0;
    for (int i = 0; i < kinds; i++) {
        double expected = DRAWS * (alike ? 1.0 / kinds : weights[i] / sum);
        if (expected == 0 && counts[i]) return INFINITY;
        if (expected > 0) total += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    return total;
}

/* What one in a thousand fair samples exceeds: E. B. Wilson and M. M. Hilferty, "The distribution of
 * chi-square", 1931. */
static double largest_chi_squared(int kinds)
{
    double n = kinds - 1, spread = 2 / (9 * n);
    return n * pow(1 - spread + 3.09 * sqrt(spread), 3);
}

static void discrete_parameters(void)
{
    static double values[DRAWS];
    for (size_t i = 0; i < sizeof discrete / sizeof *discrete; i++) {
        const struct discrete *row = &discrete[i];
        int counts[MOST_KINDS] = {0};
        collect(row->of, row->name, values);
        for (int k = 0; k < DRAWS; k++) {
            if (!(values[k] >= 0 && values[k] < row->kinds))
                yd_test_fatal(__FILE__, __LINE__, "%s: %g is none of %d", row->name, values[k], row->kinds);
            counts[(int)values[k]]++;
        }
        double limit = largest_chi_squared(row->kinds), found = chi_squared(counts, row->kinds, row->weights),
               wrong = chi_squared(counts, row->kinds, row->wrong);
        printf("       %-20s %.1f of %.1f; a wrong one %.1f\n", row->name, found, limit, wrong);
        if (found > limit || wrong <= limit) yd_test_check(false, row->name, __FILE__, __LINE__);
    }
}

/* ---- together ---- */

static double correlation(value *x, value *y)
{
    double sums[5] = {0}, n = 0;
    for (int i = 0; i < SAMPLES && n < DRAWS; i++) {
        double a = x(i), b = y(i);
        if (isnan(a) || isnan(b)) continue;
        const double terms[5] = {a, b, a * a, b * b, a * b};
        for (int k = 0; k < 5; k++) sums[k] += terms[k];
        n++;
    }
    if (n < DRAWS) return 0; /* never drawn for the same sample */
    double xx = sums[2] - sums[0] * sums[0] / n, yy = sums[3] - sums[1] * sums[1] / n;
    return (sums[4] - sums[0] * sums[1] / n) / sqrt(xx * yy);
}

static double next_angle(int number)
{
    return angle((number + 1) % SAMPLES);
}

/* No parameter tells anything of another, nor of its own next one: a stream that served two purposes would.
 */
static void independence(void)
{
    const double most = 4.2 / sqrt(DRAWS); /* of 136 pairs */
    double largest = 0;
    for (int i = 0; i < CONTINUOUS; i++)
        for (int k = 0; k < i; k++)
            largest = fmax(largest, fabs(correlation(continuous[i].of, continuous[k].of)));
    printf("       largest correlation of two parameters %.4f\n", largest);
    CHECK(largest < most);
    CHECK(fabs(correlation(angle, next_angle)) < most);
    CHECK(correlation(angle, angle) > most);
}

/* The share of objects is rounded, halves to even, whatever else is drawn. */
static void copy_paste_share(void)
{
    static yd_box all[16];
    static const double shares[] = {0, .1, .25, .5, .9, 1};
    int32_t picks[16];
    for (int count = 0; count <= 16; count++)
        for (size_t s = 0; s < sizeof shares / sizeof *shares; s++) {
            for (int i = 0; i < 16; i++) all[i].point_count = 3;
            const yd_boxes boxes = {.boxes = {all, (size_t)count, 16, sizeof *all}};
            yd_rng rng = yd_rng_make(1, 0, (uint32_t)count, YD_DRAW_COPY_PASTE);
            int found = yd_copy_paste_draw(&boxes, shares[s], &rng, picks);
            double exact = shares[s] * count, off = fabs(found - exact);
            CHECK(off < .5 + 1e-9 && (off < .5 - 1e-9 || found % 2 == 0));
        }
}

/* Mid-2021 left the picture itself where it was. */
static void unshuffled_tiles(void)
{
    for (int i = 0; i < 1000; i++) {
        yd_rng rng = yd_rng_make(17, 0, (uint32_t)i, YD_DRAW_MOSAIC);
        CHECK(yd_mosaic_draw(OWN, NULL, PICTURES, SIZE, false, i % 2, &rng).pictures[0] == OWN);
    }
    const int32_t choices[3] = {7, 7, 9};
    for (int i = 0; i < 100; i++) {
        yd_rng rng = yd_rng_make(17, 0, (uint32_t)i, YD_DRAW_MOSAIC);
        yd_mosaic_draws d = yd_mosaic_draw(1, choices, 3, 64, false, i % 2, &rng);
        for (int k = 1; k < d.count; k++) CHECK(d.pictures[k] == 7 || d.pictures[k] == 9);
    }
}

static const yd_test_case cases[] = {
    {"continuous parameters", continuous_parameters},
    {"discrete parameters", discrete_parameters},
    {"independence", independence},
    {"copy-paste's share", copy_paste_share},
    {"tiles that stay", unshuffled_tiles},
};

int main(int argc, char **argv)
{
    draw_samples();
    return yd_test_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
