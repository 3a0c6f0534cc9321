/* COCO's annotation files (instances_val2017.json): the pictures, categories and boxes in them. */
#pragma once
#include "base/arena.h"
#include "eval/coco.h"
#include <stdint.h>

typedef struct yd_coco_image {
    int64_t id;
    const char *name; /* the last component of file_name; "" where there is none */
} yd_coco_image;

typedef struct yd_coco_category {
    int64_t id;
    const char *name;
} yd_coco_category;

typedef struct yd_coco_file {
    yd_coco_image *images; /* by ascending id, each id once */
    int image_count;
    const int *by_name; /* [image_count] images by ascending name */
    yd_coco_category *categories;
    int category_count;
    yd_coco_label *labels; /* in the order of the file; image and category count in the arrays above */
    size_t label_count;
} yd_coco_file;

/* Everything lives in the arena. Segments, licences and whatever else is there are passed over; so are labels
 * of a picture or category that the file does not describe. Without an area the box's own counts. FORMAT,
 * with the byte where it went wrong, for what is no such file; IO, MEMORY. */
yd_status yd_coco_file_load(const char *path, yd_arena *arena, yd_coco_file *file, yd_error *error);
/* The same of length bytes in memory; label stands for the path in messages. */
yd_status yd_coco_file_parse(const char *data, size_t length, const char *label, yd_arena *arena,
                             yd_coco_file *file, yd_error *error);

/* Places in the arrays; -1 where there is none. */
int yd_coco_file_image(const yd_coco_file *file, int64_t id);
int yd_coco_file_image_named(const yd_coco_file *file, const char *name);
int yd_coco_file_category(const yd_coco_file *file, int64_t id);
int yd_coco_file_category_named(const yd_coco_file *file, const char *name);
