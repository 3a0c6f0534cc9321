#include "support/mt19937.h"
#include <math.h>

enum { N = 624, M = 397 };

void yd_mt_seed_numpy(yd_mt19937 *mt, uint32_t seed)
{
    mt->state[0] = seed;
    for (uint32_t i = 1; i < N; i++) {
        uint32_t last = mt->state[i - 1];
        mt->state[i] = 1812433253u * (last ^ last >> 30) + i;
    }
    mt->next = N;
    mt->has_spare = false;
}

/* init_by_array with a key of one word. */
void yd_mt_seed_python(yd_mt19937 *mt, uint32_t seed)
{
    uint32_t i = 1, *s = mt->state;
    yd_mt_seed_numpy(mt, 19650218u);
    for (int k = N; k; k--) {
        s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * 1664525u) + seed;
        if (++i >= N) s[0] = s[N - 1], i = 1;
    }
    for (int k = N - 1; k; k--) {
        s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * 1566083941u) - i;
        if (++i >= N) s[0] = s[N - 1], i = 1;
    }
    s[0] = 0x80000000u;
}

uint32_t yd_mt_u32(yd_mt19937 *mt)
{
    if (mt->next >= N) {
        for (int i = 0; i < N; i++) {
            uint32_t y = (mt->state[i] & 0x80000000u) | (mt->state[(i + 1) % N] & 0x7fffffffu);
            mt->state[i] = mt->state[(i + M) % N] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
        }
        mt->next = 0;
    }
    uint32_t y = mt->state[mt->next++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

double yd_mt_uniform(yd_mt19937 *mt)
{
    uint32_t a = yd_mt_u32(mt) >> 5, b = yd_mt_u32(mt) >> 6;
    return (a * 67108864.0 + b) / 9007199254740992.0;
}

double yd_mt_between(yd_mt19937 *mt, double low, double high)
{
    return low + (high - low) * yd_mt_uniform(mt);
}

uint32_t yd_mt_below(yd_mt19937 *mt, uint32_t bound)
{
    int bits = 32 - __builtin_clz(bound);
    for (;;) {
        uint32_t drawn = yd_mt_u32(mt) >> (32 - bits);
        if (drawn < bound) return drawn;
    }
}

void yd_mt_shuffle(yd_mt19937 *mt, int32_t *items, int count)
{
    for (int i = count - 1; i > 0; i--) {
        uint32_t k = yd_mt_below(mt, (uint32_t)i + 1);
        int32_t swap = items[i];
        items[i] = items[k];
        items[k] = swap;
    }
}

static double normal(yd_mt19937 *mt)
{
    if (mt->has_spare) {
        mt->has_spare = false;
        return mt->spare;
    }
    for (;;) {
        double x1 = 2 * yd_mt_uniform(mt) - 1, x2 = 2 * yd_mt_uniform(mt) - 1, r2 = x1 * x1 + x2 * x2;
        if (r2 >= 1 || r2 == 0) continue;
        double f = sqrt(-2 * log(r2) / r2);
        mt->spare = f * x1;
        mt->has_spare = true;
        return f * x2;
    }
}

static double gamma_draw(yd_mt19937 *mt, double shape)
{
    double b = shape - 1.0 / 3.0, c = 1 / sqrt(9 * b);
    for (;;) {
        double x, v;
        do {
            x = normal(mt);
            v = 1 + c * x;
        } while (v <= 0);
        v = v * v * v;
        double u = yd_mt_uniform(mt);
        if (u < 1 - 0.0331 * (x * x) * (x * x) || log(u) < 0.5 * x * x + b * (1 - v + log(v))) return b * v;
    }
}

double yd_mt_beta(yd_mt19937 *mt, double a, double b)
{
    double first = gamma_draw(mt, a);
    return first / (first + gamma_draw(mt, b));
}
