/* Random mirroring. */
#pragma once
#include "data/augment.h"
#include "image/image.h"
#include <stdbool.h>

typedef struct yd_flip_draws {
    bool vertical, horizontal; /* upside down; left to right */
} yd_flip_draws;

yd_flip_draws yd_flip_draw(const yd_augment *augment, yd_rng *rng);
/* Mirrors on the way to planes [3, height, width], which costs no pass of its own. */
void yd_flip_to_planes(const yd_image *image, yd_flip_draws draws, uint8_t *planes);
/* rows: [count, 5] class, cx, cy, w, h normalised. */
void yd_flip_labels(yd_flip_draws draws, float *rows, int count);
