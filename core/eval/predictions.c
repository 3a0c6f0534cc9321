#include "eval/predictions.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/vector.h"
#include "eval/coco_file.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COCO_CLASSES = 80, PIECE = 1 << 20, NO_ID = -1 };

typedef struct picture {
    int64_t id;       /* NO_ID where it has a name alone */
    const char *name; /* without its suffix */
    int place;        /* in the annotations; -1: not there */
} picture;

struct yd_predictions {
    const yd_dataset_yaml *data;
    yd_arena *arena;
    bool single_class;
    const char *annotations; /* NULL: none */
    yd_coco_file file;
    int64_t *category; /* [nc] id of each class */
    yd_vector pictures, detections;
};

/* COCO numbers its 80 categories up to 90: ten are left out. */
static void coco_ids(int64_t *ids)
{
    static const int left_out[] = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83};
    size_t skipped = 0;
    int id = 0;
    for (int c = 0; c < COCO_CLASSES; c++) {
        id++;
        while (skipped < sizeof left_out / sizeof *left_out && left_out[skipped] == id) id++, skipped++;
        ids[c] = id;
    }
}

/* False where the annotations do not know every name. */
static bool ids_by_name(yd_predictions *p)
{
    for (int c = 0; c < p->data->nc; c++) {
        int found = yd_coco_file_category_named(&p->file, p->data->names[c]);
        if (found < 0) return false;
        p->category[c] = p->file.categories[found].id;
    }
    return true;
}

static yd_status decide_categories(yd_predictions *p, yd_error *error)
{
    int nc = p->data->nc;
    p->category = yd_arena_alloc(p->arena, (size_t)nc, sizeof *p->category);
    if (!p->category) return yd_fail(error, YD_ERR_MEMORY, "no memory for %d categories", nc);
    if (p->annotations && ids_by_name(p)) return YD_OK;
    if (p->annotations)
        yd_log(YD_LOG_WARNING, "%s: has not all classes of %s by name: category_id is the class's number",
               p->annotations, p->data->file);
    for (int c = 0; c < nc; c++) p->category[c] = c;
    if (yd_dataset_yaml_is_coco(p->data) && nc == COCO_CLASSES) coco_ids(p->category);
    return YD_OK;
}

/* The file that is named, or COCO's where it lies; NULL: none. */
static yd_status find_annotations(yd_predictions *p, const char *given, yd_error *error)
{
    char path[4096];
    const char *root = *p->data->root ? p->data->root : "../coco";
    if (!*given) {
        if (!yd_path_join(path, sizeof path, root, "annotations/instances_val2017.json")) return YD_OK;
        if (!yd_file_exists(path)) return YD_OK;
    }
    if (*given && !yd_file_exists(given))
        return yd_fail(error, YD_ERR_CONFIG, "%s: there is no such file of COCO's annotations", given);
    p->annotations = yd_arena_strdup(p->arena, *given ? given : path);
    if (!p->annotations) return yd_fail(error, YD_ERR_MEMORY, "no memory for COCO's annotations");
    return yd_coco_file_load(p->annotations, p->arena, &p->file, error);
}

yd_status yd_predictions_create(const yd_dataset_yaml *data, const char *annotations, bool single_class,
                                yd_predictions **predictions, yd_error *error)
{
    yd_predictions *p = calloc(1, sizeof *p);
    *predictions = NULL;
    if (p) p->arena = yd_arena_create(0);
    if (!p || !p->arena) {
        yd_predictions_destroy(p);
        return yd_fail(error, YD_ERR_MEMORY, "no memory for predictions");
    }
    p->data = data;
    p->single_class = single_class;
    p->pictures.size = sizeof(picture);
    p->detections.size = sizeof(yd_coco_detection);
    yd_status status = find_annotations(p, annotations, error);
    if (status == YD_OK) status = decide_categories(p, error);
    if (status == YD_OK)
        *predictions = p;
    else
        yd_predictions_destroy(p);
    return status;
}

void yd_predictions_destroy(yd_predictions *predictions)
{
    if (!predictions) return;
    yd_vector_free(&predictions->pictures);
    yd_vector_free(&predictions->detections);
    yd_arena_destroy(predictions->arena);
    free(predictions);
}

/* To a number of decimals, as Python rounds: the decimal next to the double, ties to even. A quotient of two
 * whole numbers is that double; only near a tie the digits have to be looked at. */
static double rounded(double value, int decimals)
{
    double power = decimals == 3 ? 1e3 : 1e5, scaled = value * power, whole = nearbyint(scaled);
    char text[64];
    if (fabs(fabs(scaled - whole) - 0.5) > 1e-6 && fabs(whole) < 1e15) return whole / power;
    snprintf(text, sizeof text, "%.*f", decimals, value);
    return yd_parse_double(text, &value) ? value : 0;
}

/* "000000000139" is 139; anything but digits, or too many of them, is no number. */
static int64_t id_of(const char *name)
{
    int64_t id = 0;
    size_t length = strlen(name);
    if (!length || length > 18 || strspn(name, "0123456789") != length) return NO_ID;
    for (; *name; name++) id = 10 * id + (*name - '0');
    return id;
}

static yd_status add_picture(yd_predictions *p, const char *path, yd_error *error)
{
    const char *name = yd_path_name(path), *dot = strrchr(name, '.');
    picture one = {.place = p->annotations ? yd_coco_file_image_named(&p->file, name) : -1};
    char *stem = yd_arena_strdup(p->arena, name);
    if (!stem) return yd_fail(error, YD_ERR_MEMORY, "no memory for the name of %s", path);
    if (dot) stem[dot - name] = '\0';
    one.name = stem;
    one.id = id_of(stem);
    if (p->annotations && one.place < 0 && one.id >= 0) one.place = yd_coco_file_image(&p->file, one.id);
    if (one.place >= 0) one.id = p->file.images[one.place].id;
    return yd_vector_push(&p->pictures, &one) ? YD_OK
                                              : yd_fail(error, YD_ERR_MEMORY, "no memory for predictions");
}

yd_status yd_predictions_take(void *context, const char *path, const yd_fit *fit,
                              const float (*detections)[6], int count, yd_error *error)
{
    yd_predictions *p = context;
    (void)fit;
    YD_TRY(add_picture(p, path, error));
    for (int i = 0; i < count; i++) {
        const float *d = detections[i], width = d[2] - d[0], height = d[3] - d[1];
        /* By way of the centre, in float32, as the reference comes to it. */
        const float x = (d[0] + d[2]) / 2 - width / 2, y = (d[1] + d[3]) / 2 - height / 2;
        int class = p->single_class ? 0 : (int)d[5];
        if (class < 0 || class >= p->data->nc || !(d[4] >= 0) || !isfinite(x + y + width + height)) continue;
        yd_coco_detection one = {.image = (int)p->pictures.count - 1,
                                 .category = class,
                                 .box = {rounded((double)x, 3), rounded((double)y, 3),
                                         rounded((double)width, 3), rounded((double)height, 3)},
                                 .score = rounded((double)d[4], 5)};
        if (!yd_vector_push(&p->detections, &one))
            return yd_fail(error, YD_ERR_MEMORY, "no memory for predictions");
    }
    return YD_OK;
}

static void add_detection(yd_json *json, const yd_predictions *p, const yd_coco_detection *one)
{
    const picture *at = &YD_AT(picture, &p->pictures, one->image);
    yd_json_open(json, NULL, '{');
    if (at->id == NO_ID)
        yd_json_string(json, "image_id", at->name);
    else
        yd_json_integer(json, "image_id", at->id);
    yd_json_integer(json, "category_id", p->category[one->category]);
    yd_json_open(json, "bbox", '[');
    for (int k = 0; k < 4; k++) yd_json_exact(json, NULL, one->box[k]);
    yd_json_close(json, ']');
    yd_json_exact(json, "score", one->score);
    yd_json_close(json, '}');
}

/* In pieces: COCO's makes 200 MB. */
static yd_status write_all(const yd_predictions *p, yd_atomic_file *file, yd_text *text, yd_error *error)
{
    yd_json json;
    yd_json_start(&json, text);
    yd_json_open(&json, NULL, '[');
    for (size_t i = 0; i < p->detections.count; i++) {
        add_detection(&json, p, &YD_AT(yd_coco_detection, &p->detections, i));
        if (text->length < PIECE) continue;
        YD_TRY(yd_atomic_write(file, text->data, text->length, error));
        yd_text_clear(text);
    }
    yd_json_close(&json, ']');
    yd_text_add(text, "\n");
    if (text->failed) return yd_fail(error, YD_ERR_MEMORY, "no memory to write %s", file->path);
    return yd_atomic_write(file, text->data, text->length, error);
}

yd_status yd_predictions_write(const yd_predictions *predictions, const char *path, yd_error *error)
{
    yd_atomic_file file = {0};
    yd_text text = {0};
    YD_TRY(yd_atomic_open(&file, path, error));
    yd_status status = write_all(predictions, &file, &text, error);
    yd_text_free(&text);
    if (status == YD_OK) return yd_atomic_commit(&file, error);
    yd_atomic_drop(&file);
    return status;
}

yd_status yd_predictions_file(const char *folder, const char *weights, char *path, yd_error *error)
{
    const char *name = yd_path_name(weights), *dot = strrchr(name, '.');
    int length = snprintf(path, 4096, "%s/%.*s_predictions.json", folder,
                          dot ? (int)(dot - name) : (int)strlen(name), name);
    if (length < 4096) return YD_OK;
    return yd_fail(error, YD_ERR_CONFIG, "%.64s…: the path of the run folder is too long", folder);
}

const char *yd_predictions_annotations(const yd_predictions *predictions)
{
    return predictions->annotations;
}

/* Labels of pictures that were validated, and detections by the annotations' places. */
static bool fill_set(const yd_predictions *p, const bool *seen, yd_coco_label *labels,
                     yd_coco_detection *detections, yd_coco_set *set)
{
    int *category = calloc((size_t)p->data->nc, sizeof *category);
    if (!category) return false;
    for (int c = 0; c < p->data->nc; c++) category[c] = yd_coco_file_category(&p->file, p->category[c]);
    for (size_t i = 0; i < p->file.label_count; i++)
        if (seen[p->file.labels[i].image]) labels[set->label_count++] = p->file.labels[i];
    for (size_t i = 0; i < p->detections.count; i++) {
        yd_coco_detection one = YD_AT(yd_coco_detection, &p->detections, i);
        one.image = YD_AT(picture, &p->pictures, one.image).place;
        one.category = category[one.category];
        if (one.image >= 0 && one.category >= 0) detections[set->detection_count++] = one;
    }
    free(category);
    return true;
}

static yd_status evaluate(const yd_predictions *p, const bool *seen, double numbers[YD_COCO_NUMBERS],
                          yd_error *error)
{
    yd_coco_label *labels = calloc(p->file.label_count + 1, sizeof *labels);
    yd_coco_detection *detections = calloc(p->detections.count + 1, sizeof *detections);
    yd_coco_set set = {.images = p->file.image_count,
                       .categories = p->file.category_count,
                       .labels = labels,
                       .detections = detections};
    yd_status status = YD_ERR_MEMORY;
    if (labels && detections && fill_set(p, seen, labels, detections, &set))
        status = yd_coco_evaluate(&set, numbers, error);
    else
        yd_fail(error, YD_ERR_MEMORY, "no memory to evaluate %zu predictions", p->detections.count);
    free(detections);
    free(labels);
    return status;
}

yd_status yd_predictions_evaluate(const yd_predictions *predictions, double numbers[YD_COCO_NUMBERS],
                                  yd_error *error)
{
    const yd_predictions *p = predictions;
    size_t known = 0;
    YD_ASSERT(p->annotations != NULL);
    bool *seen = calloc((size_t)p->file.image_count + 1, sizeof *seen);
    if (!seen) return yd_fail(error, YD_ERR_MEMORY, "no memory to evaluate predictions");
    for (size_t i = 0; i < p->pictures.count; i++) {
        int place = YD_AT(picture, &p->pictures, i).place;
        if (place < 0) continue;
        seen[place] = true;
        known++;
    }
    yd_status status;
    if (known)
        status = evaluate(p, seen, numbers, error);
    else
        status = yd_fail(error, YD_ERR_DATA, "%s: knows none of the %zu pictures that were validated",
                         p->annotations, p->pictures.count);
    if (status == YD_OK && known < p->pictures.count)
        yd_log(YD_LOG_WARNING, "%s: knows only %zu of the %zu pictures that were validated", p->annotations,
               known, p->pictures.count);
    free(seen);
    return status;
}

void yd_predictions_report(yd_text *text, const double numbers[YD_COCO_NUMBERS])
{
    static const struct {
        const char *iou, *area;
        int most;
    } rows[YD_COCO_NUMBERS] = {[YD_COCO_AP] = {"0.50:0.95", "all", 100},
                               [YD_COCO_AP50] = {"0.50", "all", 100},
                               [YD_COCO_AP75] = {"0.75", "all", 100},
                               [YD_COCO_AP_SMALL] = {"0.50:0.95", "small", 100},
                               [YD_COCO_AP_MEDIUM] = {"0.50:0.95", "medium", 100},
                               [YD_COCO_AP_LARGE] = {"0.50:0.95", "large", 100},
                               [YD_COCO_AR1] = {"0.50:0.95", "all", 1},
                               [YD_COCO_AR10] = {"0.50:0.95", "all", 10},
                               [YD_COCO_AR100] = {"0.50:0.95", "all", 100},
                               [YD_COCO_AR_SMALL] = {"0.50:0.95", "small", 100},
                               [YD_COCO_AR_MEDIUM] = {"0.50:0.95", "medium", 100},
                               [YD_COCO_AR_LARGE] = {"0.50:0.95", "large", 100}};
    for (int i = 0; i < YD_COCO_NUMBERS; i++)
        yd_text_addf(text, " %-18s %s @[ IoU=%-9s | area=%6s | maxDets=%3d ] = %0.3f\n",
                     i < YD_COCO_AR1 ? "Average Precision" : "Average Recall",
                     i < YD_COCO_AR1 ? "(AP)" : "(AR)", rows[i].iou, rows[i].area, rows[i].most, numbers[i]);
}
