#include "train/progress.h"
#include "base/file.h"
#include "base/log.h"
#include "sink/wandb_folder.h"
#include "train/branch.h"
#include "train/tweaks.h"
#include <string.h>

/* The numbers of yd_progress by the names they have in a checkpoint. */
#define PROGRESS_INTEGERS(ROW)                                                                               \
    ROW(epoch, 0, INT32_MAX)                                                                                 \
    ROW(batch, 0, INT32_MAX)                                                                                 \
    ROW(last_step, -1, INT64_MAX)                                                                            \
    ROW(updates, 0, INT64_MAX)                                                                               \
    ROW(last_labels, 0, INT32_MAX)                                                                           \
    ROW(last_width, 0, INT32_MAX)

enum { ROW_NUMBERS = 15 };

/* The row of an epoch as plain numbers, there and back. */
static void pack_row(const yd_epoch_row *row, double out[ROW_NUMBERS])
{
    const double numbers[ROW_NUMBERS] = {
        row->box,     row->obj,   row->cls,      row->total,   row->precision,
        row->recall,  row->map50, row->map50_95, row->val_box, row->val_obj,
        row->val_cls, row->lr[0], row->lr[1],    row->lr[2],   (double)row->device_memory_bytes};
    memcpy(out, numbers, sizeof numbers);
}

static void unpack_row(const double numbers[ROW_NUMBERS], yd_epoch_row *row)
{
    double *places[ROW_NUMBERS - 1] = {&row->box,       &row->obj,     &row->cls,     &row->total,
                                       &row->precision, &row->recall,  &row->map50,   &row->map50_95,
                                       &row->val_box,   &row->val_obj, &row->val_cls, &row->lr[0],
                                       &row->lr[1],     &row->lr[2]};
    for (int i = 0; i < ROW_NUMBERS - 1; i++) *places[i] = numbers[i];
    const double bytes = numbers[ROW_NUMBERS - 1];
    row->device_memory_bytes = bytes >= 0 && bytes < 0x1p62 ? (int64_t)bytes : 0;
}

int64_t yd_progress_step(const yd_run *run)
{
    return (int64_t)run->progress.epoch * run->batches + run->progress.batch;
}

void yd_progress_put(const yd_run *run, yd_resume_state *state)
{
    const yd_progress *progress = &run->progress;
    double row[ROW_NUMBERS];
#define PUT(field, low, high) yd_resume_put_integer(state, #field, progress->field);
    PROGRESS_INTEGERS(PUT)
#undef PUT
    if (run->optimizer.config.kind != YD_OPTIMIZER_SGD)
        yd_resume_put_integer(state, "steps", progress->steps);
    yd_resume_put_integer(state, "batches", run->batches);
    yd_resume_put_integer(state, "pictures", run->train_set->count);
    yd_tweaks_put(run, state);
    yd_resume_put_integer(state, "best_epoch", progress->best.epoch);
    yd_resume_put_number(state, "best_fitness", progress->best.fitness);
    yd_resume_put_numbers(state, "mean", progress->mean, 3);
    yd_resume_put_numbers(state, "results", progress->results, 7);
    yd_resume_put_numbers(state, "maps", progress->maps, (size_t)run->nc);
    yd_resume_put_numbers(state, "balance", yd_loss_settings(run->loss)->balance, 8);
    if (run->wandb_id[0]) yd_resume_put_text(state, "wandb_id", run->wandb_id);
    pack_row(&progress->row, row);
    yd_resume_put_numbers(state, "row", row, ROW_NUMBERS);
    yd_resume_put_integer(state, "row_epoch", progress->row.epoch);
    yd_resume_put_integer(state, "row_epochs", progress->row.epochs);
    yd_resume_put_integer(state, "row_labels", progress->row.last_labels);
    yd_resume_put_integer(state, "row_width", progress->row.last_width);
    /* What bitwise equality rests on beside the state: resuming under other conditions warns. */
    yd_resume_put_text(state, "backend", run->backend->name);
    yd_resume_put_text(state, "conditions", run->backend->describe(run->device));
}

static yd_status get_row(yd_run *run, const yd_resume_state *state, yd_error *error)
{
    yd_epoch_row *row = &run->progress.row;
    double numbers[ROW_NUMBERS];
    int64_t epoch, epochs, labels, width;
    YD_TRY(yd_resume_get_numbers(state, "row", numbers, ROW_NUMBERS, error));
    YD_TRY(yd_resume_get_integer(state, "row_epoch", -1, INT32_MAX, &epoch, error));
    YD_TRY(yd_resume_get_integer(state, "row_epochs", 0, INT32_MAX, &epochs, error));
    YD_TRY(yd_resume_get_integer(state, "row_labels", 0, INT32_MAX, &labels, error));
    YD_TRY(yd_resume_get_integer(state, "row_width", 0, INT32_MAX, &width, error));
    unpack_row(numbers, row);
    row->epoch = (int)epoch;
    row->epochs = (int)epochs;
    row->last_labels = (int)labels;
    row->last_width = (int)width;
    return YD_OK;
}

static yd_status check_conditions(const yd_run *run, const yd_resume_state *state, yd_error *error)
{
    const char *backend, *conditions;
    YD_TRY(yd_resume_get_text(state, "backend", &backend, error));
    YD_TRY(yd_resume_get_text(state, "conditions", &conditions, error));
    if (strcmp(backend, run->backend->name) != 0 ||
        strcmp(conditions, run->backend->describe(run->device)) != 0)
        yd_log(YD_LOG_WARNING,
               "the run will not be bitwise the same as one that was not cut: it was computed with %s (%s), "
               "now with %s (%s)",
               backend, conditions, run->backend->name, run->backend->describe(run->device));
    return YD_OK;
}

/* The place in an epoch means nothing where its batches are others: it begins anew. */
static void refit(yd_run *run, int64_t batches)
{
    yd_progress *progress = &run->progress;
    if (batches == run->batches) return;
    progress->batch = 0;
    progress->last_step = (int64_t)progress->epoch * run->batches - 1;
}

/* A data set may grow, or lose a picture, between two sessions: the run goes on with what is there. */
static void compare_pictures(const yd_run *run, const yd_resume_state *state, const char *path)
{
    int64_t pictures;
    yd_error none; /* older files do not say */
    if (yd_resume_get_integer(state, "pictures", 0, INT32_MAX, &pictures, &none) != YD_OK ||
        pictures == run->train_set->count)
        return;
    yd_log(
        YD_LOG_WARNING,
        "%s: the training set has %d pictures, and had %d when the run was saved: the run goes on with those "
        "that are there, and will not be the same as one that was not cut",
        path, run->train_set->count, (int)pictures);
}

yd_status yd_progress_get_steps(yd_run *run, const yd_resume_state *state, yd_error *error)
{
    if (run->optimizer.config.kind == YD_OPTIMIZER_SGD) return YD_OK;
    return yd_resume_get_integer(state, "steps", 0, INT64_MAX, &run->progress.steps, error);
}

/* Most runs have none. */
static void get_wandb_id(yd_run *run, const yd_resume_state *state)
{
    const char *id;
    yd_error none;
    if (yd_resume_get_text(state, "wandb_id", &id, &none) == YD_OK && yd_wandb_is_id(id))
        yd_copy_text(run->wandb_id, sizeof run->wandb_id, id);
}

yd_status yd_progress_get(yd_run *run, const yd_resume_state *state, const char *path, bool others,
                          yd_error *error)
{
    yd_progress *progress = &run->progress;
    int64_t value, batches;
#define GET(field, low, high)                                                                                \
    YD_TRY(yd_resume_get_integer(state, #field, low, high, &value, error));                                  \
    progress->field = (__typeof__(progress->field))value;
    PROGRESS_INTEGERS(GET)
#undef GET
    YD_TRY(yd_resume_get_integer(state, "batches", 1, INT32_MAX, &batches, error));
    refit(run, batches);
    if (progress->batch > run->batches)
        return yd_fail(error, YD_ERR_FORMAT, "%s: it stands at batch %d of epochs of %d", path,
                       progress->batch, run->batches);
    if (!run->branch.on) compare_pictures(run, state, path);
    YD_TRY(yd_resume_get_integer(state, "best_epoch", -1, INT32_MAX, &value, error));
    progress->best.epoch = (int)value;
    YD_TRY(yd_resume_get_number(state, "best_fitness", &progress->best.fitness, error));
    YD_TRY(yd_resume_get_numbers(state, "mean", progress->mean, 3, error));
    YD_TRY(yd_resume_get_numbers(state, "results", progress->results, 7, error));
    YD_TRY(yd_resume_get_numbers(state, "maps", progress->maps, (size_t)run->nc, error));
    YD_TRY(yd_resume_get_numbers(state, "balance", yd_loss_settings(run->loss)->balance, 8, error));
    YD_TRY(get_row(run, state, error));
    if (run->branch.on) return yd_branch_progress(run, state, error);
    get_wandb_id(run, state);
    YD_TRY(yd_tweaks_get(run, state, others, error));
    return check_conditions(run, state, error);
}
