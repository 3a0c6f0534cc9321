/* Counter-based random numbers: every draw is a pure function of (seed, epoch, sample, purpose) and its
 * index, so results do not depend on threads or on order. Philox 4x32-10 (Salmon et al., SC'11). */
#pragma once
#include <stdint.h>

typedef struct yd_rng {
    uint32_t key[2], counter[4], block[4];
    uint32_t used; /* draws taken from block */
} yd_rng;

/* purpose: an enumerator of the calling module; distinct purposes give independent streams. */
yd_rng yd_rng_make(uint64_t seed, uint32_t epoch, uint32_t sample, uint32_t purpose);
uint32_t yd_rng_u32(yd_rng *rng);
double yd_rng_uniform(yd_rng *rng);                          /* [0, 1), 53 bits */
double yd_rng_between(yd_rng *rng, double low, double high); /* low + (high - low) * uniform */
uint32_t yd_rng_below(yd_rng *rng, uint32_t bound);          /* [0, bound), without bias; bound > 0 */
double yd_rng_normal(yd_rng *rng);                           /* Box-Muller */
