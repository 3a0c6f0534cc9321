/* Blending two samples (data_and_metrics.md, 17). */
#pragma once
#include "base/rng.h"
#include <stddef.h>

/* Beta(32, 32). */
double yd_mixup_draw(yd_rng *rng);
/* samples become ratio * samples + (1 - ratio) * other, truncated. */
void yd_mixup_blend(uint8_t *samples, const uint8_t *other, size_t count, double ratio);
