#include "data/sampler.h"
#include "data/augment.h"
#include <math.h>
#include <stdlib.h>

static int ranks_of(const yd_sampler *sampler)
{
    return sampler->ranks > 1 ? sampler->ranks : 1;
}

int yd_sampler_length(const yd_sampler *sampler)
{
    int ranks = ranks_of(sampler);
    return sampler->count / ranks + (sampler->count % ranks != 0);
}

int yd_sampler_batches(const yd_sampler *sampler)
{
    int length = yd_sampler_length(sampler), least = sampler->least > 1 ? sampler->least : 1;
    return length / sampler->batch_size + (length % sampler->batch_size >= least);
}

int yd_sampler_position(const yd_sampler *sampler, int n)
{
    return (int)(((int64_t)n * ranks_of(sampler) + sampler->rank) % sampler->count);
}

/* The first place whose running total exceeds value. */
static int32_t find_total(const double *totals, int count, double value)
{
    int low = 0, high = count - 1;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (totals[middle] > value)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static yd_status draw_weighted(const yd_sampler *sampler, int epoch, int32_t *order, yd_error *error)
{
    int count = sampler->count;
    double *totals = malloc((size_t)count * sizeof *totals), sum = 0;
    if (!totals) return yd_fail(error, YD_ERR_MEMORY, "out of memory for the weights of pictures");
    for (int i = 0; i < count; i++) totals[i] = sum += fmax(sampler->weights[i], 0); /* NaN counts as 0 */
    for (int i = 0; !(sum > 0 && isfinite(sum)) && i < count; i++) totals[i] = i + 1;
    yd_rng rng = yd_rng_make(sampler->seed, (uint32_t)epoch, 0, YD_DRAW_WEIGHTED);
    for (int i = 0; i < count; i++)
        order[i] = find_total(totals, count, yd_rng_uniform(&rng) * totals[count - 1]);
    free(totals);
    return YD_OK;
}

yd_status yd_sampler_order(const yd_sampler *sampler, int epoch, int32_t *order, yd_error *error)
{
    if (sampler->order == YD_ORDER_WEIGHTED) return draw_weighted(sampler, epoch, order, error);
    for (int i = 0; i < sampler->count; i++) order[i] = i;
    if (sampler->order == YD_ORDER_SEQUENTIAL) return YD_OK;
    yd_rng rng = yd_rng_make(sampler->seed, (uint32_t)epoch, 0, YD_DRAW_ORDER);
    for (int i = sampler->count - 1; i > 0; i--) {
        int k = (int)yd_rng_below(&rng, (uint32_t)i + 1);
        int32_t swap = order[i];
        order[i] = order[k];
        order[k] = swap;
    }
    return YD_OK;
}
