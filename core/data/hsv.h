/* Random hue, saturation and value (data_and_metrics.md, 18). */
#pragma once
#include "data/augment.h"
#include "image/colour.h"
#include <stdbool.h>

typedef struct yd_hsv_draws {
    bool used; /* false where all three gains are 0: then the colours do not even pass through HSV */
    double hue, saturation, value;
} yd_hsv_draws;

yd_hsv_draws yd_hsv_draw(const yd_augment *augment, yd_rng *rng);
/* *gains as drawn; NULL where none are used. */
const yd_hsv_gains *yd_hsv_prepare(const yd_hsv_draws *draws, yd_hsv_gains *gains);
