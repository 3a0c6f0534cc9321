#include "sink/wandb_media.h"
#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "image/boxes.h"
#include "image/decode.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 4400, MOST_BOXES = 10000, HASH_LETTERS = 20 };
static const size_t picture_limit = (size_t)64 << 20;

/* A copy as it lies below files/. */
typedef struct copy {
    char path[512], sha256[65];
    size_t bytes;
    int width, height;
    const char *format; /* the file name's end, without the dot */
} copy;

/* Writes the bytes below files/FOLDER, under a name that says what they are, and tells W&B. */
static yd_status put_file(const yd_wandb_shelf *shelf, const char *folder, const char *key, const char *end,
                          const void *data, size_t length, copy *out, yd_error *error)
{
    char path[PATH], parent[PATH];
    yd_hash hash;
    yd_sha256_start(&hash);
    yd_hash_add(&hash, data, length);
    yd_sha256_hex(&hash, out->sha256);
    out->bytes = length;
    snprintf(out->path, sizeof out->path, "media/%s/%s_%" PRId64 "_%.*s.%s", folder, key, shelf->step,
             HASH_LETTERS, out->sha256, end);
    if (snprintf(path, sizeof path, "%s/files/%s", shelf->session, out->path) >= PATH)
        return yd_fail(error, YD_ERR_IO, "%s: the path is too long", shelf->session);
    yd_path_parent(parent, sizeof parent, path);
    YD_TRY(yd_make_folders(parent, error));
    YD_TRY(yd_file_write(path, data, length, error));
    yd_wandb_write_file(shelf->writer, out->path);
    return YD_OK;
}

static yd_status put_picture(const yd_wandb_shelf *shelf, const char *path, const char *key, copy *out,
                             yd_error *error)
{
    char *data;
    size_t length;
    yd_image_info info;
    YD_TRY(yd_file_read(path, picture_limit, &data, &length, error));
    yd_status status = yd_image_probe(data, length, path, &info, error);
    if (status == YD_OK) {
        out->format = info.format == YD_FORMAT_PNG ? "png" : "jpg";
        out->width = info.width, out->height = info.height;
        status = put_file(shelf, "images", key, out->format, data, length, out, error);
    }
    free(data);
    return status;
}

static void begin_pictures(yd_json *json, yd_text *text, const copy *first, int count)
{
    yd_json_start(json, text);
    yd_json_open(json, NULL, '{');
    yd_json_string(json, "_type", "images/separated");
    yd_json_integer(json, "width", first->width);
    yd_json_integer(json, "height", first->height);
    yd_json_string(json, "format", first->format);
    yd_json_integer(json, "count", count);
}

/* The object, into the row. */
static yd_status set(yd_wandb_values *row, const char *key, yd_text *text, yd_error *error)
{
    bool whole = !text->failed && text->data;
    if (whole) yd_wandb_values_set(row, key, text->data);
    yd_text_free(text);
    return whole ? YD_OK : yd_fail(error, YD_ERR_MEMORY, "no memory for the pictures of %s", key);
}

yd_status yd_wandb_add_pictures(const yd_wandb_shelf *shelf, const char *run_folder, const char *key,
                                const char *const *names, int count, yd_wandb_values *row, yd_error *error)
{
    char path[PATH];
    yd_text files = {0}, captions = {0}, text = {0};
    yd_json json, file_list, caption_list;
    copy first = {0}, next;
    int found = 0;
    yd_status status = YD_OK;
    yd_json_start(&file_list, &files);
    yd_json_start(&caption_list, &captions);
    yd_json_open(&file_list, NULL, '[');
    yd_json_open(&caption_list, NULL, '[');
    for (int i = 0; i < count && status == YD_OK; i++) {
        if (!yd_path_join(path, sizeof path, run_folder, names[i]) || !yd_file_exists(path)) continue;
        status = put_picture(shelf, path, key, &next, error);
        if (status != YD_OK) break;
        if (!found++) first = next;
        yd_json_string(&file_list, NULL, next.path);
        yd_json_string(&caption_list, NULL, names[i]);
    }
    yd_json_close(&file_list, ']');
    yd_json_close(&caption_list, ']');
    if (status == YD_OK && found) {
        begin_pictures(&json, &text, &first, found);
        yd_json_raw(&json, "filenames", files.data ? files.data : "[]");
        yd_json_raw(&json, "captions", captions.data ? captions.data : "[]");
        yd_json_close(&json, '}');
        status = set(row, key, &text, error);
    }
    yd_text_free(&files);
    yd_text_free(&captions);
    return status;
}

static void put_box(yd_json *json, const yd_box *box)
{
    char caption[YD_BOX_NAME + 16];
    yd_json_open(json, NULL, '{');
    yd_json_open(json, "position", '{');
    yd_json_number(json, "minX", (double)box->x1);
    yd_json_number(json, "minY", (double)box->y1);
    yd_json_number(json, "maxX", (double)box->x2);
    yd_json_number(json, "maxY", (double)box->y2);
    yd_json_close(json, '}');
    yd_json_integer(json, "class_id", box->class);
    if (box->confidence >= 0)
        snprintf(caption, sizeof caption, "%s %.3f", box->name, (double)box->confidence);
    else
        yd_copy_text(caption, sizeof caption, box->name);
    yd_json_string(json, "box_caption", caption);
    if (box->confidence >= 0) {
        yd_json_open(json, "scores", '{');
        yd_json_number(json, "class_score", (double)box->confidence);
        yd_json_close(json, '}');
    }
    yd_json_string(json, "domain", "pixel");
    yd_json_close(json, '}');
}

/* One group of boxes: its file, and its part of "all_boxes". */
static yd_status put_group(const yd_wandb_shelf *shelf, const char *key, const char *group, const char *boxes,
                           const char *class_labels, yd_json *all, yd_error *error)
{
    yd_vector found = {.size = sizeof(yd_box)};
    yd_text text = {0};
    yd_json json;
    copy file;
    yd_status status = yd_boxes_read(boxes, MOST_BOXES, &found, error);
    if (status == YD_OK) {
        yd_json_start(&json, &text);
        yd_json_open(&json, NULL, '{');
        yd_json_open(&json, "box_data", '[');
        for (size_t i = 0; i < found.count; i++) put_box(&json, &YD_AT(yd_box, &found, i));
        yd_json_close(&json, ']');
        yd_json_raw(&json, "class_labels", class_labels);
        yd_json_close(&json, '}');
        status = text.failed ? yd_fail(error, YD_ERR_MEMORY, "no memory for the boxes of %s", key)
                             : put_file(shelf, "metadata/boxes2D", key, "boxes2D.json", text.data,
                                        text.length, &file, error);
    }
    if (status == YD_OK) {
        yd_json_open(all, group, '{');
        yd_json_string(all, "_type", "boxes2D");
        yd_json_string(all, "sha256", file.sha256);
        yd_json_integer(all, "size", (int64_t)file.bytes);
        yd_json_string(all, "path", file.path);
        yd_json_close(all, '}');
    }
    yd_text_free(&text);
    yd_vector_free(&found);
    return status;
}

static void label_classes(yd_text *text, const char *const *class_names, int nc)
{
    char number[16];
    yd_json json;
    yd_json_start(&json, text);
    yd_json_open(&json, NULL, '{');
    for (int i = 0; i < nc; i++) {
        snprintf(number, sizeof number, "%d", i);
        yd_json_string(&json, number, class_names[i]);
    }
    yd_json_close(&json, '}');
}

/* With paths and groups known: the copies, and the object. */
static yd_status add_boxes(const yd_wandb_shelf *shelf, const char *key, const char *clean,
                           char boxes[2][4200], const char *class_labels, yd_wandb_values *row,
                           yd_error *error)
{
    static const char *const groups[2] = {"ground_truth", "predictions"};
    copy picture;
    yd_text text = {0};
    yd_json json;
    YD_TRY(put_picture(shelf, clean, key, &picture, error));
    begin_pictures(&json, &text, &picture, 1);
    yd_json_open(&json, "filenames", '[');
    yd_json_string(&json, NULL, picture.path);
    yd_json_close(&json, ']');
    yd_json_open(&json, "all_boxes", '[');
    yd_json_open(&json, NULL, '{');
    yd_status status = YD_OK;
    for (int i = 0; i < 2 && status == YD_OK; i++)
        status = put_group(shelf, key, groups[i], boxes[i], class_labels, &json, error);
    yd_json_close(&json, '}');
    yd_json_close(&json, ']');
    yd_json_close(&json, '}');
    if (status == YD_OK) return set(row, key, &text, error);
    yd_text_free(&text);
    return status;
}

yd_status yd_wandb_add_boxes(const yd_wandb_shelf *shelf, const char *run_folder, const char *key,
                             const char *stem, const char *const *class_names, int nc, yd_wandb_values *row,
                             yd_error *error)
{
    static const char *const ends[2] = {"_labels.jpg", "_pred.jpg"};
    char clean[4200], boxes[2][4200], name[128];
    yd_text class_labels = {0};
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%.100s%s", stem, ends[i]);
        if (!yd_boxes_paths(run_folder, name, clean, boxes[i]) || !yd_file_exists(boxes[i])) return YD_OK;
    }
    if (!yd_file_exists(clean)) return YD_OK;
    label_classes(&class_labels, class_names, nc);
    yd_status status = class_labels.failed
                           ? yd_fail(error, YD_ERR_MEMORY, "no memory for the names of classes")
                           : add_boxes(shelf, key, clean, boxes, class_labels.data, row, error);
    yd_text_free(&class_labels);
    return status;
}
