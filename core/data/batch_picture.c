#include "data/batch_picture.h"
#include "base/file.h"
#include "image/draw.h"
#include "image/resize.h"
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TILES = 16, LARGEST_TILE = 640, LARGEST_PICTURE = 1280, LINE = 3, NAME_LENGTH = 40 };

typedef struct layout {
    int tiles, side;   /* pictures shown; tiles a side */
    int width, height; /* of a tile */
} layout;

static layout plan(const yd_batch *batch)
{
    layout l = {.tiles = batch->count < MOST_TILES ? batch->count : MOST_TILES};
    l.side = (int)ceil(sqrt(l.tiles));
    double scale = (double)LARGEST_TILE / (batch->width > batch->height ? batch->width : batch->height);
    l.width = scale < 1 ? (int)ceil(scale * batch->width) : batch->width;
    l.height = scale < 1 ? (int)ceil(scale * batch->height) : batch->height;
    return l;
}

/* Tiles go down the columns. */
static int tile_x(const layout *l, int i)
{
    return i / l->side * l->width;
}

static int tile_y(const layout *l, int i)
{
    return i % l->side * l->height;
}

static yd_status place_tile(const yd_batch *batch, const layout *l, int i, yd_image *canvas, yd_error *error)
{
    yd_image full = {0}, tile = {0};
    YD_TRY(yd_image_create(batch->width, batch->height, &full, error));
    yd_image_from_planes(batch->images + (size_t)i * yd_image_bytes(&full), &full);
    yd_status status = yd_image_create(l->width, l->height, &tile, error);
    if (status == YD_OK) status = yd_resize(&full, &tile, YD_FILTER_LINEAR, error);
    if (status == YD_OK) yd_image_copy(&tile, 0, 0, canvas, tile_x(l, i), tile_y(l, i), l->width, l->height);
    yd_image_free(&full);
    yd_image_free(&tile);
    return status;
}

static int text_size(const layout *l)
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

static void draw_box(const layout *l, const yd_picture_box *box, const char *caption, yd_image *canvas)
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

static void finish_tile(const yd_batch *batch, const layout *l, int i, yd_image *canvas)
{
    const yd_colour grey = {220, 220, 220}, white = {255, 255, 255};
    int x = tile_x(l, i), y = tile_y(l, i);
    char name[NAME_LENGTH + 1];
    if (batch->paths && batch->paths[i]) {
        snprintf(name, sizeof name, "%s", yd_path_name(batch->paths[i]));
        yd_draw_text(canvas, x + 5, y + 5, name, text_size(l), grey);
    }
    yd_draw_rectangle(canvas, x, y, x + l->width, y + l->height, LINE, white);
}

static yd_status shrink(const layout *l, yd_image *canvas, yd_error *error)
{
    int longer = l->width > l->height ? l->width : l->height;
    double ratio = fmin((double)LARGEST_PICTURE / longer / l->side, 1);
    yd_image shrunk;
    if (ratio >= 1) return YD_OK;
    YD_TRY(yd_image_create((int)(l->side * l->width * ratio), (int)(l->side * l->height * ratio), &shrunk,
                           error));
    yd_status status = yd_resize(canvas, &shrunk, YD_FILTER_AREA, error);
    yd_image_free(status == YD_OK ? canvas : &shrunk);
    if (status == YD_OK) *canvas = shrunk;
    return status;
}

yd_status yd_batch_picture_boxes(const yd_batch *batch, const yd_picture_box *boxes, int count,
                                 const char *const *names, int name_count, yd_image *out, yd_error *error)
{
    layout l = plan(batch);
    char caption[128];
    yd_image canvas;
    *out = (yd_image){0};
    YD_TRY(yd_image_create(l.side * l.width, l.side * l.height, &canvas, error));
    yd_image_fill(&canvas, 255);
    yd_status status = YD_OK;
    for (int i = 0; i < l.tiles && status == YD_OK; i++) status = place_tile(batch, &l, i, &canvas, error);
    for (int i = 0; i < count && status == YD_OK; i++) {
        if (boxes[i].image < 0 || boxes[i].image >= l.tiles) continue;
        write_caption(&boxes[i], names, name_count, caption, sizeof caption);
        draw_box(&l, &boxes[i], caption, &canvas);
    }
    for (int i = 0; i < l.tiles && status == YD_OK; i++) finish_tile(batch, &l, i, &canvas);
    if (status == YD_OK) status = shrink(&l, &canvas, error);
    if (status == YD_OK)
        *out = canvas;
    else
        yd_image_free(&canvas);
    return status;
}

yd_status yd_batch_picture(const yd_batch *batch, const char *const *names, int name_count, yd_image *out,
                           yd_error *error)
{
    size_t count = (size_t)batch->target_count;
    yd_picture_box *boxes = malloc((count + 1) * sizeof *boxes);
    if (!boxes) return yd_fail(error, YD_ERR_MEMORY, "out of memory for the picture of a batch");
    for (size_t i = 0; i < count; i++) {
        const float *t = batch->targets + 6 * i;
        boxes[i] = (yd_picture_box){(int)t[0], (int)t[1], t[2], t[3], t[4], t[5], -1};
    }
    yd_status status = yd_batch_picture_boxes(batch, boxes, (int)count, names, name_count, out, error);
    free(boxes);
    return status;
}
