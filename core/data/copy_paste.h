/* Objects with polygons, mirrored and pasted where they cover little of what is there (data_and_metrics.md,
 * 16). */
#pragma once
#include "base/rng.h"
#include "data/boxes.h"
#include "data/rules.h"
#include "image/image.h"

/* Chooses without replacement a share of the boxes that have polygons, probability of them, rounded. picks:
 * [boxes->boxes.count] receives their indices. Returns how many. */
int yd_copy_paste_draw(const yd_boxes *boxes, double probability, yd_rng *rng, int32_t *picks);

/* Pastes those of the picks that cover less than 0.3 of every box. YD_ERR_MEMORY. */
yd_status yd_copy_paste(yd_image *image, yd_boxes *boxes, const int32_t *picks, int count,
                        const yd_data_rules *rules, yd_error *error);
