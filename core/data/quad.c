#include "data/quad.h"
#include "data/augment.h"
#include <stddef.h>
#include <string.h>

bool yd_quad_draw(uint64_t seed, int epoch, int position)
{
    yd_rng rng = yd_rng_make(seed, (uint32_t)epoch, (uint32_t)position, YD_DRAW_QUAD);
    return yd_rng_uniform(&rng) < 0.5;
}

/* Twice the size means weights of 3/4 and 1/4, so that whole numbers give what floats would: a row between
 * near and far, the nearer one counting three times, is held in quarters. */
static void enlarge_row(const uint8_t *near, const uint8_t *far, int width, uint8_t *out)
{
    int left = 3 * near[0] + far[0];
    for (int x = 0, here = left; x < width; x++) {
        int next = x + 1 < width ? 3 * near[x + 1] + far[x + 1] : here;
        out[2 * x] = (uint8_t)((3 * here + left) / 16);
        out[2 * x + 1] = (uint8_t)((3 * here + next) / 16);
        left = here;
        here = next;
    }
}

void yd_quad_enlarge(const uint8_t *sample, int width, int height, uint8_t *planes)
{
    size_t row = (size_t)width;
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < height; y++, sample += row, planes += 4 * row) {
            enlarge_row(sample, y > 0 ? sample - row : sample, width, planes);
            enlarge_row(sample, y + 1 < height ? sample + row : sample, width, planes + 2 * row);
        }
}

void yd_quad_tile(const uint8_t *samples, int width, int height, uint8_t *planes)
{
    size_t row = (size_t)width, plane = row * (size_t)height;
    for (size_t part = 0; part < YD_QUAD; part++)
        for (size_t c = 0; c < 3; c++) {
            const uint8_t *from = samples + (3 * part + c) * plane;
            uint8_t *to = planes + 4 * c * plane + part % 2 * 2 * plane + part / 2 * row;
            for (int y = 0; y < height; y++, from += row, to += 2 * row) memcpy(to, from, row);
        }
}

void yd_quad_labels(int part, float *rows, int count)
{
    const int column = part / 2, row = part % 2;
    const float right = (float)column, lower = (float)row;
    for (int i = 0; i < count; i++, rows += 5) {
        rows[1] = (rows[1] + right) * 0.5f;
        rows[2] = (rows[2] + lower) * 0.5f;
        rows[3] *= 0.5f;
        rows[4] *= 0.5f;
    }
}
