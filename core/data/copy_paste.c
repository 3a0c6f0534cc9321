#include "data/copy_paste.h"
#include "image/draw.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

int yd_copy_paste_draw(const yd_boxes *boxes, double probability, yd_rng *rng, int32_t *picks)
{
    uint32_t candidates = 0;
    for (size_t i = 0; i < boxes->boxes.count; i++)
        if (YD_AT(yd_box, &boxes->boxes, i).point_count > 0) picks[candidates++] = (int32_t)i;
    uint32_t wanted = (uint32_t)rint(fmin(fmax(probability, 0), 1) * candidates);
    for (uint32_t i = 0; i < wanted; i++) {
        uint32_t k = i + yd_rng_below(rng, candidates - i);
        int32_t swap = picks[i];
        picks[i] = picks[k];
        picks[k] = swap;
    }
    return (int)wanted;
}

/* Whether box covers less than 0.3 of each box that is there, in the float of the original. */
static bool covers_little(const yd_boxes *boxes, const yd_box *box)
{
    for (size_t i = 0; i < boxes->boxes.count; i++) {
        const yd_box *other = &YD_AT(yd_box, &boxes->boxes, i);
        float width = fminf(box->x2, other->x2) - fmaxf(box->x1, other->x1);
        float height = fminf(box->y2, other->y2) - fmaxf(box->y1, other->y1);
        float area = (other->x2 - other->x1) * (other->y2 - other->y1) + 1e-7f;
        if (!(fmaxf(width, 0) * fmaxf(height, 0) / area < 0.30f)) return false;
    }
    return true;
}

/* Appends the mirrored polygon of source to the points. */
static bool mirror_polygon(yd_boxes *boxes, const yd_box *source, float width, yd_box *mirrored)
{
    mirrored->first_point = (int32_t)boxes->points.count;
    for (int32_t i = 0; i < source->point_count; i++) {
        yd_point point = YD_AT(yd_point, &boxes->points, (size_t)(source->first_point + i));
        point.x = width - point.x;
        if (!yd_vector_push(&boxes->points, &point)) return false;
    }
    return true;
}

/* Mirrors what the mask covers; the source of every pixel is the picture as it was. */
static void paste_row(uint8_t *row, const uint8_t *mask, int width, bool whole_pixels, uint8_t *before)
{
    memcpy(before, row, (size_t)width * 3);
    for (int x = 0; x < width; x++) {
        int from = width - 1 - x;
        if (!mask[from]) continue;
        for (int c = 0; c < 3; c++) {
            uint8_t value = before[3 * from + c];
            if (whole_pixels || value) row[3 * x + c] = value;
        }
    }
}

static yd_status paste(yd_image *image, yd_boxes *boxes, const int32_t *picks, int count,
                       const yd_data_rules *rules, uint8_t *mask, uint8_t *row, yd_error *error)
{
    size_t width = (size_t)image->width;
    for (int i = 0; i < count; i++) {
        yd_box source = YD_AT(yd_box, &boxes->boxes, (size_t)picks[i]), mirrored = source;
        mirrored.x1 = (float)image->width - source.x2;
        mirrored.x2 = (float)image->width - source.x1;
        if (!covers_little(boxes, &mirrored)) continue;
        if (!mirror_polygon(boxes, &source, (float)image->width, &mirrored) ||
            !yd_vector_push(&boxes->boxes, &mirrored))
            return yd_fail(error, YD_ERR_MEMORY, "out of memory for pasted labels");
        const yd_point *points = &YD_AT(yd_point, &boxes->points, (size_t)source.first_point);
        YD_TRY(yd_mask_polygon(mask, image->width, image->height, (const float *)points, source.point_count,
                               1, error));
    }
    for (size_t y = 0; y < (size_t)image->height; y++)
        paste_row(image->pixels + y * width * 3, mask + y * width, image->width, rules->paste_by_mask, row);
    return YD_OK;
}

yd_status yd_copy_paste(yd_image *image, yd_boxes *boxes, const int32_t *picks, int count,
                        const yd_data_rules *rules, yd_error *error)
{
    if (count == 0) return YD_OK;
    size_t width = (size_t)image->width;
    uint8_t *mask = calloc((size_t)image->height, width), *row = malloc(width * 3);
    yd_status status = mask && row ? paste(image, boxes, picks, count, rules, mask, row, error)
                                   : yd_fail(error, YD_ERR_MEMORY, "out of memory for a copy-paste mask");
    free(mask);
    free(row);
    return status;
}
