#include "data/mosaic.h"

yd_mosaic_draws yd_mosaic_draw(int32_t picture, const int32_t *choices, int count, int size,
                               bool shuffle_tiles, yd_rng *rng)
{
    yd_mosaic_draws draws = {.pictures[0] = picture};
    int border = (size + 1) / 2;
    draws.centre_y = (int)yd_rng_between(rng, border, 2 * size - border);
    draws.centre_x = (int)yd_rng_between(rng, border, 2 * size - border);
    for (int i = 1; i < 4; i++) {
        int32_t drawn = (int32_t)yd_rng_below(rng, (uint32_t)count);
        draws.pictures[i] = choices ? choices[drawn] : drawn;
    }
    for (uint32_t i = 3; shuffle_tiles && i > 0; i--) {
        uint32_t k = yd_rng_below(rng, i + 1);
        int32_t swap = draws.pictures[i];
        draws.pictures[i] = draws.pictures[k];
        draws.pictures[k] = swap;
    }
    return draws;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Each tile touches the centre with one corner; what sticks out of the canvas is cut off. */
static yd_status place_tile(const yd_reader *reader, const yd_mosaic_draws *draws, int tile,
                            yd_mosaic *mosaic, yd_boxes *boxes, yd_error *error)
{
    yd_picture *picture = &mosaic->pictures[tile];
    yd_collage *canvas = &mosaic->collage;
    int index = draws->pictures[tile], cx = draws->centre_x, cy = draws->centre_y;
    YD_TRY(yd_picture_load(reader, index, picture, error));
    bool right = tile & 1, lower = tile >> 1;
    int width = picture->image.width, height = picture->image.height;
    int shown_width = least(width, right ? canvas->width - cx : cx);
    int shown_height = least(height, lower ? canvas->height - cy : cy);
    int source_x = right ? 0 : width - shown_width, source_y = lower ? 0 : height - shown_height;
    int target_x = right ? cx : cx - shown_width, target_y = lower ? cy : cy - shown_height;
    yd_collage_add(canvas, &picture->image, source_x, source_y, target_x, target_y, shown_width,
                   shown_height);
    bool added = yd_boxes_add(boxes, yd_picture_labels(reader, index, picture), width, height,
                              target_x - source_x, target_y - source_y);
    return added ? YD_OK : yd_fail(error, YD_ERR_MEMORY, "out of memory for the labels of a mosaic");
}

yd_status yd_mosaic_open(const yd_reader *reader, const yd_mosaic_draws *draws, yd_mosaic *mosaic,
                         yd_boxes *boxes, yd_error *error)
{
    int side = 2 * reader->dataset->options.image_size;
    *mosaic = (yd_mosaic){.collage = {.width = side, .height = side}};
    yd_boxes_clear(boxes);
    for (int tile = 0; tile < 4; tile++) YD_TRY(place_tile(reader, draws, tile, mosaic, boxes, error));
    yd_boxes_clip(boxes, (float)side, (float)side);
    return YD_OK;
}

void yd_mosaic_close(yd_mosaic *mosaic)
{
    for (int tile = 0; tile < 4; tile++) yd_picture_release(&mosaic->pictures[tile]);
}
