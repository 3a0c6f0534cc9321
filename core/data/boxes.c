#include "data/boxes.h"
#include <math.h>

yd_boxes yd_boxes_make(void)
{
    return (yd_boxes){{.size = sizeof(yd_box)}, {.size = sizeof(yd_point)}};
}

void yd_boxes_clear(yd_boxes *boxes)
{
    boxes->boxes.count = boxes->points.count = 0;
}

void yd_boxes_free(yd_boxes *boxes)
{
    yd_vector_free(&boxes->boxes);
    yd_vector_free(&boxes->points);
}

static bool add_polygon(yd_boxes *boxes, yd_box *box, const float *points, int32_t count,
                        const float scale[2], const float pad[2])
{
    box->first_point = (int32_t)boxes->points.count;
    box->point_count = count;
    for (int32_t i = 0; i < count; i++) {
        yd_point point = {scale[0] * points[2 * i] + pad[0], scale[1] * points[2 * i + 1] + pad[1]};
        if (!yd_vector_push(&boxes->points, &point)) return false;
    }
    return boxes->points.count <= INT32_MAX;
}

bool yd_boxes_add(yd_boxes *boxes, const yd_labels *labels, double width, double height, double pad_x,
                  double pad_y)
{
    const float scale[2] = {(float)width, (float)height}, pad[2] = {(float)pad_x, (float)pad_y};
    for (int i = 0; i < labels->count; i++) {
        const float *row = labels->rows + (size_t)i * 5;
        yd_box box = {.class = row[0]};
        box.x1 = scale[0] * (row[1] - row[3] / 2) + pad[0];
        box.y1 = scale[1] * (row[2] - row[4] / 2) + pad[1];
        box.x2 = scale[0] * (row[1] + row[3] / 2) + pad[0];
        box.y2 = scale[1] * (row[2] + row[4] / 2) + pad[1];
        int32_t first = labels->ends && i ? labels->ends[i - 1] : 0;
        if (labels->ends && !add_polygon(boxes, &box, labels->points + 2 * (size_t)first,
                                         labels->ends[i] - first, scale, pad))
            return false;
        if (!yd_vector_push(&boxes->boxes, &box)) return false;
    }
    return true;
}

bool yd_boxes_append(yd_boxes *boxes, const yd_boxes *more)
{
    int32_t offset = (int32_t)boxes->points.count;
    for (size_t i = 0; i < more->points.count; i++)
        if (!yd_vector_push(&boxes->points, &YD_AT(yd_point, &more->points, i))) return false;
    for (size_t i = 0; i < more->boxes.count; i++) {
        yd_box box = YD_AT(yd_box, &more->boxes, i);
        box.first_point += offset;
        if (!yd_vector_push(&boxes->boxes, &box)) return false;
    }
    return boxes->points.count <= INT32_MAX;
}

static float clip(float value, float limit)
{
    return fminf(fmaxf(value, 0), limit);
}

static void clip_box(yd_box *box, float width, float height)
{
    box->x1 = clip(box->x1, width);
    box->y1 = clip(box->y1, height);
    box->x2 = clip(box->x2, width);
    box->y2 = clip(box->y2, height);
}

void yd_boxes_clip(yd_boxes *boxes, float width, float height)
{
    for (size_t i = 0; i < boxes->boxes.count; i++) clip_box(&YD_AT(yd_box, &boxes->boxes, i), width, height);
    for (size_t i = 0; i < boxes->points.count; i++) {
        yd_point *point = &YD_AT(yd_point, &boxes->points, i);
        *point = (yd_point){clip(point->x, width), clip(point->y, height)};
    }
}

void yd_boxes_normalise(yd_boxes *boxes, int width, int height, double margin, float *rows)
{
    float w = (float)width, h = (float)height;
    for (size_t i = 0; i < boxes->boxes.count; i++, rows += 5) {
        yd_box *box = &YD_AT(yd_box, &boxes->boxes, i);
        if (margin > 0) clip_box(box, (float)(width - margin), (float)(height - margin));
        rows[0] = box->class;
        rows[1] = (box->x1 + box->x2) / 2 / w;
        rows[2] = (box->y1 + box->y2) / 2 / h;
        rows[3] = (box->x2 - box->x1) / w;
        rows[4] = (box->y2 - box->y1) / h;
    }
}
