#include "image/resize.h"
#include "image/words.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { WEIGHT_ONE = 2048 };

static int clamp_index(int index, int count)
{
    return index < 0 ? 0 : index >= count ? count - 1 : index;
}

static uint8_t clamp_byte(int value)
{
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static yd_status out_of_memory(yd_error *error)
{
    return yd_fail(error, YD_ERR_MEMORY, "out of memory while resizing a picture");
}

/* ---- bilinear ---- */

/* The two source positions of a destination position, and their weights in 1/2048. */
typedef struct tap {
    int32_t first, second;
    int16_t first_weight, second_weight;
} tap;

static tap make_tap(int destination, int destination_count, int source_count, bool horizontal)
{
    double scale = 1.0 / ((double)destination_count / source_count);
    float fraction = (float)((destination + 0.5) * scale - 0.5);
    int first = (int)floorf(fraction);
    fraction -= (float)first;
    /* Only the horizontal weights are adjusted at the edges; rows are clamped when they are read instead. */
    if (horizontal && first < 0) first = 0, fraction = 0;
    if (horizontal && first >= source_count - 1) first = source_count - 1, fraction = 0;
    return (tap){clamp_index(first, source_count), clamp_index(first + 1, source_count),
                 (int16_t)rintf((1 - fraction) * WEIGHT_ONE), (int16_t)rintf(fraction * WEIGHT_ONE)};
}

/* One source row at the destination's width, already shifted by the 4 bits that the vertical pass drops
 * first: at most 255 * 2048 / 16, which fits 16 bits. */
static void blend_columns(const uint8_t *source, const tap *taps, int width, int16_t *row)
{
    for (int x = 0; x < width; x++, row += 3) {
        const uint8_t *a = source + 3 * (size_t)taps[x].first, *b = source + 3 * (size_t)taps[x].second;
        int wa = taps[x].first_weight, wb = taps[x].second_weight;
        row[0] = (int16_t)((a[0] * wa + b[0] * wb) >> 4);
        row[1] = (int16_t)((a[1] * wa + b[1] * wb) >> 4);
        row[2] = (int16_t)((a[2] * wa + b[2] * wb) >> 4);
    }
}

static void blend_rows(const int16_t *restrict upper, const int16_t *restrict lower, int upper_weight,
                       int lower_weight, size_t samples, uint8_t *restrict out)
{
    int16_t wu = (int16_t)upper_weight, wl = (int16_t)lower_weight;
    for (size_t i = 0; i < samples; i++) {
        int16_t sum = (int16_t)(((upper[i] * wu) >> 16) + ((lower[i] * wl) >> 16) + 2);
        out[i] = clamp_byte(sum >> 2);
    }
}

static yd_status resize_linear(const yd_image *source, yd_image *out, yd_error *error)
{
    size_t samples = (size_t)out->width * 3, stride = (size_t)source->width * 3;
    tap *columns = malloc((size_t)out->width * sizeof *columns);
    int16_t *rows = calloc(2 * samples, sizeof *rows), *upper = rows, *lower = rows + samples;
    if (!columns || !rows) {
        free(columns), free(rows);
        return out_of_memory(error);
    }
    for (int x = 0; x < out->width; x++) columns[x] = make_tap(x, out->width, source->width, true);
    int upper_source = -1, lower_source = -1; /* the source rows that the two buffers hold */
    for (int y = 0; y < out->height; y++) {
        tap t = make_tap(y, out->height, source->height, false);
        if (t.first == lower_source) { /* going down, the lower row soon becomes the upper one */
            int16_t *swap = upper;
            upper = lower, lower = swap;
            lower_source = upper_source, upper_source = t.first;
        }
        if (t.first != upper_source)
            blend_columns(source->pixels + (size_t)t.first * stride, columns, out->width, upper);
        upper_source = t.first;
        const int16_t *below = t.second == t.first ? upper : lower;
        if (t.second != t.first && t.second != lower_source) {
            blend_columns(source->pixels + (size_t)t.second * stride, columns, out->width, lower);
            lower_source = t.second;
        }
        blend_rows(upper, below, t.first_weight, t.second_weight, samples, out->pixels + (size_t)y * samples);
    }
    free(columns);
    free(rows);
    return YD_OK;
}

/* ---- area ---- */

static void halve_pixel(const uint8_t *upper, const uint8_t *lower, uint8_t *out)
{
    for (int c = 0; c < 3; c++)
        out[c] = (uint8_t)((upper[c] + upper[c + 3] + lower[c] + lower[c + 3] + 2) >> 2);
}

/* Cells of 2 by 2. All three channels at once: each step reads five bytes and writes one byte more than are
 * its own, for which the last pixel of a row has no room. */
static void halve(const yd_image *source, yd_image *out)
{
    size_t stride = (size_t)source->width * 3, last = (size_t)out->width - 1;
    uint8_t *to = out->pixels;
    for (int y = 0; y < out->height; y++, to += 3) {
        const uint8_t *upper = source->pixels + (size_t)y * 2 * stride, *lower = upper + stride;
        for (size_t x = 0; x < last; x++, upper += 6, lower += 6, to += 3) {
            yd_words8 sum = yd_load_words(upper) + yd_load_words(upper + 3) + yd_load_words(lower) +
                            yd_load_words(lower + 3);
            yd_bytes8 mean = __builtin_convertvector((sum + 2) >> 2, yd_bytes8);
            memcpy(to, &mean, 4);
        }
        halve_pixel(upper, lower, to);
    }
}

/* Cells of kx by ky pixels. */
static void average_cells(const yd_image *source, int kx, int ky, yd_image *out)
{
    size_t stride = (size_t)source->width * 3;
    float share = 1.0f / (float)(kx * ky);
    uint8_t *to = out->pixels;
    for (int y = 0; y < out->height; y++) {
        const uint8_t *cell = source->pixels + (size_t)(y * ky) * stride;
        for (int x = 0; x < out->width; x++, cell += 3 * kx, to += 3)
            for (int c = 0; c < 3; c++) {
                int sum = 0;
                for (int v = 0; v < ky; v++)
                    for (int u = 0; u < kx; u++) sum += cell[(size_t)v * stride + (size_t)(3 * u + c)];
                to[c] = clamp_byte((int)lrintf((float)sum * share));
            }
    }
}

/* A source position's share in a destination position. */
typedef struct share {
    int32_t destination, source;
    float weight;
} share;

/* Shares along one axis, by destination; at most 2 * source + 2 of them. Returns their number. */
static size_t make_shares(int destination_count, int source_count, share *shares)
{
    double scale = 1.0 / ((double)destination_count / source_count);
    size_t n = 0;
    for (int d = 0; d < destination_count; d++) {
        double from = d * scale, to = from + scale, cell = fmin(scale, source_count - from);
        int first = (int)ceil(from), last = (int)floor(to);
        if (last > source_count - 1) last = source_count - 1;
        if (first > last) first = last;
        if (first - from > 1e-3) shares[n++] = (share){d, first - 1, (float)((first - from) / cell)};
        for (int s = first; s < last; s++) shares[n++] = (share){d, s, (float)(1.0 / cell)};
        if (to - last > 1e-3)
            shares[n++] = (share){d, last, (float)(fmin(fmin(to - last, 1.0), cell) / cell)};
    }
    return n;
}

static void accumulate_row(const uint8_t *source, const share *columns, size_t count, size_t samples,
                           float *row)
{
    memset(row, 0, samples * sizeof *row);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *from = source + 3 * (size_t)columns[i].source;
        float *to = row + 3 * (size_t)columns[i].destination, weight = columns[i].weight;
        to[0] += (float)from[0] * weight;
        to[1] += (float)from[1] * weight;
        to[2] += (float)from[2] * weight;
    }
}

static void average_shares(const yd_image *source, const share *columns, size_t column_count,
                           const share *lines, size_t line_count, float *row, float *sum, yd_image *out)
{
    size_t samples = (size_t)out->width * 3, stride = (size_t)source->width * 3;
    for (size_t i = 0; i < line_count; i++) {
        bool first = i == 0 || lines[i].destination != lines[i - 1].destination,
             last = i + 1 == line_count || lines[i].destination != lines[i + 1].destination;
        if (i == 0 || lines[i].source != lines[i - 1].source) /* a row shared by two cells is summed once */
            accumulate_row(source->pixels + (size_t)lines[i].source * stride, columns, column_count, samples,
                           row);
        float weight = lines[i].weight;
        if (first)
            for (size_t k = 0; k < samples; k++) sum[k] = weight * row[k];
        else
            for (size_t k = 0; k < samples; k++) sum[k] += weight * row[k];
        if (!last) continue;
        uint8_t *to = out->pixels + (size_t)lines[i].destination * samples;
        for (size_t k = 0; k < samples; k++) to[k] = clamp_byte((int)lrintf(sum[k]));
    }
}

static yd_status resize_area(const yd_image *source, yd_image *out, yd_error *error)
{
    size_t samples = (size_t)out->width * 3;
    share *columns = malloc((2 * (size_t)source->width + 2) * sizeof *columns);
    share *lines = malloc((2 * (size_t)source->height + 2) * sizeof *lines);
    float *rows = malloc(2 * samples * sizeof *rows);
    yd_status status = YD_OK;
    if (columns && lines && rows) {
        size_t column_count = make_shares(out->width, source->width, columns);
        size_t line_count = make_shares(out->height, source->height, lines);
        average_shares(source, columns, column_count, lines, line_count, rows, rows + samples, out);
    } else {
        status = out_of_memory(error);
    }
    free(columns);
    free(lines);
    free(rows);
    return status;
}

yd_status yd_resize(const yd_image *source, yd_image *out, yd_filter filter, yd_error *error)
{
    if (source->width == out->width && source->height == out->height) {
        memcpy(out->pixels, source->pixels, yd_image_bytes(source));
        return YD_OK;
    }
    bool shrinks = out->width <= source->width && out->height <= source->height;
    bool halves = source->width == 2 * out->width && source->height == 2 * out->height;
    bool whole = source->width % out->width == 0 && source->height % out->height == 0;
    if (!halves && (filter == YD_FILTER_LINEAR || !shrinks)) return resize_linear(source, out, error);
    if (!whole) return resize_area(source, out, error);
    if (halves)
        halve(source, out);
    else
        average_cells(source, source->width / out->width, source->height / out->height, out);
    return YD_OK;
}
