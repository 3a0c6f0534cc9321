#include "image/collage.h"
#include "image/affine.h"
#include <stdlib.h>
#include <string.h>

enum { GREY_COLUMN = YD_IMAGE_GREY * YD_AFFINE_ONE, LANES = 64 };

yd_collage yd_collage_of(const yd_image *image)
{
    yd_collage collage = {.width = image->width, .height = image->height};
    yd_collage_add(&collage, image, 0, 0, 0, 0, image->width, image->height);
    return collage;
}

void yd_collage_add(yd_collage *collage, const yd_image *image, int source_x, int source_y, int x, int y,
                    int width, int height)
{
    YD_ASSERT(collage->count < YD_MOST_TILES);
    YD_ASSERT(source_x >= 0 && source_y >= 0 && source_x + width <= image->width &&
              source_y + height <= image->height);
    YD_ASSERT(x >= 0 && y >= 0 && x + width <= collage->width && y + height <= collage->height);
    size_t stride = (size_t)image->width * 3;
    const uint8_t *pixels = image->pixels + (size_t)source_y * stride + (size_t)source_x * 3;
    collage->tiles[collage->count++] = (yd_tile){pixels, stride, x, y, x + width, y + height};
}

void yd_collage_draw(const yd_collage *collage, yd_image *canvas)
{
    YD_ASSERT(canvas->width == collage->width && canvas->height == collage->height);
    yd_image_fill(canvas, YD_IMAGE_GREY);
    for (int i = 0; i < collage->count; i++) {
        const yd_tile *t = &collage->tiles[i];
        for (int y = t->y1; y < t->y2 && t->x1 < t->x2; y++)
            memcpy(canvas->pixels + ((size_t)y * (size_t)canvas->width + (size_t)t->x1) * 3,
                   t->pixels + (size_t)(y - t->y1) * t->stride, (size_t)(t->x2 - t->x1) * 3);
    }
}

/* ---- what both ways of warping share ---- */

/* Columns [begin, end) of the destination. */
typedef struct span {
    int begin, end;
} span;

/* A warp under way. One block of memory holds all its arrays. */
typedef struct warp {
    const yd_collage *collage;
    const yd_collage_view *view;
    const yd_pixel_set *kernels;
    double inverse[6];
    int32_t *column_x, *column_y; /* [width] parts of positions, in the order in which they are written */
    int32_t *x, *y;               /* [width] positions of the row */
    uint32_t *pixels;             /* [width] RGBX */
    yd_column_block *blocks[YD_MOST_TILES];
    size_t block_counts[YD_MOST_TILES], plane;
    uint16_t *rows[3]; /* [3, plane] blended columns: two canvas rows, and one that is grey */
    int row_numbers[2];
    int *edges; /* columns whose taps do not lie in one tile */
    int edge_count;
} warp;

static int32_t position(int32_t row, int32_t column)
{
    return (row + column) >> YD_AFFINE_SHIFT;
}

static void place_row(int32_t row, const int32_t *restrict columns, int count, int32_t *restrict positions)
{
    for (int i = 0; i < count; i++) positions[i] = position(row, columns[i]);
}

static void move_back(int32_t *positions, int count, int pixels)
{
    for (int i = 0; i < count; i++) positions[i] -= pixels * YD_AFFINE_ONE;
}

static const uint8_t *canvas_pixel(const yd_collage *collage, int x, int y)
{
    static const uint8_t grey[3] = {YD_IMAGE_GREY, YD_IMAGE_GREY, YD_IMAGE_GREY};
    for (int i = 0; i < collage->count; i++) {
        const yd_tile *t = &collage->tiles[i];
        if (x >= t->x1 && x < t->x2 && y >= t->y1 && y < t->y2)
            return t->pixels + (size_t)(y - t->y1) * t->stride + (size_t)(x - t->x1) * 3;
    }
    return grey;
}

/* The columns whose position, in whole pixels, lies in [low, high]. The search starts from what *found holds
 * of the row before: from row to row the ends move little. Positions rise, or fall, throughout. */
static void find_span(const int32_t *positions, int count, bool falls, int low, int high, span *found)
{
#define BEFORE_BEGIN(i) (falls ? positions[i] >> YD_AFFINE_BITS > high : positions[i] >> YD_AFFINE_BITS < low)
#define BEFORE_END(i)   (falls ? positions[i] >> YD_AFFINE_BITS >= low : positions[i] >> YD_AFFINE_BITS <= high)
    int begin = found->begin, end = found->end;
    while (begin > 0 && !BEFORE_BEGIN(begin - 1)) begin--;
    while (begin < count && BEFORE_BEGIN(begin)) begin++;
    while (end > 0 && !BEFORE_END(end - 1)) end--;
    while (end < count && BEFORE_END(end)) end++;
    *found = (span){begin, end};
#undef BEFORE_BEGIN
#undef BEFORE_END
}

static span intersect(span a, span b)
{
    return (span){a.begin > b.begin ? a.begin : b.begin, a.end < b.end ? a.end : b.end};
}

/* The row of planes that a row of the destination goes to. */
static void planes_of(const warp *w, int row, uint8_t *planes, uint8_t *to[3])
{
    size_t width = (size_t)w->view->width, height = (size_t)w->view->height;
    size_t place = w->view->upside_down ? height - 1 - (size_t)row : (size_t)row;
    for (size_t c = 0; c < 3; c++) to[c] = planes + c * width * height + place * width;
}

static void finish_row(const warp *w, uint8_t *const to[3])
{
    if (w->view->gains) w->kernels->gain(w->view->gains, (size_t)w->view->width, to[0], to[1], to[2]);
}

/* ---- any affine warp ---- */

/* A position whose taps may lie anywhere. */
static uint32_t sample_anywhere(const yd_collage *collage, int32_t x, int32_t y)
{
    int fx = x & (YD_AFFINE_ONE - 1), fy = y & (YD_AFFINE_ONE - 1), ix = x >> YD_AFFINE_BITS,
        iy = y >> YD_AFFINE_BITS;
    const uint8_t *a = canvas_pixel(collage, ix, iy), *b = canvas_pixel(collage, ix + 1, iy),
                  *c = canvas_pixel(collage, ix, iy + 1), *d = canvas_pixel(collage, ix + 1, iy + 1);
    uint32_t pixel = 0;
    for (int i = 0; i < 3; i++) {
        int upper = a[i] * (YD_AFFINE_ONE - fx) + b[i] * fx, lower = c[i] * (YD_AFFINE_ONE - fx) + d[i] * fx;
        pixel |= (uint32_t)((upper * (YD_AFFINE_ONE - fy) + lower * fy + 512) >> 10) << 8 * i;
    }
    return pixel;
}

/* Of each tile, in columns of a row: inner, where all taps lie inside and two bytes behind them may be read;
 * outer, where any does. */
typedef struct reach {
    span inner_x, inner_y, outer_x, outer_y;
} reach;

static const span *holding(const span *spans, int count, int column)
{
    for (int i = 0; i < count; i++)
        if (column >= spans[i].begin && column < spans[i].end) return &spans[i];
    return NULL;
}

static void find_reach(const warp *w, const yd_tile *t, reach *r)
{
    int count = w->view->width;
    bool falls_x = w->x[0] > w->x[count - 1], falls_y = w->y[0] > w->y[count - 1];
    find_span(w->x, count, falls_x, t->x1, t->x2 - 3, &r->inner_x);
    find_span(w->y, count, falls_y, t->y1, t->y2 - 2, &r->inner_y);
    find_span(w->x, count, falls_x, t->x1 - 1, t->x2 - 1, &r->outer_x);
    find_span(w->y, count, falls_y, t->y1 - 1, t->y2 - 1, &r->outer_y);
}

static void sample_tile(const warp *w, const yd_tile *t, span columns)
{
    int count = columns.end - columns.begin;
    int32_t *x = w->x + columns.begin, *y = w->y + columns.begin;
    move_back(x, count, t->x1);
    move_back(y, count, t->y1);
    w->kernels->sample(t->pixels, t->stride, x, y, count, w->pixels + columns.begin);
}

/* Fills pixels from the positions in x and y. */
static void sample_row(const warp *w, reach reaches[YD_MOST_TILES])
{
    const uint32_t grey = YD_IMAGE_GREY * 0x010101u;
    const yd_collage *collage = w->collage;
    span inner[YD_MOST_TILES], outer[YD_MOST_TILES];
    for (int i = 0; i < collage->count; i++) {
        find_reach(w, &collage->tiles[i], &reaches[i]);
        inner[i] = intersect(reaches[i].inner_x, reaches[i].inner_y);
        outer[i] = intersect(reaches[i].outer_x, reaches[i].outer_y);
    }
    for (int column = 0; column < w->view->width;) {
        const span *in = holding(inner, collage->count, column);
        if (in) {
            sample_tile(w, &collage->tiles[in - inner], *in);
            column = in->end;
        } else if (holding(outer, collage->count, column)) {
            w->pixels[column] = sample_anywhere(collage, w->x[column], w->y[column]);
            column++;
        } else {
            int end = w->view->width;
            for (int i = 0; i < collage->count; i++)
                if (outer[i].begin > column && outer[i].begin < end && outer[i].begin < outer[i].end)
                    end = outer[i].begin;
            for (; column < end; column++) w->pixels[column] = grey;
        }
    }
}

static void warp_freely(const warp *w, uint8_t *planes)
{
    reach reaches[YD_MOST_TILES] = {0};
    uint8_t *to[3];
    for (int row = 0; row < w->view->height; row++) {
        yd_affine_part part = yd_affine_row(w->inverse, row);
        place_row(part.x, w->column_x, w->view->width, w->x);
        place_row(part.y, w->column_y, w->view->width, w->y);
        planes_of(w, row, planes, to);
        sample_row(w, reaches);
        w->kernels->split(w->pixels, (size_t)w->view->width, to[0], to[1], to[2]);
        finish_row(w, to);
    }
}

/* ---- without rotation: columns are blended once for each canvas row that is seen, then rows ---- */

/* Cuts the columns of a tile into blocks. */
static size_t cut_blocks(const warp *w, const yd_tile *t, span columns, yd_column_block *blocks)
{
    size_t count = 0;
    for (int column = columns.begin; column < columns.end;) {
        yd_column_block *b = &blocks[count++];
        int first = w->x[column] >> YD_AFFINE_BITS, low = first, high = first;
        *b = (yd_column_block){.column = column};
        for (; column < columns.end && b->count < YD_BLOCK_COLUMNS; column++, b->count++) {
            int x = w->x[column] >> YD_AFFINE_BITS;
            int lower = x < low ? x : low, higher = x > high ? x : high;
            if ((higher - lower + 2) * 3 > YD_BLOCK_BYTES) break;
            low = lower, high = higher;
        }
        b->source = (size_t)(low - t->x1) * 3;
        b->readable = (size_t)(t->x2 - low) * 3;
        for (int i = 0; i < b->count; i++) {
            int32_t x = w->x[b->column + i];
            int offset = ((x >> YD_AFFINE_BITS) - low) * 3, fraction = x & (YD_AFFINE_ONE - 1);
            b->offsets[2 * i] = (uint8_t)offset;
            b->offsets[2 * i + 1] = (uint8_t)(offset + 3);
            b->weights[2 * i] = (int8_t)(YD_AFFINE_ONE - fraction);
            b->weights[2 * i + 1] = (int8_t)fraction;
        }
    }
    return count;
}

/* Finds out, once for all rows, which columns come from which tile. */
static void plan_columns(warp *w)
{
    const yd_collage *collage = w->collage;
    int count = w->view->width;
    bool falls = w->x[0] > w->x[count - 1];
    span inner[YD_MOST_TILES] = {0}, outer[YD_MOST_TILES] = {0};
    for (int i = 0; i < collage->count; i++) {
        const yd_tile *t = &collage->tiles[i];
        find_span(w->x, count, falls, t->x1, t->x2 - 2, &inner[i]);
        find_span(w->x, count, falls, t->x1 - 1, t->x2 - 1, &outer[i]);
        w->block_counts[i] = cut_blocks(w, t, inner[i], w->blocks[i]);
    }
    for (int column = 0; column < count; column++) {
        bool edge = false;
        for (int i = 0; i < collage->count; i++)
            edge |= holding(&outer[i], 1, column) && !holding(&inner[i], 1, column);
        if (edge) w->edges[w->edge_count++] = column;
    }
    for (size_t i = 0; i < 3 * w->plane; i++) w->rows[2][i] = GREY_COLUMN;
}

static void blend_edges(const warp *w, int row, uint16_t *out)
{
    for (int i = 0; i < w->edge_count; i++) {
        int32_t x = w->x[w->edges[i]];
        int fraction = x & (YD_AFFINE_ONE - 1), left = x >> YD_AFFINE_BITS;
        const uint8_t *a = canvas_pixel(w->collage, left, row), *b = canvas_pixel(w->collage, left + 1, row);
        for (size_t c = 0; c < 3; c++)
            out[c * w->plane + (size_t)w->edges[i]] =
                (uint16_t)(a[c] * (YD_AFFINE_ONE - fraction) + b[c] * fraction);
    }
}

/* The blended columns of a canvas row; which of the two buffers holds them, or 2 where the row is all grey.
 */
static int blend_canvas_row(warp *w, int row, int kept)
{
    const yd_collage *collage = w->collage;
    bool seen = false;
    for (int i = 0; i < 2; i++)
        if (w->row_numbers[i] == row) return i;
    for (int i = 0; i < collage->count; i++)
        seen |= row >= collage->tiles[i].y1 && row < collage->tiles[i].y2;
    if (!seen) return 2;
    int slot = kept == 0 ? 1 : 0;
    memcpy(w->rows[slot], w->rows[2], 3 * w->plane * sizeof(uint16_t));
    for (int i = 0; i < collage->count; i++) {
        const yd_tile *t = &collage->tiles[i];
        if (row < t->y1 || row >= t->y2) continue;
        w->kernels->blend_columns(t->pixels + (size_t)(row - t->y1) * t->stride, t->stride, w->blocks[i],
                                  w->block_counts[i], w->plane, w->rows[slot]);
    }
    blend_edges(w, row, w->rows[slot]);
    w->row_numbers[slot] = row;
    return slot;
}

static void warp_straight(warp *w, uint8_t *planes)
{
    size_t width = (size_t)w->view->width;
    uint8_t *to[3];
    place_row(yd_affine_row(w->inverse, 0).x, w->column_x, w->view->width, w->x);
    plan_columns(w);
    for (int row = 0; row < w->view->height; row++) {
        int32_t y = position(yd_affine_row(w->inverse, row).y, w->column_y[0]);
        int upper = blend_canvas_row(w, y >> YD_AFFINE_BITS, -1);
        int lower = blend_canvas_row(w, (y >> YD_AFFINE_BITS) + 1, upper);
        planes_of(w, row, planes, to);
        for (size_t c = 0; c < 3; c++)
            w->kernels->blend_rows(w->rows[upper] + c * w->plane, w->rows[lower] + c * w->plane,
                                   y & (YD_AFFINE_ONE - 1), width, to[c]);
        finish_row(w, to);
    }
}

/* ---- the warp ---- */

static size_t round_up(size_t bytes)
{
    return (bytes + LANES - 1) / LANES * LANES;
}

/* Hands out the parts of the block, or, with block NULL, only counts. */
static size_t lay_out(warp *w, uint8_t *block)
{
    size_t width = (size_t)w->view->width, used = 0;
    w->plane = round_up(width);
#define PART(pointer, count)                                                                                 \
    do {                                                                                                     \
        if (block) (pointer) = (void *)(block + used);                                                       \
        used += round_up((count) * sizeof *(pointer));                                                       \
    } while (0)
    PART(w->column_x, width);
    PART(w->column_y, width);
    PART(w->x, width);
    PART(w->y, width);
    PART(w->pixels, width);
    PART(w->edges, width);
    for (int i = 0; i < 3; i++) PART(w->rows[i], 3 * w->plane);
    for (int i = 0; i < w->collage->count; i++) PART(w->blocks[i], width);
#undef PART
    return used;
}

yd_status yd_collage_warp(const yd_collage *collage, const yd_collage_view *view, uint8_t *planes,
                          yd_error *error)
{
    warp w = {.collage = collage,
              .view = view,
              .kernels = view->kernels ? view->kernels : yd_pixel_choose(),
              .row_numbers = {INT32_MIN, INT32_MIN}};
    uint8_t *block = aligned_alloc(LANES, lay_out(&w, NULL));
    if (!block) return yd_fail(error, YD_ERR_MEMORY, "out of memory for warping a picture");
    lay_out(&w, block);
    yd_affine_invert(view->matrix, w.inverse);
    for (int i = 0; i < view->width; i++) {
        yd_affine_part part = yd_affine_column(w.inverse, view->mirror ? view->width - 1 - i : i);
        w.column_x[i] = part.x;
        w.column_y[i] = part.y;
    }
    if (w.kernels->blend_columns && w.inverse[1] == 0 && w.inverse[3] == 0)
        warp_straight(&w, planes);
    else
        warp_freely(&w, planes);
    free(block);
    return YD_OK;
}
