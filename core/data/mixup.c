#include "data/mixup.h"
#include <math.h>

/* A gamma variate of whole shape is a sum of exponential ones. */
static double draw_gamma(yd_rng *rng, int shape)
{
    double sum = 0;
    for (int i = 0; i < shape; i++) sum -= log(1 - yd_rng_uniform(rng));
    return sum;
}

double yd_mixup_draw(yd_rng *rng)
{
    enum { SHAPE = 32 };
    double a = draw_gamma(rng, SHAPE), b = draw_gamma(rng, SHAPE);
    return a / (a + b);
}

void yd_mixup_blend(uint8_t *samples, const uint8_t *other, size_t count, double ratio)
{
    double share[256], rest[256];
    for (int i = 0; i < 256; i++) {
        share[i] = i * ratio;
        rest[i] = i * (1 - ratio);
    }
    for (size_t i = 0; i < count; i++) samples[i] = (uint8_t)(share[samples[i]] + rest[other[i]]);
}
