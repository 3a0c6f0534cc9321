#include "data/perspective.h"
#include "image/warp.h"
#include <math.h>
#include <string.h>

static const double degree = 3.14159265358979323846 / 180;

yd_perspective_draws yd_perspective_draw(const yd_augment *a, yd_rng *rng)
{
    yd_perspective_draws draws;
    draws.x = yd_rng_between(rng, -a->perspective, a->perspective);
    draws.y = yd_rng_between(rng, -a->perspective, a->perspective);
    draws.angle = yd_rng_between(rng, -a->degrees, a->degrees);
    draws.scale = yd_rng_between(rng, 1 - a->scale, 1 + a->scale);
    draws.shear_x = yd_rng_between(rng, -a->shear, a->shear);
    draws.shear_y = yd_rng_between(rng, -a->shear, a->shear);
    draws.translate_x = yd_rng_between(rng, 0.5 - a->translate, 0.5 + a->translate);
    draws.translate_y = yd_rng_between(rng, 0.5 - a->translate, 0.5 + a->translate);
    return draws;
}

/* product = a b; product may be b. */
static void multiply(const double a[9], const double b[9], double product[9])
{
    double sums[9];
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            sums[3 * i + k] = a[3 * i] * b[k] + a[3 * i + 1] * b[3 + k] + a[3 * i + 2] * b[6 + k];
    memcpy(product, sums, sizeof sums);
}

void yd_perspective_matrix(const yd_perspective_draws *draws, int width, int height, int out_width,
                           int out_height, double matrix[9])
{
    double c = draws->scale * cos(draws->angle * degree), s = draws->scale * sin(draws->angle * degree);
    const double centre[9] = {1, 0, -width / 2.0, 0, 1, -height / 2.0, 0, 0, 1};
    const double projection[9] = {1, 0, 0, 0, 1, 0, draws->x, draws->y, 1};
    const double rotation[9] = {c, s, 0, -s, c, 0, 0, 0, 1};
    const double shear[9] = {1, tan(draws->shear_x * degree), 0, tan(draws->shear_y * degree), 1, 0, 0, 0, 1};
    const double shift[9] = {1, 0, draws->translate_x * out_width, 0, 1, draws->translate_y * out_height, 0,
                             0, 1};
    /* From the left, as the original multiplies: the roundings count. */
    multiply(shift, shear, matrix);
    multiply(matrix, rotation, matrix);
    multiply(matrix, projection, matrix);
    multiply(matrix, centre, matrix);
}

void yd_perspective_warp(const yd_image *source, const double matrix[9], bool projective, yd_image *out)
{
    static const double identity[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    bool same_size = source->width == out->width && source->height == out->height, same = same_size;
    for (int i = 0; i < 9; i++) same &= matrix[i] == identity[i];
    if (same)
        memcpy(out->pixels, source->pixels, yd_image_bytes(source));
    else if (projective)
        yd_warp_perspective(source, matrix, YD_IMAGE_GREY, out);
    else
        yd_warp_affine(source, matrix, YD_IMAGE_GREY, out);
}

typedef struct rectangle {
    double x1, y1, x2, y2;
} rectangle;

typedef struct transform {
    const double *matrix;
    bool projective;
    double width, height; /* of the output */
    bool closed;          /* polygons */
} transform;

static void move_point(const transform *t, double x, double y, double moved[2])
{
    const double *m = t->matrix;
    double z = t->projective ? m[6] * x + m[7] * y + m[8] : 1;
    moved[0] = (m[0] * x + m[1] * y + m[2]) / z;
    moved[1] = (m[3] * x + m[4] * y + m[5]) / z;
}

static void include(rectangle *r, const double point[2], bool first)
{
    r->x1 = first ? point[0] : fmin(r->x1, point[0]);
    r->y1 = first ? point[1] : fmin(r->y1, point[1]);
    r->x2 = first ? point[0] : fmax(r->x2, point[0]);
    r->y2 = first ? point[1] : fmax(r->y2, point[1]);
}

/* Around the four moved corners, clipped. */
static rectangle move_corners(const transform *t, const yd_box *box)
{
    const double corners[4][2] = {
        {box->x1, box->y1}, {box->x2, box->y2}, {box->x1, box->y2}, {box->x2, box->y1}};
    rectangle r = {0};
    for (int i = 0; i < 4; i++) {
        double moved[2];
        move_point(t, corners[i][0], corners[i][1], moved);
        include(&r, moved, i == 0);
    }
    return (rectangle){fmin(fmax(r.x1, 0), t->width), fmin(fmax(r.y1, 0), t->height),
                       fmin(fmax(r.x2, 0), t->width), fmin(fmax(r.y2, 0), t->height)};
}

/* Around what lies inside the output of 1000 points, evenly spaced by vertex number; empty where nothing
 * does. */
static rectangle move_polygon(const transform *t, const yd_point *points, int count)
{
    enum { SAMPLES = 1000 };
    int last = t->closed ? count : count - 1;
    rectangle r = {0};
    bool any = false, positive = false;
    for (int i = 0; i < SAMPLES; i++) {
        double place = (double)last * i / (SAMPLES - 1), moved[2];
        int from = place < last ? (int)place : last, to = from < last ? from + 1 : from;
        const yd_point *a = &points[from % count], *b = &points[to % count];
        double share = place - from;
        move_point(t, a->x + ((double)b->x - a->x) * share, a->y + ((double)b->y - a->y) * share, moved);
        if (!(moved[0] >= 0 && moved[1] >= 0 && moved[0] <= t->width && moved[1] <= t->height)) continue;
        include(&r, moved, !any);
        any = true;
        positive |= moved[0] != 0;
    }
    return positive ? r : (rectangle){0};
}

/* before is compared after scaling by scale, which is all of the transform that the original looks at. */
static bool is_candidate(const yd_box *before, const rectangle *after, double scale, double area_limit,
                         double aspect_limit)
{
    const double eps = 1e-16;
    float f = (float)scale, w1 = before->x2 * f - before->x1 * f, h1 = before->y2 * f - before->y1 * f;
    double w2 = after->x2 - after->x1, h2 = after->y2 - after->y1;
    double aspect = fmax(w2 / (h2 + eps), h2 / (w2 + eps));
    return w2 > 2 && h2 > 2 && w2 * h2 / ((double)(w1 * h1) + eps) > area_limit && aspect < aspect_limit;
}

void yd_perspective_boxes(yd_boxes *boxes, const double matrix[9], bool projective, double scale,
                          int out_width, int out_height, const yd_data_rules *rules)
{
    transform t = {matrix, projective, out_width, out_height, rules->close_polygons};
    yd_box *all = boxes->boxes.data;
    size_t kept = 0;
    for (size_t i = 0; i < boxes->boxes.count; i++) {
        const yd_box *box = &all[i];
        bool polygon = box->point_count > 0;
        rectangle moved = polygon
                              ? move_polygon(&t, &YD_AT(yd_point, &boxes->points, (size_t)box->first_point),
                                             box->point_count)
                              : move_corners(&t, box);
        if (!is_candidate(box, &moved, scale, polygon ? 0.01 : 0.1, rules->aspect_limit)) continue;
        all[kept++] =
            (yd_box){box->class, (float)moved.x1, (float)moved.y1, (float)moved.x2, (float)moved.y2, 0, 0};
    }
    boxes->boxes.count = kept;
    boxes->points.count = 0;
}
