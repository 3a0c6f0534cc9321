#include "data/batch_picture.h"
#include "base/file.h"
#include "image/boxes.h"
#include "image/draw.h"
#include "image/resize.h"
#include "image/sheet.h"
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LARGEST_TILE = 640, LARGEST_PICTURE = 1280, FRAME = 3 };

/* Sizes as YOLOv5's, which first brings tiles to 640 pixels and then all to 1280: rounded in the same order.
 * What is left over at the right and at the foot stays white. */
static void plan(const yd_batch *batch, yd_mosaic *mosaic, int *width, int *height)
{
    mosaic->tiles = batch->count < YD_MOSAIC_TILES ? batch->count : YD_MOSAIC_TILES;
    mosaic->side = (int)ceil(sqrt(mosaic->tiles));
    double scale =
        fmin((double)LARGEST_TILE / (batch->width > batch->height ? batch->width : batch->height), 1);
    double tile_width = ceil(scale * batch->width), tile_height = ceil(scale * batch->height);
    double ratio = fmin(LARGEST_PICTURE / fmax(tile_width, tile_height) / mosaic->side, 1);
    *width = (int)(mosaic->side * tile_width * ratio);
    *height = (int)(mosaic->side * tile_height * ratio);
    mosaic->width = *width / mosaic->side;
    mosaic->height = *height / mosaic->side;
}

/* Tiles go down the columns. */
static int tile_x(const yd_mosaic *l, int i)
{
    return i / l->side * l->width;
}

static int tile_y(const yd_mosaic *l, int i)
{
    return i % l->side * l->height;
}

static yd_status place_tile(const yd_batch *batch, yd_mosaic *l, int i, yd_error *error)
{
    yd_image full = {0}, tile = {0};
    YD_TRY(yd_image_create(batch->width, batch->height, &full, error));
    yd_image_from_planes(batch->images + (size_t)i * yd_image_bytes(&full), &full);
    yd_status status = yd_image_create(l->width, l->height, &tile, error);
    if (status == YD_OK) status = yd_resize(&full, &tile, YD_FILTER_AREA, error);
    if (status == YD_OK)
        yd_image_copy(&tile, 0, 0, &l->canvas, tile_x(l, i), tile_y(l, i), l->width, l->height);
    yd_image_free(&full);
    yd_image_free(&tile);
    return status;
}

static int longer_side(const yd_mosaic *l)
{
    return l->width > l->height ? l->width : l->height;
}

/* Of the font of names and captions: what can be read, and leaves the picture to be seen. */
static double text_size(const yd_mosaic *l)
{
    return fmin(fmax(longer_side(l) * 0.045, 9), 16);
}

/* Names on a darkened strip, readable on any picture, and lines between the tiles. strips: [tiles], where the
 * names lie. */
static yd_status finish_tiles(const yd_mosaic *l, yd_image *canvas, yd_area *strips, yd_error *error)
{
    const yd_colour black = {0, 0, 0}, white = {255, 255, 255};
    const yd_lettering how = {
        .size = text_size(l), .colour = white, .anchor = {0, 0.5}, .widest = l->width - 2. * FRAME - 4};
    const double height = yd_sheet_line_height(how.size) + 2;
    yd_sheet *sheet;
    YD_TRY(yd_sheet_create_on(canvas, &sheet, error));
    for (int i = 0; i < l->tiles; i++) {
        double x = tile_x(l, i), y = tile_y(l, i),
               width = l->names[i][0] ? yd_sheet_text_width(sheet, l->names[i], &how) + 6 : 0;
        strips[i] = (yd_area){x, y, x, y};
        if (width <= 0) continue;
        strips[i] = (yd_area){x, y, x + FRAME + width, y + FRAME + height};
        yd_sheet_fill(sheet, strips[i], black, 0.45);
        yd_sheet_text(sheet, (yd_place){x + FRAME + 2, y + FRAME + height / 2 - 1}, l->names[i], &how);
    }
    yd_image_free(canvas);
    yd_status status = yd_sheet_picture(sheet, canvas, error);
    yd_sheet_destroy(sheet);
    if (status != YD_OK) return status;
    for (int i = 0; i < l->tiles; i++) {
        int x = tile_x(l, i), y = tile_y(l, i);
        yd_draw_rectangle(canvas, x, y, x + l->width, y + l->height, FRAME, white);
    }
    return YD_OK;
}

yd_status yd_mosaic_create(const yd_batch *batch, yd_mosaic *mosaic, yd_error *error)
{
    int width, height;
    *mosaic = (yd_mosaic){0};
    plan(batch, mosaic, &width, &height);
    YD_TRY(yd_image_create(width, height, &mosaic->canvas, error));
    yd_image_fill(&mosaic->canvas, 255);
    yd_status status = YD_OK;
    for (int i = 0; i < mosaic->tiles && status == YD_OK; i++) {
        status = place_tile(batch, mosaic, i, error);
        if (batch->paths && batch->paths[i])
            snprintf(mosaic->names[i], sizeof mosaic->names[i], "%s", yd_path_name(batch->paths[i]));
    }
    if (status != YD_OK) yd_mosaic_free(mosaic);
    return status;
}

void yd_mosaic_free(yd_mosaic *mosaic)
{
    yd_image_free(&mosaic->canvas);
}

yd_status yd_mosaic_picture(const yd_mosaic *mosaic, const yd_picture_box *boxes, int count,
                            const char *const *names, int name_count, yd_image *out, yd_error *error)
{
    int longer = longer_side(mosaic);
    yd_area strips[YD_MOSAIC_TILES];
    const yd_boxes_look look = {.scale_x = 1,
                                .scale_y = 1,
                                .thickness = longer >= 480   ? 3
                                             : longer >= 240 ? 2
                                                             : 1,
                                .text_size = text_size(mosaic),
                                .decimals = 1,
                                .tile_width = mosaic->width,
                                .tile_height = mosaic->height,
                                .kept = strips,
                                .kept_count = mosaic->tiles};
    yd_vector found = {0};
    *out = (yd_image){0};
    YD_TRY(yd_image_create(mosaic->canvas.width, mosaic->canvas.height, out, error));
    memcpy(out->pixels, mosaic->canvas.pixels, yd_image_bytes(out));
    yd_status status = finish_tiles(mosaic, out, strips, error);
    if (status == YD_OK) status = yd_mosaic_boxes(mosaic, boxes, count, names, name_count, &found, error);
    if (status == YD_OK) status = yd_boxes_draw(out, found.data, found.count, &look, error);
    yd_vector_free(&found);
    if (status != YD_OK) yd_image_free(out);
    return status;
}

/* A side of a box in the picture, cut to its tile, which begins at `begin` and is `size` long. */
static float cut_side(float fraction, int begin, int size)
{
    return (float)(begin + fmin(fmax((double)fraction, 0), 1) * size); /* NAN is 0 */
}

yd_status yd_mosaic_boxes(const yd_mosaic *mosaic, const yd_picture_box *boxes, int count,
                          const char *const *names, int name_count, yd_vector *out, yd_error *error)
{
    out->size = sizeof(yd_box);
    for (int i = 0; i < count; i++) {
        const yd_picture_box *box = &boxes[i];
        if (box->image < 0 || box->image >= mosaic->tiles || box->class < 0) continue;
        int left = tile_x(mosaic, box->image), top = tile_y(mosaic, box->image);
        yd_box found = {.class = box->class,
                        .x1 = cut_side(box->x - box->width / 2, left, mosaic->width),
                        .x2 = cut_side(box->x + box->width / 2, left, mosaic->width),
                        .y1 = cut_side(box->y - box->height / 2, top, mosaic->height),
                        .y2 = cut_side(box->y + box->height / 2, top, mosaic->height),
                        .confidence = box->confidence};
        bool named = names && box->class < name_count && names[box->class];
        if (named)
            snprintf(found.name, sizeof found.name, "%s", names[box->class]);
        else
            snprintf(found.name, sizeof found.name, "%d", box->class);
        if (!yd_vector_push(out, &found)) return yd_fail(error, YD_ERR_MEMORY, "out of memory for boxes");
    }
    return YD_OK;
}

yd_status yd_batch_boxes(const yd_batch *batch, yd_vector *boxes, yd_error *error)
{
    boxes->size = sizeof(yd_picture_box);
    for (int i = 0; i < batch->target_count; i++) {
        const float *t = batch->targets + 6 * (size_t)i;
        const yd_picture_box box = {(int)t[0], (int)t[1], t[2], t[3], t[4], t[5], -1};
        if (!yd_vector_push(boxes, &box)) return yd_fail(error, YD_ERR_MEMORY, "out of memory for boxes");
    }
    return YD_OK;
}

yd_status yd_batch_picture_boxes(const yd_batch *batch, const yd_picture_box *boxes, int count,
                                 const char *const *names, int name_count, yd_image *out, yd_error *error)
{
    yd_mosaic mosaic;
    *out = (yd_image){0};
    YD_TRY(yd_mosaic_create(batch, &mosaic, error));
    yd_status status = yd_mosaic_picture(&mosaic, boxes, count, names, name_count, out, error);
    yd_mosaic_free(&mosaic);
    return status;
}
