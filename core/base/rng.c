#include "base/rng.h"
#include <math.h>

/* One block of Philox 4x32-10: J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11. */
static void fill_block(yd_rng *rng)
{
    uint32_t a = rng->counter[0], b = rng->counter[1], c = rng->counter[2], d = rng->counter[3];
    uint32_t key0 = rng->key[0], key1 = rng->key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p = (uint64_t)0xD2511F53u * a, q = (uint64_t)0xCD9E8D57u * c;
        uint32_t next_a = (uint32_t)(q >> 32) ^ b ^ key0, next_c = (uint32_t)(p >> 32) ^ d ^ key1;
        a = next_a, b = (uint32_t)q, c = next_c, d = (uint32_t)p;
        key0 += 0x9E3779B9u, key1 += 0xBB67AE85u;
    }
    rng->block[0] = a, rng->block[1] = b, rng->block[2] = c, rng->block[3] = d;
    rng->counter[0]++;
    rng->used = 0;
}

yd_rng yd_rng_make(uint64_t seed, uint32_t epoch, uint32_t sample, uint32_t purpose)
{
    return (yd_rng){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)}, .counter = {0, sample, epoch, purpose}, .used = 4};
}

uint32_t yd_rng_u32(yd_rng *rng)
{
    if (rng->used >= 4) fill_block(rng);
    return rng->block[rng->used++];
}

double yd_rng_uniform(yd_rng *rng)
{
    uint32_t high = yd_rng_u32(rng) >> 5, low = yd_rng_u32(rng) >> 6;
    return (high * 67108864.0 + low) * 0x1p-53;
}

double yd_rng_between(yd_rng *rng, double low, double high)
{
    return low + (high - low) * yd_rng_uniform(rng);
}

/* D. Lemire, "Fast random integer generation in an interval", 2019. */
uint32_t yd_rng_below(yd_rng *rng, uint32_t bound)
{
    uint64_t product = (uint64_t)yd_rng_u32(rng) * bound;
    if ((uint32_t)product < bound) {
        uint32_t threshold = (0u - bound) % bound;
        while ((uint32_t)product < threshold) product = (uint64_t)yd_rng_u32(rng) * bound;
    }
    return (uint32_t)(product >> 32);
}

double yd_rng_normal(yd_rng *rng)
{
    double radius = sqrt(-2.0 * log(1.0 - yd_rng_uniform(rng)));
    return radius * cos(6.283185307179586 * yd_rng_uniform(rng));
}
