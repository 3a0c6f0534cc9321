#include "data/mosaic.h"

static void draw_partners(yd_mosaic_draws *draws, const int32_t *choices, int count, bool shuffle,
                          yd_rng *rng)
{
    for (int i = 1; i < draws->count; i++) {
        int32_t drawn = (int32_t)yd_rng_below(rng, (uint32_t)count);
        draws->pictures[i] = choices ? choices[drawn] : drawn;
    }
    for (uint32_t i = (uint32_t)draws->count - 1; shuffle && i > 0; i--) {
        uint32_t k = yd_rng_below(rng, i + 1);
        int32_t swap = draws->pictures[i];
        draws->pictures[i] = draws->pictures[k];
        draws->pictures[k] = swap;
    }
}

yd_mosaic_draws yd_mosaic_draw(int32_t picture, const int32_t *choices, int count, int size,
                               bool shuffle_tiles, bool nine, yd_rng *rng)
{
    yd_mosaic_draws draws = {.count = nine ? 9 : 4, .pictures[0] = picture};
    int border = nine ? 0 : (size + 1) / 2, range = nine ? size : 2 * size;
    draws.y = (int)yd_rng_between(rng, border, range - border);
    draws.x = (int)yd_rng_between(rng, border, range - border);
    draw_partners(&draws, choices, count, shuffle_tiles, rng);
    return draws;
}

/* Where the upper left corner of a tile lies. */
typedef struct corner {
    int x, y;
} corner;

/* Each of four touches the centre with one corner. */
static corner place_of_four(const yd_mosaic_draws *draws, const yd_mosaic *mosaic, int tile)
{
    const yd_image *image = &mosaic->pictures[tile].image;
    bool right = tile & 1, lower = tile >> 1;
    return (corner){right ? draws->x : draws->x - image->width, lower ? draws->y : draws->y - image->height};
}

/* Eight go round the first, clockwise from the top, each against the one before. */
static corner place_of_nine(const yd_mosaic_draws *draws, const yd_mosaic *mosaic, int tile)
{
    int size = mosaic->collage.width / 2;
    const yd_image *first = &mosaic->pictures[0].image, *image = &mosaic->pictures[tile].image,
                   *before = &mosaic->pictures[tile ? tile - 1 : 0].image;
    int right = size + first->width, lower = size + first->height; /* of the first */
    const corner places[9] = {{size, size},
                              {size, size - image->height},
                              {size + before->width, size - image->height},
                              {right, size},
                              {right, size + before->height},
                              {right - image->width, lower},
                              {right - before->width - image->width, lower},
                              {size - image->width, lower - image->height},
                              {size - image->width, lower - before->height - image->height}};
    return (corner){places[tile].x - draws->x, places[tile].y - draws->y};
}

static int clamp(int value, int high)
{
    return value < 0 ? 0 : value < high ? value : high;
}

/* What sticks out of the canvas is cut off. */
static void show(yd_collage *canvas, const yd_image *image, corner at)
{
    int x1 = clamp(at.x, canvas->width), x2 = clamp(at.x + image->width, canvas->width);
    int y1 = clamp(at.y, canvas->height), y2 = clamp(at.y + image->height, canvas->height);
    if (x1 < x2 && y1 < y2) yd_collage_add(canvas, image, x1 - at.x, y1 - at.y, x1, y1, x2 - x1, y2 - y1);
}

static yd_status place_tile(const yd_reader *reader, const yd_mosaic_draws *draws, int tile,
                            yd_mosaic *mosaic, yd_boxes *boxes, yd_error *error)
{
    yd_picture *picture = &mosaic->pictures[tile];
    int index = draws->pictures[tile];
    YD_TRY(yd_picture_load(reader, index, picture, error));
    corner at = draws->count == 9 ? place_of_nine(draws, mosaic, tile) : place_of_four(draws, mosaic, tile);
    show(&mosaic->collage, &picture->image, at);
    bool added = yd_boxes_add(boxes, yd_picture_labels(reader, index, picture), picture->image.width,
                              picture->image.height, at.x, at.y);
    return added ? YD_OK : yd_fail(error, YD_ERR_MEMORY, "out of memory for the labels of a mosaic");
}

yd_status yd_mosaic_open(const yd_reader *reader, const yd_mosaic_draws *draws, yd_mosaic *mosaic,
                         yd_boxes *boxes, yd_error *error)
{
    int side = 2 * reader->dataset->options.image_size;
    *mosaic = (yd_mosaic){.collage = {.width = side, .height = side}};
    yd_boxes_clear(boxes);
    for (int tile = 0; tile < draws->count; tile++)
        YD_TRY(place_tile(reader, draws, tile, mosaic, boxes, error));
    yd_boxes_clip(boxes, (float)side, (float)side);
    return YD_OK;
}

void yd_mosaic_close(yd_mosaic *mosaic)
{
    for (int tile = 0; tile < YD_MOST_TILES; tile++) yd_picture_release(&mosaic->pictures[tile]);
}
