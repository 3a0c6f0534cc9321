#include "data/synthetic.h"
#include "base/file.h"
#include "base/rng.h"
#include "base/text.h"
#include "image/write.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const yd_synthetic_names[YD_SYNTHETIC_CLASSES] = {"disk", "square", "triangle", "cross"};

enum { DRAWING = 2 }; /* raised when the same seed draws something else, so that older sets are drawn anew */
enum { PURPOSE_PICTURE = 0x5e7d }; /* keeps these draws apart from those of training */
static const double pi = 3.14159265358979323846;

typedef struct drawn_shape {
    int class;
    double x, y, radius, angle; /* pixels; radius: of the circle around the shape */
    float colour[3];
} drawn_shape;

typedef struct drawn_canvas {
    int size;
    float *rgb;    /* [size, size, 3], 0 to 255 */
    int8_t *owner; /* [size, size]: the object seen there, -1 for none */
    yd_rng rng;
} drawn_canvas;

/* Signed distances (negative inside) in the shape's own frame, where the circle around it has radius 1. */
static double disk_distance(double x, double y)
{
    return hypot(x, y) - 0.9;
}

static double square_distance(double x, double y)
{
    return fmax(fabs(x), fabs(y)) - 0.68;
}

static double triangle_distance(double x, double y)
{
    return fmax(fmax(0.866 * x + 0.5 * y, -0.866 * x + 0.5 * y), -y) - 0.48;
}

static double cross_distance(double x, double y)
{
    double a = fmax(fabs(x) - 0.9, fabs(y) - 0.3), b = fmax(fabs(x) - 0.3, fabs(y) - 0.9);
    return fmin(a, b);
}

static double (*const distances[YD_SYNTHETIC_CLASSES])(double, double) = {disk_distance, square_distance,
                                                                          triangle_distance, cross_distance};

static void blend(float *pixel, const float colour[3], double share)
{
    for (int c = 0; c < 3; c++) pixel[c] += (float)share * (colour[c] - pixel[c]);
}

static void random_colour(yd_rng *rng, float colour[3])
{
    for (int c = 0; c < 3; c++) colour[c] = (float)yd_rng_between(rng, 20, 235);
}

/* A gradient between two colours, and slow waves over it. */
static void draw_ground(drawn_canvas *canvas)
{
    float from[3], to[3];
    random_colour(&canvas->rng, from);
    random_colour(&canvas->rng, to);
    double angle = yd_rng_between(&canvas->rng, 0, 2 * pi), wave = yd_rng_between(&canvas->rng, 5, 18);
    double fx = yd_rng_between(&canvas->rng, 0.02, 0.12), fy = yd_rng_between(&canvas->rng, 0.02, 0.12);
    for (int y = 0; y < canvas->size; y++)
        for (int x = 0; x < canvas->size; x++) {
            double u = (double)x / canvas->size - 0.5, v = (double)y / canvas->size - 0.5;
            double share = 0.5 + 0.6 * (u * cos(angle) + v * sin(angle)),
                   ripple = wave * sin(fx * x) * cos(fy * y);
            float *pixel = &canvas->rgb[3 * ((size_t)y * (size_t)canvas->size + (size_t)x)];
            for (int c = 0; c < 3; c++) pixel[c] = from[c] + (float)share * (to[c] - from[c]) + (float)ripple;
            canvas->owner[(size_t)y * (size_t)canvas->size + (size_t)x] = -1;
        }
}

/* A bar that belongs to no class; over objects (as an occluder) it takes their pixels. */
static void draw_bar(drawn_canvas *canvas, double half_width)
{
    float colour[3];
    random_colour(&canvas->rng, colour);
    double x0 = yd_rng_between(&canvas->rng, 0, canvas->size),
           y0 = yd_rng_between(&canvas->rng, 0, canvas->size);
    double angle = yd_rng_between(&canvas->rng, 0, pi),
           length = yd_rng_between(&canvas->rng, 0.1, 0.35) * canvas->size;
    double c = cos(angle), s = sin(angle);
    for (int y = 0; y < canvas->size; y++)
        for (int x = 0; x < canvas->size; x++) {
            double along = (x - x0) * c + (y - y0) * s, across = (y - y0) * c - (x - x0) * s;
            double cover = fmin(1, fmax(0, half_width - fabs(across) + 0.5)) *
                           fmin(1, fmax(0, length - fabs(along) + 0.5));
            if (cover <= 0) continue;
            size_t at = (size_t)y * (size_t)canvas->size + (size_t)x;
            blend(&canvas->rgb[3 * at], colour, cover);
            if (cover > 0.5) canvas->owner[at] = -1;
        }
}

typedef struct drawn_extent {
    int left, top, right, bottom,
        area; /* of the whole shape, hidden parts included; clipped to the picture */
} drawn_extent;

static drawn_extent draw_shape(drawn_canvas *canvas, const drawn_shape *shape, int index)
{
    drawn_extent found = {canvas->size, canvas->size, -1, -1, 0};
    double c = cos(shape->angle), s = sin(shape->angle);
    for (int y = 0; y < canvas->size; y++)
        for (int x = 0; x < canvas->size; x++) {
            double dx = (x + 0.5 - shape->x) / shape->radius, dy = (y + 0.5 - shape->y) / shape->radius;
            if (dx * dx + dy * dy > 1.7) continue;
            double cover = 0.5 - shape->radius * distances[shape->class](dx * c + dy * s, dy * c - dx * s);
            if (cover <= 0) continue;
            size_t at = (size_t)y * (size_t)canvas->size + (size_t)x;
            double light = 1 - 0.25 * dy;
            float colour[3];
            for (int i = 0; i < 3; i++) colour[i] = shape->colour[i] * (float)light;
            blend(&canvas->rgb[3 * at], colour, fmin(cover, 1));
            if (cover < 0.5) continue;
            canvas->owner[at] = (int8_t)index;
            found.area++;
            if (x < found.left) found.left = x;
            if (x > found.right) found.right = x;
            if (y < found.top) found.top = y;
            if (y > found.bottom) found.bottom = y;
        }
    return found;
}

/* Each class has a colour of its own that lights vary: what a network of minutes can learn. */
static void class_colour(yd_rng *rng, int class, float colour[3])
{
    static const float base[YD_SYNTHETIC_CLASSES][3] = {
        {205, 70, 60}, {70, 100, 205}, {75, 175, 80}, {215, 190, 70}};
    double light = yd_rng_between(rng, 0.7, 1.15);
    for (int c = 0; c < 3; c++)
        colour[c] = (float)fmin(255, base[class][c] * light + yd_rng_between(rng, -25, 25));
}

static void random_shape(drawn_canvas *canvas, drawn_shape *shape)
{
    double size = canvas->size;
    shape->class = (int)yd_rng_below(&canvas->rng, YD_SYNTHETIC_CLASSES);
    shape->radius = size * yd_rng_between(&canvas->rng, 0.06, 0.15);
    shape->x = yd_rng_between(&canvas->rng, 0.4 * shape->radius, size - 0.4 * shape->radius);
    shape->y = yd_rng_between(&canvas->rng, 0.4 * shape->radius, size - 0.4 * shape->radius);
    shape->angle = yd_rng_between(&canvas->rng, -0.6, 0.6);
    class_colour(&canvas->rng, shape->class, shape->colour);
}

static void finish(drawn_canvas *canvas, yd_image *image)
{
    double noise = yd_rng_between(&canvas->rng, 4, 14);
    size_t values = 3 * (size_t)canvas->size * (size_t)canvas->size;
    for (size_t i = 0; i < values; i++) {
        double value = canvas->rgb[i] + noise * yd_rng_normal(&canvas->rng);
        image->pixels[i] = (uint8_t)lrint(fmin(255, fmax(0, value)));
    }
}

/* Objects of which less than this share is seen carry no label. */
static const double least_visible = 0.35;

static int collect_labels(const drawn_canvas *canvas, const drawn_shape *shapes, const drawn_extent *extents,
                          int count, yd_synthetic_label *labels)
{
    int seen[YD_SYNTHETIC_MAX_OBJECTS] = {0}, labelled = 0;
    for (size_t i = 0; i < (size_t)canvas->size * (size_t)canvas->size; i++)
        if (canvas->owner[i] >= 0) seen[canvas->owner[i]]++;
    double size = canvas->size;
    for (int i = 0; i < count; i++) {
        const drawn_extent *e = &extents[i];
        if (e->area < 40 || seen[i] < least_visible * e->area) continue;
        labels[labelled++] = (yd_synthetic_label){.class = shapes[i].class,
                                                  .x = (e->left + e->right + 1) / 2.0 / size,
                                                  .y = (e->top + e->bottom + 1) / 2.0 / size,
                                                  .width = (e->right - e->left + 1) / size,
                                                  .height = (e->bottom - e->top + 1) / size};
    }
    return labelled;
}

yd_status yd_synthetic_draw(uint64_t seed, uint32_t index, int size, yd_image *image,
                            yd_synthetic_label *labels, int *count, yd_error *error)
{
    YD_TRY(yd_image_create(size, size, image, error));
    size_t pixels = (size_t)size * (size_t)size;
    drawn_canvas canvas = {.size = size,
                           .rgb = malloc(pixels * 3 * sizeof *canvas.rgb),
                           .owner = malloc(pixels),
                           .rng = yd_rng_make(seed, 0, index, PURPOSE_PICTURE)};
    yd_status status = YD_OK;
    if (!canvas.rgb || !canvas.owner) {
        yd_image_free(image);
        status = yd_fail(error, YD_ERR_MEMORY, "no memory for a picture of %dx%d", size, size);
        goto out;
    }
    draw_ground(&canvas);
    for (uint32_t i = 3 + yd_rng_below(&canvas.rng, 6); i > 0; i--)
        draw_bar(&canvas, yd_rng_between(&canvas.rng, 0.5, 2));
    drawn_shape shapes[YD_SYNTHETIC_MAX_OBJECTS];
    drawn_extent extents[YD_SYNTHETIC_MAX_OBJECTS];
    int objects = 4 + (int)yd_rng_below(&canvas.rng, YD_SYNTHETIC_MAX_OBJECTS - 3);
    for (int i = 0; i < objects; i++) {
        random_shape(&canvas, &shapes[i]);
        extents[i] = draw_shape(&canvas, &shapes[i], i);
    }
    for (uint32_t i = yd_rng_below(&canvas.rng, 3); i > 0; i--)
        draw_bar(&canvas, yd_rng_between(&canvas.rng, 2, 5));
    *count = collect_labels(&canvas, shapes, extents, objects, labels);
    finish(&canvas, image);
out:
    free(canvas.rgb);
    free(canvas.owner);
    return status;
}

static yd_status write_one(const char *folder, const char *split, uint64_t seed, uint32_t index, int size,
                           yd_error *error)
{
    yd_image image = {0};
    yd_synthetic_label labels[YD_SYNTHETIC_MAX_OBJECTS];
    int count = 0;
    char path[4096];
    yd_text text = {0};
    YD_TRY(yd_synthetic_draw(seed, index, size, &image, labels, &count, error));
    snprintf(path, sizeof path, "%s/images/%s/%04u.jpg", folder, split, index);
    yd_status status = yd_image_write(&image, path, error);
    for (int i = 0; i < count; i++)
        yd_text_addf(&text, "%d %.6f %.6f %.6f %.6f\n", labels[i].class, labels[i].x, labels[i].y,
                     labels[i].width, labels[i].height);
    snprintf(path, sizeof path, "%s/labels/%s/%04u.txt", folder, split, index);
    if (status == YD_OK) status = yd_file_write_text(path, &text, error);
    yd_text_free(&text);
    yd_image_free(&image);
    return status;
}

/* The list names the split's pictures: what an older set left in the folders is none of them. */
static yd_status write_list(const char *folder, const char *split, uint32_t first, int count, yd_error *error)
{
    yd_text list = {0};
    char path[4096];
    for (uint32_t i = 0; i < (uint32_t)count; i++)
        yd_text_addf(&list, "./images/%s/%04u.jpg\n", split, first + i);
    snprintf(path, sizeof path, "%s/%s.txt", folder, split);
    return yd_file_write_text(path, &list, error);
}

static yd_status write_split(const char *folder, const char *split, uint64_t seed, uint32_t first, int count,
                             int size, yd_error *error)
{
    char path[4096];
    static const char *const kinds[] = {"images", "labels"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s/%s", folder, kinds[i], split);
        YD_TRY(yd_make_folders(path, error));
    }
    for (int i = 0; i < count; i++) YD_TRY(write_one(folder, split, seed, first + (uint32_t)i, size, error));
    return write_list(folder, split, first, count, error);
}

yd_status yd_synthetic_write(const char *folder, uint64_t seed, int train, int val, int size, char *yaml_path,
                             yd_error *error)
{
    yd_text yaml = {0};
    yd_text_addf(&yaml,
                 "# Drawn by yolodeck demo: drawing %d, seed %llu, %d + %d pictures of %dx%d.\n"
                 "path: .\ntrain: train.txt\nval: val.txt\n",
                 DRAWING, (unsigned long long)seed, train, val, size, size);
    yd_text_addf(&yaml, "nc: %d\nnames: [", YD_SYNTHETIC_CLASSES);
    for (int i = 0; i < YD_SYNTHETIC_CLASSES; i++)
        yd_text_addf(&yaml, "%s%s", i ? ", " : "", yd_synthetic_names[i]);
    yd_text_add(&yaml, "]\n");
    snprintf(yaml_path, 4096, "%s/data.yaml", folder);
    yd_status status = yaml.failed ? yd_fail(error, YD_ERR_MEMORY, "no memory for %s", yaml_path) : YD_OK;
    char *there = NULL;
    size_t length = 0;
    yd_error ignored;
    bool complete = yd_file_exists(yaml_path) &&
                    yd_file_read(yaml_path, 1 << 16, &there, &length, &ignored) == YD_OK && yaml.data &&
                    strcmp(there, yaml.data) == 0;
    free(there);
    if (status == YD_OK && !complete) {
        status = write_split(folder, "train", seed, 0, train, size, error);
        if (status == YD_OK) status = write_split(folder, "val", seed, (uint32_t)train, val, size, error);
        if (status == YD_OK) status = yd_file_write(yaml_path, yaml.data, yaml.length, error);
    }
    yd_text_free(&yaml);
    return status;
}
