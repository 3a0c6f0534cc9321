#include "eval/coco_file.h"
#include "base/file.h"
#include "base/json_reader.h"
#include "base/vector.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_LIMIT = 4096 };
static const size_t file_limit = (size_t)4 << 30;
static const int64_t largest_id = INT64_C(1) << 53; /* JSON's whole numbers */

/* A label before its ids are looked up: what they name may come later in the file. */
typedef struct raw_label {
    int64_t image, category;
    yd_coco_label label;
    bool has_image, has_category, has_box, has_area;
} raw_label;

typedef struct parser {
    yd_json_reader json;
    const char *data, *label;
    yd_arena *arena;
    yd_vector images, categories, labels; /* yd_coco_image, yd_coco_category, raw_label */
    bool seen[3];                         /* the sections, in this order */
    yd_error *error;
} parser;

static yd_status out_of_memory(const parser *p)
{
    return yd_fail(p->error, YD_ERR_MEMORY, "%s: out of memory", p->label);
}

static yd_status wrong(const parser *p, const char *what)
{
    return yd_fail(p->error, YD_ERR_FORMAT, "%s: byte %lld: %s", p->label, (long long)(p->json.at - p->data),
                   what);
}

static yd_status read_id(parser *p, int64_t *id)
{
    return yd_json_read_integer(&p->json, 0, largest_id, id) ? YD_OK
                                                             : wrong(p, "an id must be a whole number");
}

static yd_status read_name(parser *p, const char **name)
{
    char text[NAME_LIMIT];
    if (!yd_json_read_string(&p->json, text, sizeof text)) return wrong(p, "a name must be a string");
    *name = yd_arena_strdup(p->arena, text);
    return *name ? YD_OK : out_of_memory(p);
}

static yd_status read_image(parser *p)
{
    char key[32];
    yd_coco_image image = {.id = -1, .name = ""};
    if (!yd_json_read_open(&p->json, '{')) return wrong(p, "an image must be an object");
    while (yd_json_read_key(&p->json, key, sizeof key)) {
        if (strcmp(key, "id") == 0)
            YD_TRY(read_id(p, &image.id));
        else if (strcmp(key, "file_name") == 0)
            YD_TRY(read_name(p, &image.name));
        else
            yd_json_read_skip(&p->json);
    }
    if (p->json.failed || image.id < 0) return wrong(p, "an image with an id is wanted");
    image.name = yd_path_name(image.name);
    return yd_vector_push(&p->images, &image) ? YD_OK : out_of_memory(p);
}

static yd_status read_category(parser *p)
{
    char key[32];
    yd_coco_category category = {.id = -1, .name = ""};
    if (!yd_json_read_open(&p->json, '{')) return wrong(p, "a category must be an object");
    while (yd_json_read_key(&p->json, key, sizeof key)) {
        if (strcmp(key, "id") == 0)
            YD_TRY(read_id(p, &category.id));
        else if (strcmp(key, "name") == 0)
            YD_TRY(read_name(p, &category.name));
        else
            yd_json_read_skip(&p->json);
    }
    if (p->json.failed || category.id < 0) return wrong(p, "a category with an id is wanted");
    return yd_vector_push(&p->categories, &category) ? YD_OK : out_of_memory(p);
}

static yd_status read_box(parser *p, double box[4])
{
    int count = 0;
    double value;
    if (!yd_json_read_open(&p->json, '[')) return wrong(p, "bbox must be a list");
    while (yd_json_read_more(&p->json)) {
        if (!yd_json_read_number(&p->json, &value) || !isfinite(value) || fabs(value) > 1e9 || count == 4)
            return wrong(p, "bbox must be four numbers");
        box[count++] = value;
    }
    return count == 4 && !p->json.failed ? YD_OK : wrong(p, "bbox must be four numbers");
}

static yd_status read_label_key(parser *p, const char *key, raw_label *raw)
{
    yd_coco_label *label = &raw->label;
    if (strcmp(key, "image_id") == 0) {
        raw->has_image = true;
        return read_id(p, &raw->image);
    }
    if (strcmp(key, "category_id") == 0) {
        raw->has_category = true;
        return read_id(p, &raw->category);
    }
    if (strcmp(key, "bbox") == 0) {
        raw->has_box = true;
        return read_box(p, label->box);
    }
    if (strcmp(key, "iscrowd") == 0)
        return yd_json_read_bool(&p->json, &label->crowd) ? YD_OK : wrong(p, "iscrowd must be 0 or 1");
    if (strcmp(key, "area") != 0) return yd_json_read_skip(&p->json) ? YD_OK : wrong(p, "no sound JSON");
    bool good = yd_json_read_number(&p->json, &label->area);
    raw->has_area = good && isfinite(label->area);
    return good ? YD_OK : wrong(p, "area must be a number");
}

static yd_status read_label(parser *p)
{
    char key[32];
    raw_label raw = {0};
    if (!yd_json_read_open(&p->json, '{')) return wrong(p, "an annotation must be an object");
    while (yd_json_read_key(&p->json, key, sizeof key)) YD_TRY(read_label_key(p, key, &raw));
    if (p->json.failed || !raw.has_image || !raw.has_category || !raw.has_box)
        return wrong(p, "an annotation with image_id, category_id and bbox is wanted");
    if (!raw.has_area) raw.label.area = raw.label.box[2] * raw.label.box[3];
    return yd_vector_push(&p->labels, &raw) ? YD_OK : out_of_memory(p);
}

static yd_status read_section(parser *p, const char *name, yd_status (*read)(parser *))
{
    if (!yd_json_read_open(&p->json, '[')) return wrong(p, "images, categories and annotations are lists");
    while (yd_json_read_more(&p->json)) YD_TRY(read(p));
    return p->json.failed ? wrong(p, name) : YD_OK;
}

static yd_status read_sections(parser *p)
{
    static const struct {
        const char *name, *broken;
        yd_status (*read)(parser *);
    } sections[] = {{"images", "images is no sound list", read_image},
                    {"categories", "categories is no sound list", read_category},
                    {"annotations", "annotations is no sound list", read_label}};
    char key[32];
    if (!yd_json_read_open(&p->json, '{')) return wrong(p, "COCO's annotations are an object");
    while (yd_json_read_key(&p->json, key, sizeof key)) {
        int found = -1;
        for (int i = 0; i < 3; i++)
            if (strcmp(key, sections[i].name) == 0) found = i;
        if (found < 0)
            yd_json_read_skip(&p->json);
        else if (p->seen[found])
            return wrong(p, "a section is there twice");
        else
            YD_TRY(read_section(p, sections[found].broken, sections[found].read));
        if (found >= 0) p->seen[found] = true;
    }
    if (!yd_json_read_end(&p->json)) return wrong(p, "no sound JSON");
    for (int i = 0; i < 3; i++)
        if (!p->seen[i])
            return yd_fail(p->error, YD_ERR_FORMAT, "%s: has no %s; COCO's annotations are wanted", p->label,
                           sections[i].name);
    return YD_OK;
}

static int compare_images(const void *a, const void *b)
{
    const yd_coco_image *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static int compare_categories(const void *a, const void *b)
{
    const yd_coco_category *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static int compare_names(const void *a, const void *b, void *context)
{
    const yd_coco_image *images = context;
    const int *x = a, *y = b;
    int order = strcmp(images[*x].name, images[*y].name);
    return order ? order : (*x > *y) - (*x < *y);
}

typedef struct elements {
    const char *first;
    size_t size;
    int (*compare)(const void *, const void *);
} elements;

/* Equal elements stay in the order of the file. */
static int compare_elements(const void *a, const void *b, void *context)
{
    const elements *e = context;
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    const int order = e->compare(e->first + x * e->size, e->first + y * e->size);
    return order ? order : (x > y) - (x < y);
}

/* A copy of a vector's elements in the arena, ordered; of equal ones the last stays, as in Python's
 * dictionaries. *count of them. */
static void *settle(const parser *p, const yd_vector *from, int (*compare)(const void *, const void *),
                    int *count)
{
    elements e = {from->data, from->size, compare};
    char *out = yd_arena_alloc(p->arena, from->count + 1, from->size);
    size_t *order = yd_arena_alloc(p->arena, from->count + 1, sizeof *order);
    if (!out || !order) return NULL;
    for (size_t i = 0; i < from->count; i++) order[i] = i;
    qsort_r(order, from->count, sizeof *order, compare_elements, &e);
    size_t kept = 0;
    for (size_t i = 0; i < from->count; i++) {
        const char *next = e.first + order[i] * e.size;
        if (!kept || compare(out + (kept - 1) * e.size, next) != 0) kept++;
        memcpy(out + (kept - 1) * e.size, next, e.size);
    }
    *count = (int)kept;
    return out;
}

static yd_status finish(const parser *p, yd_coco_file *file)
{
    if (p->images.count > INT32_MAX / 2 || p->categories.count > INT32_MAX / 2)
        return wrong(p, "more images than can be counted");
    file->images = settle(p, &p->images, compare_images, &file->image_count);
    file->categories = settle(p, &p->categories, compare_categories, &file->category_count);
    int *by_name = yd_arena_alloc(p->arena, (size_t)file->image_count + 1, sizeof *by_name);
    file->labels = yd_arena_alloc(p->arena, p->labels.count + 1, sizeof *file->labels);
    if (!file->images || !file->categories || !by_name || !file->labels) return out_of_memory(p);
    for (int i = 0; i < file->image_count; i++) by_name[i] = i;
    qsort_r(by_name, (size_t)file->image_count, sizeof *by_name, compare_names, file->images);
    file->by_name = by_name;
    for (size_t i = 0; i < p->labels.count; i++) {
        const raw_label *raw = &YD_AT(raw_label, &p->labels, i);
        yd_coco_label label = raw->label;
        label.image = yd_coco_file_image(file, raw->image);
        label.category = yd_coco_file_category(file, raw->category);
        if (label.image >= 0 && label.category >= 0) file->labels[file->label_count++] = label;
    }
    return YD_OK;
}

yd_status yd_coco_file_parse(const char *data, size_t length, const char *label, yd_arena *arena,
                             yd_coco_file *file, yd_error *error)
{
    parser p = {.data = data,
                .label = label,
                .arena = arena,
                .images.size = sizeof(yd_coco_image),
                .categories.size = sizeof(yd_coco_category),
                .labels.size = sizeof(raw_label),
                .error = error};
    *file = (yd_coco_file){0};
    yd_json_read_start(&p.json, data, length);
    yd_status status = read_sections(&p);
    if (status == YD_OK) status = finish(&p, file);
    yd_vector_free(&p.images);
    yd_vector_free(&p.categories);
    yd_vector_free(&p.labels);
    return status;
}

yd_status yd_coco_file_load(const char *path, yd_arena *arena, yd_coco_file *file, yd_error *error)
{
    char *data;
    size_t length;
    YD_TRY(yd_file_read(path, file_limit, &data, &length, error));
    yd_status status = yd_coco_file_parse(data, length, path, arena, file, error);
    free(data);
    return status;
}

int yd_coco_file_image(const yd_coco_file *file, int64_t id)
{
    const yd_coco_image wanted = {.id = id};
    const yd_coco_image *found =
        bsearch(&wanted, file->images, (size_t)file->image_count, sizeof wanted, compare_images);
    return found ? (int)(found - file->images) : -1;
}

int yd_coco_file_category(const yd_coco_file *file, int64_t id)
{
    const yd_coco_category wanted = {.id = id};
    const yd_coco_category *found =
        bsearch(&wanted, file->categories, (size_t)file->category_count, sizeof wanted, compare_categories);
    return found ? (int)(found - file->categories) : -1;
}

int yd_coco_file_image_named(const yd_coco_file *file, const char *name)
{
    int low = 0, high = file->image_count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        int order = strcmp(file->images[file->by_name[middle]].name, name);
        if (order == 0) return file->by_name[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

int yd_coco_file_category_named(const yd_coco_file *file, const char *name)
{
    for (int i = 0; i < file->category_count; i++)
        if (strcmp(file->categories[i].name, name) == 0) return i;
    return -1;
}
