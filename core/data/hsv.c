#include "data/hsv.h"

yd_hsv_draws yd_hsv_draw(const yd_augment *augment, yd_rng *rng)
{
    yd_hsv_draws draws = {.used = augment->hsv_h != 0 || augment->hsv_s != 0 || augment->hsv_v != 0};
    draws.hue = yd_rng_between(rng, -1, 1) * augment->hsv_h + 1;
    draws.saturation = yd_rng_between(rng, -1, 1) * augment->hsv_s + 1;
    draws.value = yd_rng_between(rng, -1, 1) * augment->hsv_v + 1;
    return draws;
}

const yd_hsv_gains *yd_hsv_prepare(const yd_hsv_draws *draws, yd_hsv_gains *gains)
{
    if (!draws->used) return NULL;
    yd_hsv_gains_make(draws->hue, draws->saturation, draws->value, gains);
    return gains;
}
