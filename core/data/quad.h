/* Four samples in the place of one, of twice the size (data_and_metrics.md, 19). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { YD_QUAD = 4 };

/* Whether the group whose first sample stands at this position of the epoch is its first sample alone,
 * enlarged; else it is a montage of all four. Even chances. */
bool yd_quad_draw(uint64_t seed, int epoch, int position);

/* The sample [3, height, width] enlarged to planes [3, 2 height, 2 width]: bilinear with half-pixel centres,
 * truncated. */
void yd_quad_enlarge(const uint8_t *sample, int width, int height, uint8_t *planes);
/* Four samples [4, 3, height, width] side by side in planes: the first above the second, the third above the
 * fourth. */
void yd_quad_tile(const uint8_t *samples, int width, int height, uint8_t *planes);
/* The labels of a montage's part: rows [count, 5] class, cx, cy, w, h. */
void yd_quad_labels(int part, float *rows, int count);
