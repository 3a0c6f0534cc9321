#include "train/snapshots.h"
#include "base/file.h"
#include "base/log.h"
#include "data/batch_picture.h"
#include "image/boxes.h"
#include "image/write.h"
#include "train/studio.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALIDATION_PICTURES = 3, LAYERS = 4 };
#define LEAST_CONFIDENCE 0.25f /* of a prediction that is drawn */

/* Names of a batch picture and of its boxes: "", or what follows the stem. */
typedef struct layer {
    char name[96];   /* of the picture with these boxes */
    yd_vector boxes; /* yd_picture_box */
    bool named;      /* captions are class names, else numbers */
} layer;

typedef struct job {
    yd_task task; /* first */
    const yd_snapshots *own;
    yd_mosaic mosaic;
    layer layers[LAYERS]; /* of validation: labels and predictions, once or under two names */
    int layer_count;
} job;

struct yd_snapshots {
    char folder[4096];
    const char *const *names;
    int nc;
    job *kept[VALIDATION_PICTURES]; /* of the validation under way */
};

static void free_job(yd_task *task)
{
    job *own = (job *)task;
    if (!own) return;
    yd_mosaic_free(&own->mosaic);
    for (int i = 0; i < own->layer_count; i++) yd_vector_free(&own->layers[i].boxes);
    free(own);
}

/* ---- on the studio's thread ---- */

static yd_status write_clean(const job *task, const char *name, yd_error *error)
{
    char clean[4200], boxes[4200];
    yd_image picture;
    if (!yd_boxes_paths(task->own->folder, name, clean, boxes))
        return yd_fail(error, YD_ERR_IO, "%s: the path is too long", task->own->folder);
    YD_TRY(yd_mosaic_picture(&task->mosaic, NULL, 0, NULL, 0, &picture, error));
    yd_status status = yd_image_write(&picture, clean, error);
    yd_image_free(&picture);
    return status;
}

static yd_status write_boxes(const job *task, const layer *boxes, yd_error *error)
{
    char clean[4200], path[4200];
    yd_vector found = {0};
    yd_text text = {0};
    yd_boxes_paths(task->own->folder, boxes->name, clean, path);
    yd_status status = yd_mosaic_boxes(&task->mosaic, boxes->boxes.data, (int)boxes->boxes.count,
                                       task->own->names, task->own->nc, &found, error);
    if (status == YD_OK) {
        yd_boxes_format(found.data, found.count, &text);
        status = yd_file_write_text(path, &text, error);
    }
    yd_vector_free(&found);
    return status;
}

static yd_status write_picture(const job *task, const layer *boxes, yd_error *error)
{
    char path[4200];
    yd_image picture;
    snprintf(path, sizeof path, "%s/%s", task->own->folder, boxes->name);
    YD_TRY(yd_mosaic_picture(&task->mosaic, boxes->boxes.data, (int)boxes->boxes.count,
                             boxes->named ? task->own->names : NULL, boxes->named ? task->own->nc : 0,
                             &picture, error));
    yd_status status = yd_image_write(&picture, path, error);
    yd_image_free(&picture);
    return status;
}

/* What belongs to a picture is there before the picture itself. */
static yd_status write_all(yd_task *base, yd_error *error)
{
    job *task = (job *)base;
    char folder[4200];
    if (!yd_path_join(folder, sizeof folder, task->own->folder, "pictures"))
        return yd_fail(error, YD_ERR_IO, "%s: the path is too long", task->own->folder);
    YD_TRY(yd_make_folders(folder, error));
    for (int i = 0; i < task->layer_count; i++) {
        const layer *boxes = &task->layers[i];
        if (i % 2 == 0) YD_TRY(write_clean(task, boxes->name, error)); /* two share it */
        YD_TRY(write_boxes(task, boxes, error));
        YD_TRY(write_picture(task, boxes, error));
        yd_copy_text(base->names[base->name_count++], sizeof base->names[0], boxes->name);
    }
    yd_mosaic_free(&task->mosaic);
    return YD_OK;
}

/* ---- the training thread ---- */

yd_status yd_snapshots_open(yd_run *run, yd_error *error)
{
    yd_snapshots *own = calloc(1, sizeof *own);
    if (!own) return yd_fail(error, YD_ERR_MEMORY, "out of memory for pictures");
    *own = (yd_snapshots){.names = run->names, .nc = run->nc};
    yd_copy_text(own->folder, sizeof own->folder, run->folder);
    run->snapshots = own;
    return YD_OK;
}

static void forget_kept(yd_snapshots *own)
{
    for (int i = 0; i < VALIDATION_PICTURES; i++) {
        if (own->kept[i]) free_job(&own->kept[i]->task);
        own->kept[i] = NULL;
    }
}

void yd_snapshots_close(yd_run *run)
{
    if (!run->snapshots) return;
    forget_kept(run->snapshots);
    free(run->snapshots);
    run->snapshots = NULL;
}

/* NULL, with a line in the log, where it cannot be. */
static job *make_job(const yd_run *run, const yd_batch *batch, int index)
{
    yd_error error;
    job *task = calloc(1, sizeof *task);
    if (task && yd_mosaic_create(batch, &task->mosaic, &error) == YD_OK) {
        task->own = run->snapshots;
        task->task = (yd_task){.work = write_all,
                               .release = free_job,
                               .optional = true,
                               .epoch = run->progress.epoch,
                               .batch = index};
        return task;
    }
    yd_log(YD_LOG_WARNING, "no picture of this batch: %s", task ? error.message : "out of memory");
    free(task);
    return NULL;
}

static void add_layer(job *task, yd_vector boxes, bool named, const char *name)
{
    layer *next = &task->layers[task->layer_count++];
    *next = (layer){.boxes = boxes, .named = named};
    yd_copy_text(next->name, sizeof next->name, name);
}

static void add_labels(job *task, const yd_batch *batch, bool named, const char *name)
{
    yd_vector boxes = {0};
    yd_batch_boxes(batch, &boxes, NULL); /* without memory there are fewer */
    add_layer(task, boxes, named, name);
}

void yd_snapshots_batch(yd_run *run, const yd_batch *batch, const char *name)
{
    if (!run->snapshots) return;
    job *task = make_job(run, batch, batch->index);
    if (!task) return;
    add_labels(task, batch, false, name);
    yd_studio_submit(run, &task->task);
}

/* Without memory there are fewer. */
static yd_vector predicted_boxes(const yd_validate_view *view)
{
    const yd_batch *batch = view->pictures;
    yd_vector boxes = {.size = sizeof(yd_picture_box)};
    for (int i = 0; i < batch->count && i < YD_MOSAIC_TILES; i++) {
        for (int k = 0; k < view->found[i]; k++) {
            const float *d = view->detections[i][k];
            if (d[4] <= LEAST_CONFIDENCE) continue;
            const yd_picture_box box = {.image = i,
                                        .class = (int)d[5],
                                        .x = (d[0] + d[2]) / 2 / (float)batch->width,
                                        .y = (d[1] + d[3]) / 2 / (float)batch->height,
                                        .width = (d[2] - d[0]) / (float)batch->width,
                                        .height = (d[3] - d[1]) / (float)batch->height,
                                        .confidence = d[4]};
            yd_vector_push(&boxes, &box);
        }
    }
    return boxes;
}

static yd_status write_batch(const char *folder, const yd_validate_view *view, const char *what,
                             const yd_vector *boxes, const char *const *names, int nc, yd_error *error)
{
    char path[4200];
    yd_image picture;
    snprintf(path, sizeof path, "%s/val_batch%d_%s.jpg", folder, view->batch, what);
    yd_status status =
        yd_batch_picture_boxes(view->pictures, boxes->data, (int)boxes->count, names, nc, &picture, error);
    if (status == YD_OK) status = yd_image_write(&picture, path, error);
    yd_image_free(&picture);
    return status;
}

yd_status yd_snapshots_write_validation(const char *folder, const yd_validate_view *view,
                                        const char *const *names, int nc, yd_error *error)
{
    if (view->batch >= VALIDATION_PICTURES) return YD_OK;
    yd_vector labels = {0}, found = predicted_boxes(view);
    yd_status status = yd_batch_boxes(view->pictures, &labels, error);
    if (status == YD_OK) status = write_batch(folder, view, "labels", &labels, names, nc, error);
    if (status == YD_OK) status = write_batch(folder, view, "pred", &found, names, nc, error);
    yd_vector_free(&labels);
    yd_vector_free(&found);
    return status;
}

void yd_snapshots_validation(yd_run *run, const yd_validate_view *view)
{
    yd_snapshots *own = run->snapshots;
    bool plots = !run->options.noplots || run->tweaks.value[YD_TWEAK_plot_period] > 0;
    if (!own || !plots || view->batch >= VALIDATION_PICTURES) return;
    if (own->kept[view->batch]) free_job(&own->kept[view->batch]->task);
    job *task = own->kept[view->batch] = make_job(run, view->pictures, view->batch);
    if (!task) return;
    add_labels(task, view->pictures, true, "");
    add_layer(task, predicted_boxes(view), true, "");
}

static void name_layers(job *task, int first, const char *stem)
{
    snprintf(task->layers[first].name, sizeof task->layers[first].name, "%s_labels.jpg", stem);
    snprintf(task->layers[first + 1].name, sizeof task->layers[first + 1].name, "%s_pred.jpg", stem);
}

/* Both layers once more, for a second name. */
static void double_layers(job *task)
{
    for (int i = 0; i < 2; i++) {
        const yd_vector *from = &task->layers[i].boxes;
        yd_vector boxes = {.size = from->size};
        for (size_t k = 0; k < from->count; k++) yd_vector_push(&boxes, &YD_AT(yd_picture_box, from, k));
        add_layer(task, boxes, true, "");
    }
}

void yd_snapshots_validated(yd_run *run, bool newest, bool epoch)
{
    yd_snapshots *own = run->snapshots;
    char stem[64];
    if (!own) return;
    newest = newest && !run->options.noplots;
    for (int i = 0; i < VALIDATION_PICTURES; i++) {
        job *task = own->kept[i];
        bool also = epoch && i == 0;
        if (!task || (!newest && !also)) continue;
        if (newest && also) double_layers(task);
        snprintf(stem, sizeof stem, "val_batch%d", i);
        if (newest) name_layers(task, 0, stem);
        snprintf(stem, sizeof stem, "val_e%d_b%d", run->progress.epoch, i);
        if (also) name_layers(task, task->layer_count - 2, stem);
        yd_studio_submit(run, &task->task);
        own->kept[i] = NULL;
    }
    forget_kept(own);
}
