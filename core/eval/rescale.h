/* Boxes between the padded picture that the network saw and the native one (data_and_metrics.md, 22.1);
 * float32. */
#pragma once
#include "data/batch.h"

/* boxes: count rows, stride floats apart, each beginning with x1, y1, x2, y2, changed in place: minus the
 * pads, divided by the HEIGHT ratio (both axes), clipped to the native size. */
void yd_rescale_boxes(const yd_fit *fit, float *boxes, int count, int stride);
/* targets [count, 6] of a batch to labels [found, 5] class, x1, y1, x2, y2 of image, native pixels; height
 * and width are the padded picture's. Returns how many; labels has room for count. */
int yd_rescale_labels(const yd_fit *fit, const float *targets, int count, int image, int height, int width,
                      float *labels);
