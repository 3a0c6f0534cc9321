#include "data/hsv.h"
#include "image/colour.h"

yd_hsv_draws yd_hsv_draw(const yd_augment *augment, yd_rng *rng)
{
    yd_hsv_draws draws = {.used = augment->hsv_h != 0 || augment->hsv_s != 0 || augment->hsv_v != 0};
    draws.hue = yd_rng_between(rng, -1, 1) * augment->hsv_h + 1;
    draws.saturation = yd_rng_between(rng, -1, 1) * augment->hsv_s + 1;
    draws.value = yd_rng_between(rng, -1, 1) * augment->hsv_v + 1;
    return draws;
}

void yd_hsv_apply(yd_image *image, const yd_hsv_draws *draws)
{
    if (draws->used) yd_hsv_gain(image, draws->hue, draws->saturation, draws->value);
}
