#include "image/draw.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct mask {
    uint8_t *cells;
    int width, height;
    uint8_t value;
} mask;

/* Points far outside would only make loops long. */
static int to_cell(float value)
{
    return value > -32768 ? value < 131072 ? (int)value : 131072 : -32768; /* NaN: the first */
}

static void fill_span(const mask *m, int y, double from, double to)
{
    int left = from > 0 ? (int)ceil(from) : 0, right = to < m->width - 1 ? (int)floor(to) : m->width - 1;
    for (int x = left; x <= right; x++) m->cells[(size_t)y * (size_t)m->width + (size_t)x] = m->value;
}

/* The outline by Bresenham's algorithm, from left to right; half-way between two cells it goes on straight,
 * as OpenCV's does. */
static void draw_edge(const mask *m, int x1, int y1, int x2, int y2)
{
    if (x2 < x1) {
        int x = x1, y = y1;
        x1 = x2, y1 = y2;
        x2 = x, y2 = y;
    }
    int width = x2 - x1, height = abs(y2 - y1), down = y1 < y2 ? 1 : -1;
    bool steep = height > width;
    int longer = steep ? height : width, shorter = steep ? width : height, gap = longer - 2 * shorter;
    for (int i = 0; i <= longer; i++) {
        if (x1 >= 0 && y1 >= 0 && x1 < m->width && y1 < m->height)
            m->cells[(size_t)y1 * (size_t)m->width + (size_t)x1] = m->value;
        bool aside = gap < 0;
        gap += (aside ? 2 * longer : 0) - 2 * shorter;
        if (!steep || aside) x1++;
        if (steep || aside) y1 += down;
    }
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Where the row cuts the edges; an edge owns its upper end, so that corners count once. */
static int cut_row(const float *points, int count, int y, double *cuts)
{
    int n = 0;
    for (int i = 0; i < count; i++) {
        int k = i + 1 < count ? i + 1 : 0;
        int x1 = to_cell(points[2 * i]), y1 = to_cell(points[2 * i + 1]);
        int x2 = to_cell(points[2 * k]), y2 = to_cell(points[2 * k + 1]);
        if ((y1 <= y) == (y2 <= y)) continue;
        cuts[n++] = x1 + (double)(x2 - x1) * (y - y1) / (y2 - y1);
    }
    qsort(cuts, (size_t)n, sizeof *cuts, compare_doubles);
    return n;
}

yd_status yd_mask_polygon(uint8_t *cells, int width, int height, const float *points, int count,
                          uint8_t value, yd_error *error)
{
    mask m = {cells, width, height, value};
    if (count < 1) return YD_OK;
    double *cuts = malloc((size_t)count * sizeof *cuts);
    if (!cuts) return yd_fail(error, YD_ERR_MEMORY, "out of memory while filling a polygon");
    int top = height, bottom = -1;
    for (int i = 0; i < count; i++) {
        int k = i + 1 < count ? i + 1 : 0, y = to_cell(points[2 * i + 1]);
        draw_edge(&m, to_cell(points[2 * i]), y, to_cell(points[2 * k]), to_cell(points[2 * k + 1]));
        if (y < top) top = y;
        if (y > bottom) bottom = y;
    }
    for (int y = top > 0 ? top : 0; y <= bottom && y < height; y++) {
        int n = cut_row(points, count, y, cuts);
        for (int i = 0; i + 1 < n; i += 2) fill_span(&m, y, cuts[i], cuts[i + 1]);
    }
    free(cuts);
    return YD_OK;
}
