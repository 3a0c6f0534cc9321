#include "tui/picture/palette.h"
#include <stdlib.h>
#include <string.h>

/* 5, 6 and 5 bits: an eye sees differences of green best. */
enum { RED_BITS = 5, GREEN_BITS = 6, BLUE_BITS = 5, BINS = 1 << (RED_BITS + GREEN_BITS + BLUE_BITS) };

/* Pixels whose colours are nearly the same. */
typedef struct bin {
    uint32_t count, sum[3];
} bin;

/* Bins from begin to end (exclusive) of the order. */
typedef struct box {
    int begin, end, widest;
    double spread; /* along the widest channel: squares, of all pixels */
    double mean[3];
} box;

typedef struct histogram {
    bin bins[BINS];
    uint16_t order[BINS], scratch[BINS]; /* of the bins that have pixels */
    uint8_t owner[BINS];
    int used;
} histogram;

static inline unsigned bin_of(const uint8_t pixel[3])
{
    return (unsigned)pixel[0] >> (8 - RED_BITS) << (GREEN_BITS + BLUE_BITS) |
           (unsigned)pixel[1] >> (8 - GREEN_BITS) << BLUE_BITS | (unsigned)pixel[2] >> (8 - BLUE_BITS);
}

static void count_pixels(histogram *own, const yd_image *image)
{
    size_t pixels = (size_t)image->width * (size_t)image->height;
    for (size_t i = 0; i < pixels; i++) {
        const uint8_t *pixel = image->pixels + i * 3;
        bin *into = &own->bins[bin_of(pixel)];
        into->count++;
        for (int k = 0; k < 3; k++) into->sum[k] += pixel[k];
    }
    for (int i = 0; i < BINS; i++)
        if (own->bins[i].count) own->order[own->used++] = (uint16_t)i;
}

static double value_of(const bin *of, int channel)
{
    return (double)of->sum[channel] / of->count;
}

static void measure(const histogram *own, box *b)
{
    double count = 0, sum[3] = {0}, squares[3] = {0};
    for (int i = b->begin; i < b->end; i++) {
        const bin *of = &own->bins[own->order[i]];
        count += of->count;
        for (int k = 0; k < 3; k++) {
            double value = value_of(of, k);
            sum[k] += value * of->count;
            squares[k] += value * value * of->count;
        }
    }
    b->spread = -1;
    for (int k = 0; k < 3; k++) {
        b->mean[k] = sum[k] / count;
        double spread = squares[k] - sum[k] * b->mean[k];
        if (spread > b->spread) b->spread = spread, b->widest = k;
    }
    if (b->end - b->begin == 1) b->spread = -1; /* cannot be cut */
}

/* What lies below the mean, in its order, then the rest; returns where the rest begins. */
static int part(histogram *own, const box *b)
{
    int below = b->begin, above = 0;
    for (int i = b->begin; i < b->end; i++) {
        uint16_t at = own->order[i];
        if (value_of(&own->bins[at], b->widest) < b->mean[b->widest])
            own->order[below++] = at;
        else
            own->scratch[above++] = at;
    }
    memcpy(own->order + below, own->scratch, (size_t)above * sizeof *own->scratch);
    return below;
}

static int cut(histogram *own, box boxes[YD_PALETTE_COLOURS])
{
    int count = 1;
    boxes[0] = (box){.begin = 0, .end = own->used};
    measure(own, &boxes[0]);
    while (count < YD_PALETTE_COLOURS) {
        box *most = &boxes[0];
        for (int i = 1; i < count; i++)
            if (boxes[i].spread > most->spread) most = &boxes[i];
        if (most->spread <= 0) break;
        int middle = part(own, most);
        if (middle == most->begin || middle == most->end) {
            most->spread = -1; /* all of one value, but for rounding */
            continue;
        }
        boxes[count] = (box){.begin = middle, .end = most->end};
        most->end = middle;
        measure(own, most);
        measure(own, &boxes[count++]);
    }
    return count;
}

bool yd_palette_make(yd_palette *palette, const yd_image *image)
{
    size_t pixels = (size_t)image->width * (size_t)image->height;
    box boxes[YD_PALETTE_COLOURS];
    *palette = (yd_palette){0};
    histogram *own = calloc(1, sizeof *own);
    palette->indices = malloc(pixels);
    bool good = own && palette->indices;
    if (good) {
        count_pixels(own, image);
        palette->count = cut(own, boxes);
        for (int i = 0; i < palette->count; i++) {
            for (int k = 0; k < 3; k++) palette->colours[i][k] = (uint8_t)(boxes[i].mean[k] + 0.5);
            for (int at = boxes[i].begin; at < boxes[i].end; at++) own->owner[own->order[at]] = (uint8_t)i;
        }
        for (size_t i = 0; i < pixels; i++) palette->indices[i] = own->owner[bin_of(image->pixels + i * 3)];
    }
    free(own);
    return good;
}

void yd_palette_free(yd_palette *palette)
{
    free(palette->indices);
    palette->indices = NULL;
}
