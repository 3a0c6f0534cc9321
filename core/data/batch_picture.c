#include "data/batch_picture.h"
#include "base/file.h"
#include "image/boxes.h"
#include "image/draw.h"
#include "image/resize.h"
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_TILE = 640, LARGEST_PICTURE = 1280, LINE = 3 };

static void plan(const yd_batch *batch, yd_mosaic *mosaic)
{
    mosaic->tiles = batch->count < YD_MOSAIC_TILES ? batch->count : YD_MOSAIC_TILES;
    mosaic->side = (int)ceil(sqrt(mosaic->tiles));
    double scale = (double)LARGEST_TILE / (batch->width > batch->height ? batch->width : batch->height);
    mosaic->width = scale < 1 ? (int)ceil(scale * batch->width) : batch->width;
    mosaic->height = scale < 1 ? (int)ceil(scale * batch->height) : batch->height;
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
    if (status == YD_OK) status = yd_resize(&full, &tile, YD_FILTER_LINEAR, error);
    if (status == YD_OK)
        yd_image_copy(&tile, 0, 0, &l->canvas, tile_x(l, i), tile_y(l, i), l->width, l->height);
    yd_image_free(&full);
    yd_image_free(&tile);
    return status;
}

static int text_size(const yd_mosaic *l)
{
    int longer = l->width > l->height ? l->width : l->height;
    return longer >= 480 ? 2 : 1;
}

static void write_caption(const yd_picture_box *box, const char *const *names, int name_count, char *out,
                          size_t capacity)
{
    char number[16], confidence[32] = "";
    bool named = names && box->class >= 0 && box->class < name_count && names[box->class];
    snprintf(number, sizeof number, "%d", box->class);
    if (box->confidence >= 0) snprintf(confidence, sizeof confidence, " %.1f", (double)box->confidence);
    snprintf(out, capacity, "%.64s%s", named ? names[box->class] : number, confidence);
}

/* Rounds a coordinate of a box, which may be anything, into the neighbourhood of the tile. */
static int to_pixel(float fraction, int size)
{
    double place = (double)fraction * size;
    return place > -size ? place < 2 * size ? (int)lrint(place) : 2 * size : -size;
}

/* The low end wins where there is no room at all. */
static int clamp(int value, int low, int high)
{
    return value < low || high < low ? low : value > high ? high : value;
}

static void draw_box(const yd_mosaic *l, const yd_picture_box *box, const char *caption, yd_image *canvas)
{
    yd_colour colour = yd_class_colour(box->class), white = {225, 255, 255};
    int left = tile_x(l, box->image), top = tile_y(l, box->image), size = text_size(l);
    int x1 = left + to_pixel(box->x - box->width / 2, l->width),
        x2 = left + to_pixel(box->x + box->width / 2, l->width);
    int y1 = top + to_pixel(box->y - box->height / 2, l->height),
        y2 = top + to_pixel(box->y + box->height / 2, l->height);
    yd_draw_rectangle(canvas, x1, y1, x2, y2, LINE, colour);
    /* Above the corner, or, where that would stand in another tile, as near as its own tile allows. */
    int width = yd_text_width(caption, size) + 2, height = YD_TEXT_HEIGHT * size;
    int x = clamp(x1 - LINE / 2, left, left + l->width - width),
        y = clamp(y1 - height, top, top + l->height - height);
    yd_draw_fill(canvas, x, y, x + width, y + height, colour);
    yd_draw_text(canvas, x + 1, y + size, caption, size, white);
}

static void finish_tile(const yd_mosaic *l, int i, yd_image *canvas)
{
    const yd_colour grey = {220, 220, 220}, white = {255, 255, 255};
    int x = tile_x(l, i), y = tile_y(l, i);
    if (l->names[i][0]) yd_draw_text(canvas, x + 5, y + 5, l->names[i], text_size(l), grey);
    yd_draw_rectangle(canvas, x, y, x + l->width, y + l->height, LINE, white);
}

/* From the canvas to the picture. */
static double shrinking(const yd_mosaic *l)
{
    int longer = l->width > l->height ? l->width : l->height;
    return fmin((double)LARGEST_PICTURE / longer / l->side, 1);
}

static yd_status shrink(const yd_mosaic *l, yd_image *canvas, yd_error *error)
{
    double ratio = shrinking(l);
    yd_image shrunk;
    if (ratio >= 1) return YD_OK;
    YD_TRY(yd_image_create((int)(l->side * l->width * ratio), (int)(l->side * l->height * ratio), &shrunk,
                           error));
    yd_status status = yd_resize(canvas, &shrunk, YD_FILTER_AREA, error);
    yd_image_free(status == YD_OK ? canvas : &shrunk);
    if (status == YD_OK) *canvas = shrunk;
    return status;
}

yd_status yd_mosaic_create(const yd_batch *batch, yd_mosaic *mosaic, yd_error *error)
{
    *mosaic = (yd_mosaic){0};
    plan(batch, mosaic);
    YD_TRY(
        yd_image_create(mosaic->side * mosaic->width, mosaic->side * mosaic->height, &mosaic->canvas, error));
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
    char caption[128];
    yd_image canvas;
    *out = (yd_image){0};
    YD_TRY(yd_image_create(mosaic->canvas.width, mosaic->canvas.height, &canvas, error));
    memcpy(canvas.pixels, mosaic->canvas.pixels, yd_image_bytes(&canvas));
    for (int i = 0; i < count; i++) {
        if (boxes[i].image < 0 || boxes[i].image >= mosaic->tiles) continue;
        write_caption(&boxes[i], names, name_count, caption, sizeof caption);
        draw_box(mosaic, &boxes[i], caption, &canvas);
    }
    for (int i = 0; i < mosaic->tiles; i++) finish_tile(mosaic, i, &canvas);
    yd_status status = shrink(mosaic, &canvas, error);
    if (status == YD_OK)
        *out = canvas;
    else
        yd_image_free(&canvas);
    return status;
}

/* A side of a box in the picture, cut to its tile, which begins at `begin` and is `size` long. */
static float cut_side(float fraction, int begin, int size, double ratio)
{
    int place = clamp(to_pixel(fraction, size), 0, size);
    return (float)((begin + place) * ratio);
}

yd_status yd_mosaic_boxes(const yd_mosaic *mosaic, const yd_picture_box *boxes, int count,
                          const char *const *names, int name_count, yd_vector *out, yd_error *error)
{
    double ratio = shrinking(mosaic);
    out->size = sizeof(yd_box);
    for (int i = 0; i < count; i++) {
        const yd_picture_box *box = &boxes[i];
        if (box->image < 0 || box->image >= mosaic->tiles || box->class < 0) continue;
        int left = tile_x(mosaic, box->image), top = tile_y(mosaic, box->image);
        yd_box found = {.class = box->class,
                        .x1 = cut_side(box->x - box->width / 2, left, mosaic->width, ratio),
                        .x2 = cut_side(box->x + box->width / 2, left, mosaic->width, ratio),
                        .y1 = cut_side(box->y - box->height / 2, top, mosaic->height, ratio),
                        .y2 = cut_side(box->y + box->height / 2, top, mosaic->height, ratio),
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

yd_status yd_batch_picture(const yd_batch *batch, const char *const *names, int name_count, yd_image *out,
                           yd_error *error)
{
    yd_vector boxes = {0};
    *out = (yd_image){0};
    yd_status status = yd_batch_boxes(batch, &boxes, error);
    if (status == YD_OK)
        status = yd_batch_picture_boxes(batch, boxes.data, (int)boxes.count, names, name_count, out, error);
    yd_vector_free(&boxes);
    return status;
}
