#include "train/bce.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

double yd_bce(const yd_bce_rule *rule, double x, double t, double *slope)
{
    double p = 1 / (1 + exp(-x)), weight = rule->positive_weight;
    double softplus = log1p(exp(-fabs(x))) + (x < 0 ? -x : 0); /* -log sigma(x) */
    double loss = (1 - t) * x + (1 + (weight - 1) * t) * softplus;
    *slope = (weight * t + 1 - t) * p - weight * t;
    if (rule->gamma <= 0) return loss;
    double miss = 1 - (t * p + (1 - t) * (1 - p)), spread = p * (1 - p);
    double alpha = 0.25 * t + 0.75 * (1 - t), modulation = pow(miss, rule->gamma);
    /* A saturated logit moves nothing, and must not meet 0^(gamma - 1). */
    double pull = spread == 0 ? 0 : loss * rule->gamma * pow(miss, rule->gamma - 1) * (2 * t - 1) * spread;
    *slope = alpha * (modulation * *slope - pull);
    return loss * alpha * modulation;
}

/* Loops over GROUP elements, which the compiler turns into vectors. */
enum { GROUP = 16 };
#define INLINE static inline __attribute__((always_inline))

/* exp(y), y <= 0: y = n ln 2 + r, the Taylor series of exp(r), |r| <= ln 2 / 2, times 2^n. Below exp(-700) it
 * stays there; NaN stays NaN. */
INLINE double exponential(double y)
{
    const double round =
        6755399441055744.0; /* 1.5 * 2^52: adding it leaves the nearest integer in the low bits */
    y = y < -700 ? -700 : y;
    const double biased = y * 1.4426950408889634 + round, n = biased - round;
    const double r = (y - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
    double p = 1.0 / 6227020800;
    p = p * r + 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * r + 1;
    p = p * r + 1;
    uint64_t bits;
    double power;
    memcpy(&bits, &biased, sizeof bits);
    bits = (bits + 1023) << 52;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

/* log(1 + z), 0 <= z <= 1: twice the series of artanh(z / (2 + z)). */
INLINE double log_of_one_and(double z)
{
    const double s = z / (2 + z), s2 = s * s;
    double p = 1.0 / 33;
    p = p * s2 + 1.0 / 31;
    p = p * s2 + 1.0 / 29;
    p = p * s2 + 1.0 / 27;
    p = p * s2 + 1.0 / 25;
    p = p * s2 + 1.0 / 23;
    p = p * s2 + 1.0 / 21;
    p = p * s2 + 1.0 / 19;
    p = p * s2 + 1.0 / 17;
    p = p * s2 + 1.0 / 15;
    p = p * s2 + 1.0 / 13;
    p = p * s2 + 1.0 / 11;
    p = p * s2 + 1.0 / 9;
    p = p * s2 + 1.0 / 7;
    p = p * s2 + 1.0 / 5;
    p = p * s2 + 1.0 / 3;
    return 2 * (s + s * (s2 * p));
}

/* Slopes into x, losses into t. */
INLINE void plain_group(double *restrict x, double *restrict t)
{
    for (int i = 0; i < GROUP; i++) {
        const double logit = x[i], target = t[i];
        const double tail = exponential(-fabs(logit)), share = 1 / (1 + tail);
        const double positive = logit < 0 ? 0 : logit;
        t[i] = positive - target * logit + log_of_one_and(tail);
        x[i] = (logit < 0 ? tail * share : share) - target;
    }
}

INLINE void plain_groups(double *x, double *t, int count)
{
    for (int i = 0; i < count; i += GROUP) plain_group(x + i, t + i);
}

static void base_set(double *x, double *t, int count)
{
    plain_groups(x, t, count);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void avx2_set(double *x, double *t, int count)
{
    plain_groups(x, t, count);
}

__attribute__((target("avx512f,avx512dq"))) static void avx512_set(double *x, double *t, int count)
{
    plain_groups(x, t, count);
}
#endif

int yd_bce_sets(yd_bce_set *sets[3])
{
    int count = 0;
    sets[count++] = base_set;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) sets[count++] = avx2_set;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) sets[count++] = avx512_set;
#endif
    return count;
}

double yd_bce_many(const yd_bce_rule *rule, double *x, double *t, int count)
{
    double sums[GROUP] = {0}, sum = 0;
    if (rule->gamma > 0 || rule->positive_weight != 1) {
        for (int i = 0; i < count; i++) sum += yd_bce(rule, x[i], t[i], &x[i]);
        return sum;
    }
    const int padded = (count + GROUP - 1) / GROUP * GROUP;
    for (int i = count; i < padded; i++) x[i] = t[i] = 0;
    yd_bce_set *sets[3];
    sets[yd_bce_sets(sets) - 1](x, t, padded);
    for (int i = count; i < padded; i++) t[i] = 0;
    for (int i = 0; i < padded; i += GROUP)
        for (int lane = 0; lane < GROUP; lane++) sums[lane] += t[i + lane];
    for (int lane = 0; lane < GROUP; lane++) sum += sums[lane];
    return sum;
}
