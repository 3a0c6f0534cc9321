/* Random hue, saturation and value (data_and_metrics.md, 18). */
#pragma once
#include "data/augment.h"
#include "image/image.h"
#include <stdbool.h>

typedef struct yd_hsv_draws {
    bool used; /* false where all three gains are 0: then the colours do not even pass through HSV */
    double hue, saturation, value;
} yd_hsv_draws;

yd_hsv_draws yd_hsv_draw(const yd_augment *augment, yd_rng *rng);
void yd_hsv_apply(yd_image *image, const yd_hsv_draws *draws);
