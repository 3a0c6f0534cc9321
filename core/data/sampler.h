/* The order of an epoch: a pure function of (seed, epoch), so that any batch of any epoch can be named by two
 * integers (data_and_metrics.md, 19). */
#pragma once
#include "base/error.h"
#include <stdint.h>

typedef enum yd_order {
    YD_ORDER_SEQUENTIAL,
    YD_ORDER_SHUFFLED, /* every order equally likely */
    YD_ORDER_WEIGHTED  /* drawn with replacement, by weight */
} yd_order;

typedef struct yd_sampler {
    int count;      /* pictures in the data set */
    int batch_size; /* of one process */
    int least;      /* an epoch's last batch is left out where it has fewer samples; 0: 1 */
    yd_order order;
    uint64_t seed;
    int rank, ranks; /* this process takes every ranks-th position from rank on; ranks 0 and 1 are the same */
    const double *weights; /* [count], for YD_ORDER_WEIGHTED; all zero counts as all equal */
} yd_sampler;

/* Samples and batches of an epoch for this process: equal on all ranks, the last batch may be short. */
int yd_sampler_length(const yd_sampler *sampler);
int yd_sampler_batches(const yd_sampler *sampler);

/* The order of an epoch, for all ranks: order [count]. YD_ERR_MEMORY. */
yd_status yd_sampler_order(const yd_sampler *sampler, int epoch, int32_t *order, yd_error *error);

/* The position in that order of this process's n-th sample; wraps where the ranks' shares were evened out. */
int yd_sampler_position(const yd_sampler *sampler, int n);
