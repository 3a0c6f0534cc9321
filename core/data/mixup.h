/* Blending two samples (data_and_metrics.md, 17). */
#pragma once
#include "base/rng.h"
#include "image/image.h"

/* Beta(32, 32). */
double yd_mixup_draw(yd_rng *rng);
/* image becomes ratio * image + (1 - ratio) * other, truncated; both of one size. */
void yd_mixup_blend(yd_image *image, const yd_image *other, double ratio);
