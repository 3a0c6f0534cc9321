/* The vector kernels: each instruction set against plain loops in double, and all sets of one block size
 * against each other, bit for bit. Lengths run over every tail. */
#include "backend/cpu/vector.h"
#include "base/rng.h"
#include "support/test.h"
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PIXELS = 700, MOST = MOST_PIXELS * YD_MAX_BLOCK };
static const size_t lengths[] = {1, 2, 3, 4, 5, 7, 63, 64, 65, 255, 256, 257, 511, 600, MOST_PIXELS};
enum { LENGTHS = sizeof lengths / sizeof *lengths };

enum purpose { Z, DY, LANES_OF_NORM, VALUES, GRADIENTS, MOMENTA };

/* Numbers within centre - 2 spread … centre + 2 spread; the same for the same purpose. */
static void fill(float *x, size_t n, enum purpose purpose, float centre, float spread)
{
    yd_rng rng = yd_rng_make(1, 0, 0, purpose);
    for (size_t i = 0; i < n; i++) x[i] = centre + spread * (float)(yd_rng_uniform(&rng) * 4 - 2);
}

static const yd_vector *sets[8];
static int set_count;

static void test_list(void)
{
    CHECK(set_count >= 2);
    CHECK(sets[0]->block == 8 && sets[1]->block == 16);
    bool found = false;
    for (int i = 0; i < set_count; i++) {
        printf("  %s\n", sets[i]->name);
        found |= sets[i] == yd_vector_choose();
    }
    CHECK(found);
}

/* Mean and squares of one channel in two passes in double. */
static void moments_in_double(const float *z, size_t pixels, int block, int lane, double *mean, double *m2)
{
    *mean = *m2 = 0;
    for (size_t i = 0; i < pixels; i++) *mean += (double)z[i * (size_t)block + (size_t)lane] / (double)pixels;
    for (size_t i = 0; i < pixels; i++) {
        const double d = (double)z[i * (size_t)block + (size_t)lane] - *mean;
        *m2 += d * d;
    }
}

static void check_moments(const yd_vector *v, const float *z, size_t pixels)
{
    yd_moments found;
    v->f32.moments(z, pixels, &found);
    CHECK(found.count == (double)pixels);
    for (int lane = 0; lane < v->block; lane++) {
        double mean, m2;
        moments_in_double(z, pixels, v->block, lane, &mean, &m2);
        CHECK_NEAR(found.mean[lane], mean, 1e-9 * fabs(mean) + 1e-7 * sqrt(m2 / (double)pixels));
        CHECK_NEAR(found.m2[lane], m2, 2e-6 * m2 + 1e-12);
    }
}

/* Also where the mean is a thousand deviations away, which sums of squares would not survive. */
static void test_moments(void)
{
    static float z[MOST];
    const float centres[] = {0, 3, 1000};
    for (int c = 0; c < 3; c++) {
        fill(z, MOST, Z, centres[c], 0.5f);
        for (int s = 0; s < set_count; s++)
            for (int l = 0; l < LENGTHS; l++) check_moments(sets[s], z, lengths[l]);
    }
    for (size_t i = 0; i < MOST; i++) z[i] = 0.1f; /* a constant channel has no variance at all */
    for (int s = 0; s < set_count; s++) {
        yd_moments m;
        sets[s]->f32.moments(z, 600, &m);
        for (int lane = 0; lane < sets[s]->block; lane++) CHECK(m.m2[lane] < 1e-12);
    }
}

static void test_combine(void)
{
    static float z[MOST];
    fill(z, MOST, Z, 2, 1);
    for (size_t cut = 1; cut < 600; cut += 37) {
        yd_moments a, b, all;
        sets[0]->f32.moments(z, cut, &a);
        sets[0]->f32.moments(z + cut * 8, 600 - cut, &b);
        sets[0]->f32.moments(z, 600, &all);
        yd_moments_combine(&a, &b, 8);
        CHECK(a.count == 600);
        for (int lane = 0; lane < 8; lane++) {
            CHECK_NEAR(a.mean[lane], all.mean[lane], 1e-6);
            CHECK_NEAR(a.m2[lane], all.m2[lane], 1e-6 * all.m2[lane]);
        }
    }
}

static double activated(double u, yd_activation kind, double slope)
{
    switch (kind) {
    case YD_ACT_NONE:
        return u;
    case YD_ACT_SILU:
        return u / (1 + exp(-u));
    case YD_ACT_LEAKY_RELU:
        return u > 0 ? u : slope * u;
    case YD_ACT_RELU:
        return u > 0 ? u : 0;
    case YD_ACT_HARDSWISH:
        return u * fmin(fmax(u + 3, 0), 6) / 6;
    }
    return NAN;
}

static double slope_of(double u, yd_activation kind, double slope)
{
    const double s = 1 / (1 + exp(-u));
    switch (kind) {
    case YD_ACT_NONE:
        return 1;
    case YD_ACT_SILU:
        return s * (1 + u * (1 - s));
    case YD_ACT_LEAKY_RELU:
        return u > 0 ? 1 : slope;
    case YD_ACT_RELU:
        return u > 0;
    case YD_ACT_HARDSWISH:
        return u < -3 ? 0 : u > 3 ? 1 : u / 3 + 0.5;
    }
    return NAN;
}

/* Channel constants of a norm; c1 and c2 as if gradients had means. */
static yd_norm_lanes make_lanes(float store[5][YD_MAX_BLOCK], yd_activation kind)
{
    fill(store[0], 5 * YD_MAX_BLOCK, LANES_OF_NORM, 0.3f, 0.8f);
    return (yd_norm_lanes){.mean = store[0],
                           .scale = store[1],
                           .shift = store[2],
                           .c1 = store[3],
                           .c2 = store[4],
                           .activation = kind,
                           .slope = 0.1f};
}

static void check_forward(const yd_vector *v, const yd_norm_lanes *lanes, const float *z, size_t pixels)
{
    static float y[MOST + 16];
    const size_t n = pixels * (size_t)v->block;
    y[n] = 42;
    v->f32.norm_forward(lanes, z, pixels, y);
    CHECK(y[n] == 42);
    for (size_t i = 0; i < n; i++) {
        const size_t c = i % (size_t)v->block;
        const double u =
            ((double)z[i] - (double)lanes->mean[c]) * (double)lanes->scale[c] + (double)lanes->shift[c];
        CHECK_NEAR((double)y[i], activated(u, lanes->activation, 0.1), 1e-6 * (1 + fabs(u)));
    }
}

static void check_backward(const yd_vector *v, const yd_norm_lanes *lanes, const float *z,
                           const void *const *dy, int count, size_t pixels)
{
    static float dz[MOST], in_place[MOST], kept[MOST];
    const size_t block = (size_t)v->block, n = pixels * block;
    yd_norm_sums sums;
    double g_sum[YD_MAX_BLOCK] = {0}, gz_sum[YD_MAX_BLOCK] = {0};
    v->f32.norm_sums(lanes, z, dy, count, pixels, kept, &sums);
    v->f32.norm_backward(lanes, z, dy, count, pixels, dz);
    memcpy(in_place, z, n * sizeof *z); /* as the backend calls it */
    v->f32.norm_backward(lanes, in_place, dy, count, pixels, in_place);
    CHECK(memcmp(dz, in_place, n * sizeof *dz) == 0);
    yd_norm_lanes plain = *lanes; /* from what was kept, the same bits */
    plain.activation = YD_ACT_NONE;
    v->f32.norm_backward(&plain, z, (const void *const[]){kept}, 1, pixels, in_place);
    CHECK(memcmp(dz, in_place, n * sizeof *dz) == 0);
    yd_norm_sums again;
    v->f32.norm_sums(lanes, z, dy, count, pixels, NULL, &again);
    CHECK(memcmp(&sums, &again, sizeof sums) == 0);
    for (size_t i = 0; i < n; i++) {
        const size_t c = i % block;
        const double d = (double)z[i] - (double)lanes->mean[c], scale = (double)lanes->scale[c];
        double g = 0;
        for (int k = 0; k < count; k++) g += (double)((const float *)dy[k])[i];
        g *= slope_of(d * scale + (double)lanes->shift[c], lanes->activation, 0.1);
        g_sum[c] += g, gz_sum[c] += g * d;
        CHECK_NEAR((double)dz[i], scale * (g - (double)lanes->c1[c] - d * (double)lanes->c2[c]), 3e-5);
    }
    for (size_t c = 0; c < block; c++) {
        CHECK_NEAR(sums.g[c], g_sum[c], 1e-6 * (double)(pixels + 10));
        CHECK_NEAR(sums.gz[c], gz_sum[c], 3e-6 * (double)(pixels + 10));
    }
}

static void test_norm(void)
{
    static float z[MOST], dy[4][MOST];
    float store[5][YD_MAX_BLOCK];
    fill(z, MOST, Z, 0.5f, 4);
    fill(dy[0], 4 * MOST, DY, 0, 0.5f);
    const void *views[] = {dy[0], dy[1], dy[2], dy[3]};
    for (int kind = YD_ACT_NONE; kind <= YD_ACT_RELU; kind++) {
        const yd_norm_lanes lanes = make_lanes(store, (yd_activation)kind);
        for (int s = 0; s < set_count; s++)
            for (int l = 0; l < LENGTHS; l += 1 + l / 8) {
                check_forward(sets[s], &lanes, z, lengths[l]);
                for (int count = 1; count <= 4; count += count == 2 ? 2 : 1)
                    check_backward(sets[s], &lanes, z, views, count, lengths[l]);
            }
    }
}

/* One channel's worth of u through SiLU itself: mean 0, scale 1, shift 0. */
static void silu(const yd_vector *v, const float *u, size_t pixels, float *y)
{
    const float zeros[YD_MAX_BLOCK] = {0};
    float ones[YD_MAX_BLOCK];
    for (int i = 0; i < YD_MAX_BLOCK; i++) ones[i] = 1;
    const yd_norm_lanes lanes = {.mean = zeros, .scale = ones, .shift = zeros, .activation = YD_ACT_SILU};
    v->f32.norm_forward(&lanes, u, pixels, y);
}

static void test_silu_accuracy(void)
{
    static float u[MOST], y[MOST];
    for (int s = 0; s < set_count; s++) {
        const size_t pixels = 600, n = pixels * (size_t)sets[s]->block;
        double worst = 0;
        for (int round = 0; round < 40; round++) {
            for (size_t i = 0; i < n; i++) u[i] = (float)(-80 + 4 * round) + 4 * (float)i / (float)n;
            silu(sets[s], u, pixels, y);
            for (size_t i = 0; i < n; i++) {
                const double exact = activated((double)u[i], YD_ACT_SILU, 0);
                /* far out, where it is below 1e-8, a little more is allowed */
                if (exact != 0) worst = fmax(worst, fabs((double)y[i] / exact - 1) * (u[i] < -20 ? 0.5 : 1));
            }
        }
        printf("  %s: relative error of SiLU %.2g\n", sets[s]->name, worst);
        CHECK(worst < 4e-7);
    }
}

static void test_silu_extremes(void)
{
    float u[YD_MAX_BLOCK], y[YD_MAX_BLOCK];
    const float values[] = {NAN, INFINITY, -INFINITY, 200, -200, 1e30f, -1e30f, 0};
    for (int i = 0; i < YD_MAX_BLOCK; i++) u[i] = values[i % 8];
    for (int s = 0; s < set_count; s++) {
        silu(sets[s], u, 1, y);
        CHECK(isnan(y[0]));
        CHECK(y[1] == INFINITY);
        CHECK(!(y[2] > 0));
        CHECK(y[3] == 200 && y[5] == 1e30f);
        CHECK(fabsf(y[4]) < 1e-30f);
        CHECK(y[7] == 0);
    }
}

/* The window's elements in row-major order; the first maximum wins, a later NaN too. */
static float window_maximum(const float *x, int height, int width, int k, int py, int px, size_t block,
                            int *index)
{
    float best = 0;
    *index = -1;
    for (int dy = 0; dy < k; dy++)
        for (int dx = 0; dx < k; dx++) {
            const int y = py + dy - k / 2, column = px + dx - k / 2;
            if (y < 0 || y >= height || column < 0 || column >= width) continue;
            const float value = x[(size_t)(y * width + column) * block];
            if (*index < 0 || value > best || isnan(value)) best = value, *index = dy * k + dx;
        }
    return best;
}

static void check_pool(const yd_vector *v, const float *x, int height, int width, int k)
{
    static float y[MOST], rows[2 * MOST];
    static uint8_t index[MOST];
    const size_t block = (size_t)v->block;
    const yd_windows windows = {height, width, height, width, k, 1, k / 2};
    v->f32.max_pool(&windows, x, y, index, rows);
    for (int p = 0; p < height * width; p++)
        for (size_t lane = 0; lane < block; lane++) {
            int where;
            const float best =
                window_maximum(x + lane, height, width, k, p / width, p % width, block, &where);
            const size_t at = (size_t)p * block + lane;
            CHECK(index[at] == where);
            CHECK(y[at] == best || (isnan(best) && isnan(y[at])));
        }
    static float again[MOST];
    v->f32.max_pool(&windows, x, again, NULL, rows);
    CHECK(memcmp(again, y, (size_t)(height * width) * block * sizeof *y) == 0);
}

static void test_max_pool(void)
{
    static float x[MOST];
    const int sizes[][2] = {{1, 1}, {2, 3}, {7, 5}, {10, 10}, {20, 13}};
    const int kernels[] = {3, 5, 7, 9, 13};
    for (int kind = 0; kind < 3; kind++) {
        fill(x, MOST, Z, 0, 2);
        for (size_t i = 0; i < MOST; i++) {
            if (kind > 0) x[i] = rintf(x[i]); /* ties everywhere */
            if (kind == 2 && i % 97 == 5) x[i] = NAN;
            if (kind == 2 && i % 89 == 7) x[i] = -INFINITY;
        }
        for (int s = 0; s < set_count; s++)
            for (int z = 0; z < 5; z++)
                for (int k = 0; k < 5; k++) check_pool(sets[s], x, sizes[z][0], sizes[z][1], kernels[k]);
    }
}

static void test_upsample(void)
{
    static float x[MOST], y[4 * MOST], dx[MOST];
    fill(x, MOST, Z, 0, 1);
    for (int s = 0; s < set_count; s++) {
        const size_t block = (size_t)sets[s]->block;
        const int height = 5, width = 7;
        sets[s]->f32.upsample(x, height, width, y);
        for (int py = 0; py < 2 * height; py++)
            for (int px = 0; px < 2 * width; px++)
                CHECK(memcmp(y + (size_t)(py * 2 * width + px) * block,
                             x + (size_t)(py / 2 * width + px / 2) * block, block * sizeof *x) == 0);
        const void *dy[] = {y, y, y};
        for (int count = 1; count <= 3; count++) {
            sets[s]->f32.upsample_sums(dy, count, height, width, dx);
            for (size_t i = 0; i < (size_t)(height * width) * block; i++)
                CHECK_NEAR((double)dx[i], 4 * count * (double)x[i], 1e-5);
        }
    }
}

enum { FLAT = 3 * 64 + 1 };

static void test_sum(void)
{
    enum { MOST_SUMMED = 12 * YD_MAX_BLOCK };
    static float x[8][MOST_SUMMED], out[MOST_SUMMED + 1];
    fill(x[0], 8 * MOST_SUMMED, VALUES, 0, 1);
    const void *terms[8];
    for (int k = 0; k < 8; k++) terms[k] = x[k];
    for (int s = 0; s < set_count; s++)
        for (size_t n = 0; n <= MOST_SUMMED; n += (size_t)sets[s]->block)
            for (int count = 1; count <= 8; count++) {
                out[n] = 42;
                sets[s]->f32.sum(terms, count, n, out);
                CHECK(out[n] == 42);
                for (size_t i = 0; i < n; i++) {
                    float sum = x[0][i];
                    for (int k = 1; k < count; k++) sum += x[k][i];
                    CHECK(out[i] == sum);
                }
            }
}

static void check_sgd(const yd_vector *v, size_t n, const yd_sgd_step *step)
{
    static float p[FLAT + 1], g[FLAT], m[FLAT + 1], start_p[FLAT], start_m[FLAT];
    fill(start_p, FLAT, VALUES, 0, 1);
    fill(g, FLAT, GRADIENTS, 0, 1);
    fill(start_m, FLAT, MOMENTA, 0, 1);
    memcpy(p, start_p, sizeof start_p);
    memcpy(m, start_m, sizeof start_m);
    p[n] = m[n] = 42;
    v->sgd(step, n, p, g, m);
    CHECK(p[n] == 42 && m[n] == 42);
    for (size_t i = 0; i < n; i++) {
        const double d = (double)step->scale * (double)g[i] + (double)step->weight_decay * (double)start_p[i];
        const double buffer = step->first ? d : (double)step->momentum * (double)start_m[i] + d;
        CHECK_NEAR((double)m[i], buffer, 1e-6);
        CHECK_NEAR((double)p[i],
                   (double)start_p[i] - (double)step->lr * (d + (double)step->momentum * buffer), 1e-6);
    }
}

static void test_sgd(void)
{
    const yd_sgd_step first = {
        .lr = 0.1f, .momentum = 0.9f, .weight_decay = 0.01f, .scale = 0.5f, .first = true};
    yd_sgd_step later = first;
    later.first = false;
    for (int s = 0; s < set_count; s++)
        for (size_t n = 0; n < FLAT; n++) {
            check_sgd(sets[s], n, &first);
            check_sgd(sets[s], n, &later);
        }
}

static void check_adam(const yd_vector *v, size_t n, const yd_adam_step *s)
{
    static float p[FLAT + 1], g[FLAT], m[FLAT + 1], q[FLAT + 1], start_p[FLAT], start_m[FLAT], start_q[FLAT];
    fill(start_p, FLAT, VALUES, 0, 1);
    fill(g, FLAT, GRADIENTS, 0, 1);
    fill(start_m, FLAT, MOMENTA, 0, 1);
    for (size_t i = 0; i < FLAT; i++) start_q[i] = start_m[(i + 1) % FLAT] * start_m[(i + 1) % FLAT];
    memcpy(p, start_p, sizeof start_p);
    memcpy(m, start_m, sizeof start_m);
    memcpy(q, start_q, sizeof start_q);
    p[n] = m[n] = q[n] = 42;
    v->adam(s, n, p, g, m, q);
    CHECK(p[n] == 42 && m[n] == 42 && q[n] == 42);
    for (size_t i = 0; i < n; i++) {
        float value = start_p[i] * s->shrink;
        const float d = s->scale * g[i] + s->weight_decay * value;
        const float mean = s->keep1 * start_m[i] + s->take1 * d;
        const float square = s->keep2 * start_q[i] + s->take2 * (d * d);
        value -= s->rate * mean / (sqrtf(square) / s->root + s->epsilon);
        CHECK(m[i] == mean && q[i] == square && p[i] == value); /* every set, to the last bit */
    }
}

static void test_adam(void)
{
    const yd_adam_step adam = {.rate = 0.1f,
                               .root = 0.7f,
                               .keep1 = 0.937f,
                               .take1 = 0.063f,
                               .keep2 = 0.999f,
                               .take2 = 0.001f,
                               .epsilon = 1e-8f,
                               .shrink = 1,
                               .weight_decay = 0.01f,
                               .scale = 0.5f};
    yd_adam_step decoupled = adam;
    decoupled.shrink = 0.99f, decoupled.weight_decay = 0;
    for (int s = 0; s < set_count; s++)
        for (size_t n = 0; n < FLAT; n++) {
            check_adam(sets[s], n, &adam);
            check_adam(sets[s], n, &decoupled);
        }
}

static void test_ema(void)
{
    static float average[FLAT + 1], start[FLAT], p[FLAT];
    fill(start, FLAT, VALUES, 0, 1);
    fill(p, FLAT, GRADIENTS, 0, 1);
    for (int s = 0; s < set_count; s++)
        for (size_t n = 0; n < FLAT; n++) {
            memcpy(average, start, sizeof start);
            average[n] = 42;
            sets[s]->ema(0.99f, 0.01f, n, average, p);
            CHECK(average[n] == 42);
            for (size_t i = 0; i < n; i++)
                CHECK_NEAR((double)average[i], 0.99 * (double)start[i] + 0.01 * (double)p[i], 1e-6);
        }
}

static void test_sum_squares(void)
{
    static float x[FLAT];
    fill(x, FLAT, VALUES, 1, 1);
    for (int s = 0; s < set_count; s++)
        for (size_t n = 0; n <= FLAT; n++) {
            double sum = 0;
            for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
            CHECK_NEAR(sets[s]->sum_squares(n, x), sum, 1e-12 * sum);
        }
    for (size_t at = 0; at < FLAT;
         at += 31) { /* one bad number anywhere is seen; large ones do not overflow */
        for (int s = 0; s < set_count; s++) {
            const float kept = x[at];
            x[at] = NAN;
            CHECK(isnan(sets[s]->sum_squares(FLAT, x)));
            x[at] = -INFINITY;
            CHECK(isinf(sets[s]->sum_squares(FLAT, x)));
            x[at] = 1e30f;
            CHECK(isfinite(sets[s]->sum_squares(FLAT, x)));
            x[at] = kept;
        }
    }
}

/* IEEE half: 11 bits, steps of 2^-24 at least, infinite from 65520 on. */
static double through_half(double x)
{
    int exponent;
    if (x == 0 || !isfinite(x)) return x;
    frexp(x, &exponent);
    const double unit = ldexp(1, exponent - 11 > -24 ? exponent - 11 : -24);
    const double rounded = rint(x / unit) * unit;
    return fabs(rounded) > 65504 ? copysign(INFINITY, x) : rounded;
}

/* Each half's neighbourhood: itself, the ties around it, and what lies one float beside those; in both signs.
 */
static void test_round_half(void)
{
    static float x[64], rounded[64];
    for (int s = 0; s < set_count; s++)
        for (int exponent = -30; exponent <= 17; exponent++)
            for (int mantissa = 0; mantissa < 2048; mantissa += mantissa < 8 ? 1 : 37) {
                size_t n = 0;
                for (int sign = -1; sign <= 1; sign += 2) {
                    const float value = (float)sign * ldexpf(1 + (float)mantissa / 2048, exponent);
                    const float around[] = {value, nextafterf(value, 0), nextafterf(value, INFINITY),
                                            value * 0.75f};
                    for (int i = 0; i < 4; i++) x[n++] = around[i];
                }
                memcpy(rounded, x, n * sizeof *x);
                sets[s]->round_half(n - 1, rounded); /* a tail as well */
                CHECK(rounded[n - 1] == x[n - 1]);
                sets[s]->round_half(1, rounded + n - 1);
                for (size_t i = 0; i < n; i++) {
                    CHECK((double)rounded[i] == through_half((double)x[i]));
                    CHECK(signbit(rounded[i]) == signbit(x[i]));
                }
            }
    for (int s = 0; s < set_count; s++) {
        float special[] = {NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 65519.996f, 65520, -65520, 3e38f};
        const float wanted[] = {NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 65504, INFINITY, -INFINITY, INFINITY};
        sets[s]->round_half(9, special);
        CHECK(isnan(special[0]));
        for (int i = 1; i < 9; i++)
            CHECK(special[i] == wanted[i] && signbit(special[i]) == signbit(wanted[i]));
    }
}

static void test_load_bytes(void)
{
    uint8_t bytes[256 + 16];
    float out[256 + 17];
    for (int i = 0; i < 256 + 16; i++) bytes[i] = (uint8_t)i;
    for (int s = 0; s < set_count; s++)
        for (size_t n = 256 - 16; n <= 256 + 16; n++) {
            out[n] = 42;
            sets[s]->f32.load_bytes(bytes, n, out);
            CHECK(out[n] == 42);
            for (size_t i = 0; i < n; i++) CHECK(out[i] == (float)bytes[i] / 255.0f);
        }
}

/* --- bf16: each kernel against its float32 twin of the same numbers */

static float widened(uint16_t half)
{
    const uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Numbers that bf16 holds, in both types. */
static void fill_both(uint16_t *half, float *whole, size_t n, enum purpose purpose, float spread)
{
    fill(whole, n, purpose, 0.2f, spread);
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &whole[i], sizeof bits);
        half[i] = (uint16_t)(bits >> 16);
        whole[i] = widened(half[i]);
    }
}

/* Within rounding (one part in 256), and a little for the shorter sigmoid. */
static void check_rounded(const uint16_t *found, const float *wanted, size_t n)
{
    for (size_t i = 0; i < n; i++)
        CHECK_NEAR((double)widened(found[i]), (double)wanted[i], fabs((double)wanted[i]) / 240 + 1e-4);
}

static void check_bf16_norm(const yd_vector *v, yd_activation kind, size_t pixels)
{
    static float z[MOST], dy[2][MOST], y[MOST];
    static uint16_t hz[MOST], hdy[2][MOST], hy[MOST], kept[MOST];
    float store[5][YD_MAX_BLOCK];
    const yd_norm_lanes lanes = make_lanes(store, kind);
    const size_t n = pixels * (size_t)v->block;
    yd_norm_sums sums, wanted;
    yd_moments moments, wanted_moments;
    fill_both(hz, z, MOST, Z, 4);
    fill_both(hdy[0], dy[0], 2 * MOST, DY, 0.5f);
    v->f32.moments(z, pixels, &wanted_moments);
    v->bf16.moments(hz, pixels, &moments);
    CHECK(memcmp(&moments, &wanted_moments, offsetof(yd_moments, m2)) == 0);
    v->f32.norm_forward(&lanes, z, pixels, y);
    v->bf16.norm_forward(&lanes, hz, pixels, hy);
    check_rounded(hy, y, n);
    for (int count = 1; count <= 2; count++) {
        const void *views[] = {dy[0], dy[1]}, *half_views[] = {hdy[0], hdy[1]};
        v->f32.norm_sums(&lanes, z, views, count, pixels, NULL, &wanted);
        v->bf16.norm_sums(&lanes, hz, half_views, count, pixels, kept, &sums);
        for (int c = 0; c < v->block; c++) {
            CHECK_NEAR(sums.g[c], wanted.g[c], 2e-4 * (double)(pixels + 10));
            CHECK_NEAR(sums.gz[c], wanted.gz[c], 6e-4 * (double)(pixels + 10));
        }
        v->f32.norm_backward(&lanes, z, views, count, pixels, y);
        v->bf16.norm_backward(&lanes, hz, half_views, count, pixels, hy);
        check_rounded(hy, y, n);
    }
}

static void test_bf16_norm(void)
{
    for (int kind = YD_ACT_NONE; kind <= YD_ACT_RELU; kind++)
        for (int s = 0; s < set_count; s++)
            for (int l = 0; l < LENGTHS; l += 3) check_bf16_norm(sets[s], (yd_activation)kind, lengths[l]);
}

static void test_bf16_pool(void)
{
    static float x[MOST], y[MOST], rows[2 * MOST];
    static uint16_t hx[MOST], hy[MOST];
    static uint8_t index[MOST], half_index[MOST];
    enum { HEIGHT = 7, WIDTH = 9, K = 5 };
    const yd_windows windows = {HEIGHT, WIDTH, HEIGHT, WIDTH, K, 1, K / 2};
    fill_both(hx, x, MOST, Z, 2);
    for (int s = 0; s < set_count; s++) {
        const size_t block = (size_t)sets[s]->block, n = HEIGHT * WIDTH * block;
        int offset[K * K];
        for (int i = 0; i < K * K; i++) offset[i] = (i / K * WIDTH + i % K) * (int)block;
        sets[s]->f32.max_pool(&windows, x, y, index, rows);
        sets[s]->bf16.max_pool(&windows, hx, hy, half_index, rows);
        CHECK(memcmp(index, half_index, n) == 0);
        for (size_t i = 0; i < n; i++) CHECK(widened(hy[i]) == y[i]);
        const void *dy[] = {x}, *half_dy[] = {hx};
        sets[s]->f32.max_pool_backward(&windows, dy, 1, index, offset, rows, y);
        sets[s]->bf16.max_pool_backward(&windows, half_dy, 1, index, offset, rows, hy);
        check_rounded(hy, y, n);
        double given = 0, taken = 0; /* whatever is given is taken somewhere */
        for (size_t i = 0; i < n; i++) given += (double)x[i], taken += (double)y[i];
        CHECK_NEAR(given, taken, 1e-3);
    }
}

/* 3 x 2 pixels to 2 x 4: rows a share of two, columns each twice. */
static void check_bf16_resize(const yd_vector *v, const float *x, const uint16_t *hx, const void *const dy[2],
                              const void *const half_dy[2])
{
    static float y[MOST], rows[MOST];
    static uint16_t hy[MOST];
    static const yd_plane_tap down[2] = {{0, 1, 0.25f}, {1, 2, 0.75f}},
                              across[4] = {{0, 0, 0}, {0, 0, 0}, {1, 1, 0}, {1, 1, 0}};
    const yd_plane_resize resize = {3, 2, 2, 4, down, across};
    const size_t block = (size_t)v->block;
    v->f32.resize(&resize, x, y);
    v->bf16.resize(&resize, hx, hy);
    check_rounded(hy, y, 8 * block);
    for (size_t i = 0; i < block; i++)
        CHECK_NEAR((double)y[i], 0.75 * (double)x[i] + 0.25 * (double)x[2 * block + i], 1e-6);
    v->f32.resize_sums(&resize, dy, 2, rows, y);
    v->bf16.resize_sums(&resize, half_dy, 2, rows, hy);
    check_rounded(hy, y, 6 * block);
}

static void test_bf16_shapes(void)
{
    static float x[MOST], y[4 * MOST];
    static uint16_t hx[MOST], hy[4 * MOST];
    enum { HEIGHT = 5, WIDTH = 6 };
    fill_both(hx, x, MOST, Z, 2);
    for (int s = 0; s < set_count; s++) {
        const size_t block = (size_t)sets[s]->block, n = HEIGHT * WIDTH * block;
        sets[s]->f32.upsample(x, HEIGHT, WIDTH, y);
        sets[s]->bf16.upsample(hx, HEIGHT, WIDTH, hy);
        for (size_t i = 0; i < 4 * n; i++) CHECK(widened(hy[i]) == y[i]);
        const void *dy[] = {x, x + block}, *half_dy[] = {hx, hx + block};
        sets[s]->f32.upsample_sums(dy, 2, 2, 3, y);
        sets[s]->bf16.upsample_sums(half_dy, 2, 2, 3, hy);
        check_rounded(hy, y, 6 * block);
        check_bf16_resize(sets[s], x, hx, dy, half_dy);
        sets[s]->f32.sum(dy, 2, n, y);
        sets[s]->bf16.sum(half_dy, 2, n, hy);
        check_rounded(hy, y, n);
    }
}

/* The nearest bf16, ties to even; and bytes / 255 through it. */
static void test_to_bf16(void)
{
    static const struct {
        uint32_t from;
        uint16_t to;
    } cases[] = {{0x3f800000, 0x3f80}, {0x3f808000, 0x3f80}, {0x3f808001, 0x3f81}, {0x3f818000, 0x3f82},
                 {0xbf817fff, 0xbf81}, {0x7f7fffff, 0x7f80}, {0xff800000, 0xff80}, {0x00000000, 0},
                 {0x80000000, 0x8000}, {0x00012345, 0},      {0x00ff8000, 0x0100}, {0x7fc00001, 0x7fc0}};
    enum { CASES = sizeof cases / sizeof *cases };
    float from[CASES];
    uint16_t to[CASES + 1], bytes_out[300];
    uint8_t bytes[299];
    for (int i = 0; i < CASES; i++) memcpy(&from[i], &cases[i].from, sizeof *from);
    for (int i = 0; i < 299; i++) bytes[i] = (uint8_t)i;
    for (int s = 0; s < set_count; s++) {
        for (size_t n = 0; n <= CASES; n++) {
            to[n] = 42;
            sets[s]->to_bf16(from, n, to);
            CHECK(to[n] == 42);
            for (size_t i = 0; i < n; i++) CHECK(to[i] == cases[i].to);
        }
        bytes_out[299] = 42;
        sets[s]->bf16.load_bytes(bytes, 299, bytes_out);
        CHECK(bytes_out[299] == 42);
        for (int i = 0; i < 299; i++)
            CHECK_NEAR((double)widened(bytes_out[i]), bytes[i] / 255.0, bytes[i] / 255.0 / 256);
    }
}

int main(int argc, char **argv)
{
    static const yd_test_case cases[] = {
        {"list", test_list},
        {"moments", test_moments},
        {"moments combined", test_combine},
        {"norm and activation", test_norm},
        {"accuracy of SiLU", test_silu_accuracy},
        {"extremes of SiLU", test_silu_extremes},
        {"max pool", test_max_pool},
        {"upsample", test_upsample},
        {"sum", test_sum},
        {"sgd", test_sgd},
        {"adam", test_adam},
        {"ema", test_ema},
        {"sum of squares", test_sum_squares},
        {"rounding to half", test_round_half},
        {"bytes", test_load_bytes},
        {"bf16: norm and activation", test_bf16_norm},
        {"bf16: max pool", test_bf16_pool},
        {"bf16: upsample and sums", test_bf16_shapes},
        {"bf16: rounding", test_to_bf16},
    };
    set_count = yd_vector_list(sets);
    return yd_test_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
