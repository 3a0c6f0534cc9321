/* The generators of Python's random module and of NumPy's legacy functions (data_and_metrics.md, 31), to
 * replay what the reference drew. For tests only: the program's own draws are counter-based. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef struct yd_mt19937 {
    uint32_t state[624];
    int next;
    double spare; /* the second of a pair of normal draws */
    bool has_spare;
} yd_mt19937;

void yd_mt_seed_python(yd_mt19937 *mt, uint32_t seed);
void yd_mt_seed_numpy(yd_mt19937 *mt, uint32_t seed);
uint32_t yd_mt_u32(yd_mt19937 *mt);
double yd_mt_uniform(yd_mt19937 *mt);
double yd_mt_between(yd_mt19937 *mt, double low, double high);
uint32_t yd_mt_below(yd_mt19937 *mt, uint32_t bound); /* Python's randbelow */
void yd_mt_shuffle(yd_mt19937 *mt, int32_t *items, int count);
double yd_mt_beta(yd_mt19937 *mt, double a, double b); /* NumPy's; both above 1 */
