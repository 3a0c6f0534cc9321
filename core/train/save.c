#include "train/save.h"
#include "base/file.h"
#include "base/log.h"
#include "sink/results.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    row->device_memory_bytes = (int64_t)numbers[ROW_NUMBERS - 1];
}

static void put_progress(const yd_run *run, yd_resume_state *state)
{
    const yd_progress *progress = &run->progress;
    double row[ROW_NUMBERS];
#define PUT(field, low, high) yd_resume_put_integer(state, #field, progress->field);
    PROGRESS_INTEGERS(PUT)
#undef PUT
    yd_resume_put_integer(state, "batches", run->batches);
    yd_resume_put_integer(state, "save_period", run->options.save_period);
    yd_resume_put_integer(state, "patience", run->options.patience);
    yd_resume_put_integer(state, "best_epoch", progress->best.epoch);
    yd_resume_put_number(state, "best_fitness", progress->best.fitness);
    yd_resume_put_numbers(state, "mean", progress->mean, 3);
    yd_resume_put_numbers(state, "results", progress->results, 7);
    yd_resume_put_numbers(state, "maps", progress->maps, (size_t)run->nc);
    yd_resume_put_numbers(state, "balance", yd_loss_settings(run->loss)->balance, 8);
    pack_row(&progress->row, row);
    yd_resume_put_numbers(state, "row", row, ROW_NUMBERS);
    yd_resume_put_integer(state, "row_epoch", progress->row.epoch);
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
    int64_t epoch, labels, width;
    YD_TRY(yd_resume_get_numbers(state, "row", numbers, ROW_NUMBERS, error));
    YD_TRY(yd_resume_get_integer(state, "row_epoch", -1, INT32_MAX, &epoch, error));
    YD_TRY(yd_resume_get_integer(state, "row_labels", 0, INT32_MAX, &labels, error));
    YD_TRY(yd_resume_get_integer(state, "row_width", 0, INT32_MAX, &width, error));
    unpack_row(numbers, row);
    row->epoch = (int)epoch;
    row->epochs = run->epochs;
    row->last_labels = (int)labels;
    row->last_width = (int)width;
    return YD_OK;
}

/* Live changes made before the cut hold on; what was given beside --resume wins. */
static yd_status get_tweaks(yd_run *run, const yd_resume_state *state, yd_error *error)
{
    int64_t save_period, patience;
    YD_TRY(yd_resume_get_integer(state, "save_period", -1, INT32_MAX, &save_period, error));
    YD_TRY(yd_resume_get_integer(state, "patience", 0, INT32_MAX, &patience, error));
    run->options.save_period = (int)save_period;
    if (!run->options.given[YD_OPT_patience]) run->options.patience = (int)patience;
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

static yd_status get_progress(yd_run *run, const yd_resume_state *state, yd_error *error)
{
    yd_progress *progress = &run->progress;
    int64_t value, batches;
#define GET(field, low, high)                                                                                \
    YD_TRY(yd_resume_get_integer(state, #field, low, high, &value, error));                                  \
    progress->field = (__typeof__(progress->field))value;
    PROGRESS_INTEGERS(GET)
#undef GET
    YD_TRY(yd_resume_get_integer(state, "batches", 1, INT32_MAX, &batches, error));
    if (batches != run->batches || progress->batch > run->batches)
        return yd_fail(
            error, YD_ERR_DATA,
            "%s: the data set has changed: an epoch had %d batches when the run was saved, and has %d now",
            run->options.weights, (int)batches, run->batches);
    YD_TRY(yd_resume_get_integer(state, "best_epoch", -1, INT32_MAX, &value, error));
    progress->best.epoch = (int)value;
    YD_TRY(yd_resume_get_number(state, "best_fitness", &progress->best.fitness, error));
    YD_TRY(yd_resume_get_numbers(state, "mean", progress->mean, 3, error));
    YD_TRY(yd_resume_get_numbers(state, "results", progress->results, 7, error));
    YD_TRY(yd_resume_get_numbers(state, "maps", progress->maps, (size_t)run->nc, error));
    YD_TRY(yd_resume_get_numbers(state, "balance", yd_loss_settings(run->loss)->balance, 8, error));
    YD_TRY(get_row(run, state, error));
    YD_TRY(get_tweaks(run, state, error));
    return check_conditions(run, state, error);
}

static void weights_path(const yd_run *run, const char *name, char out[4200])
{
    snprintf(out, 4200, "%s/%s", run->weights_folder, name);
}

static void announce(const yd_run *run, const char *name, int epoch)
{
    yd_event_body body = {.saved = {.epoch = epoch, .fitness = (float)run->progress.best.fitness}};
    yd_copy_text(body.saved.name, sizeof body.saved.name, name);
    yd_ring_publish(run->ring, YD_EVENT_SAVED, &body);
}

/* The epoch that a state belongs to: between two epochs it is the one that has just ended. */
static int epoch_of(const yd_progress *progress)
{
    return progress->batch || !progress->epoch ? progress->epoch : progress->epoch - 1;
}

static yd_status write_last(yd_run *run, const yd_resume_state *state, yd_error *error)
{
    yd_schedule_point point;
    const yd_progress *progress = &run->progress;
    int batch = progress->batch ? progress->batch - 1 : run->batches - 1,
        epoch = progress->batch ? progress->epoch : progress->epoch - 1;
    yd_schedule_at(&run->schedule, epoch > 0 ? epoch : 0, batch, &point);
    yd_checkpoint checkpoint = {.model = run->model,
                                .values = &run->values,
                                .average = &run->average,
                                .momenta = &run->momenta,
                                .epoch = epoch,
                                .updates = progress->updates,
                                .best_fitness = progress->best.fitness,
                                .initial_lr = run->hyp.lr0,
                                .momentum = point.momentum,
                                .weight_decay = run->optimizer.weight_decay,
                                .bias_group_first = run->preset.group_order == YD_GROUPS_BIAS_WEIGHT_NORM,
                                .options = &run->options,
                                .preset = &run->preset,
                                .hyp = &run->hyp,
                                .names = run->names,
                                .resume = state};
    memcpy(checkpoint.lr, point.lr, sizeof checkpoint.lr);
    char path[4200];
    weights_path(run, "last.pt", path);
    return yd_checkpoint_write(path, &checkpoint, error);
}

yd_status yd_save_last(yd_run *run, yd_error *error)
{
    yd_resume_state *state = yd_resume_state_create();
    if (!state) return yd_fail(error, YD_ERR_MEMORY, "no memory for a checkpoint");
    put_progress(run, state);
    yd_status status = yd_resume_state_failed(state)
                           ? yd_fail(error, YD_ERR_MEMORY, "no memory for a checkpoint")
                           : write_last(run, state, error);
    yd_resume_state_destroy(state);
    if (status != YD_OK) return status;
    yd_train_state_hash(run->model, &run->values, &run->average, &run->momenta, run->hash);
    yd_log(YD_LOG_INFO, "train state sha256 %s", run->hash);
    announce(run, "last.pt", epoch_of(&run->progress));
    return YD_OK;
}

static yd_status copy_file(const char *from, const char *to, yd_error *error)
{
    char *data;
    size_t length;
    YD_TRY(yd_file_read(from, 0, &data, &length, error));
    yd_status status = yd_file_write(to, data, length, error);
    free(data);
    return status;
}

/* A second name for last.pt, replaced whole; a copy where the file system has no links. */
static yd_status name_last(const yd_run *run, const char *name, yd_error *error)
{
    char last[4200], path[4200], beside[4220];
    weights_path(run, "last.pt", last);
    weights_path(run, name, path);
    snprintf(beside, sizeof beside, "%s.new", path);
    unlink(beside);
    if (link(last, beside) != 0) return copy_file(last, path, error);
    if (rename(beside, path) == 0) {
        unlink(beside); /* two names of one file: rename leaves both */
        return YD_OK;
    }
    yd_status status = yd_fail_errno(error, YD_ERR_IO, "%s", path);
    unlink(beside);
    return status;
}

yd_status yd_save_manual_name(yd_run *run, char *name, size_t capacity, yd_error *error)
{
    snprintf(name, capacity, "manual-e%d-b%d.pt", run->progress.epoch, run->progress.batch);
    YD_TRY(name_last(run, name, error));
    announce(run, name, epoch_of(&run->progress));
    return YD_OK;
}

yd_status yd_save_epoch(yd_run *run, int epoch, bool best, yd_error *error)
{
    YD_TRY(yd_save_last(run, error));
    if (best) {
        YD_TRY(name_last(run, "best.pt", error));
        announce(run, "best.pt", epoch);
    }
    if (run->options.save_period > 0 && epoch % run->options.save_period == 0) {
        char name[64];
        snprintf(name, sizeof name, "epoch%d.pt", epoch);
        YD_TRY(name_last(run, name, error));
        announce(run, name, epoch);
    }
    return YD_OK;
}

yd_status yd_resume_restore(yd_run *run, yd_error *error)
{
    yd_resume_state *state = NULL;
    yd_status status = yd_checkpoint_restore(run->options.weights, run->model, &run->values, &run->average,
                                             &run->momenta, &state, error);
    if (status == YD_OK) status = get_progress(run, state, error);
    yd_resume_state_destroy(state);
    run->values.version++;
    run->average.version++;
    if (status != YD_OK) return status;
    yd_train_state_hash(run->model, &run->values, &run->average, &run->momenta, run->hash);
    yd_log(YD_LOG_INFO, "resumed at epoch %d, batch %d", run->progress.epoch, run->progress.batch);
    return YD_OK;
}

yd_status yd_resume_settle(yd_run *run, yd_error *error)
{
    const yd_progress *progress = &run->progress;
    /* The checkpoint may be an older one than last.pt: from here on it is the run's last. */
    char last[4200];
    weights_path(run, "last.pt", last);
    char *there = realpath(last, NULL);
    if (!there || strcmp(there, run->options.weights) != 0)
        YD_TRY(copy_file(run->options.weights, last, error));
    free(there);
    YD_TRY(yd_results_trim(run->folder, progress->row.epoch < 0 ? 0 : progress->row.epoch, error));
    if (progress->row.epoch < 0) return YD_OK;
    yd_results_order order =
        run->preset.group_order == YD_GROUPS_BIAS_WEIGHT_NORM ? YD_RESULTS_BIAS_FIRST : YD_RESULTS_NORM_FIRST;
    YD_TRY(yd_results_append(run->folder, &progress->row, order, error));
    double fitness = yd_fitness(progress->row.map50, progress->row.map50_95);
    bool epoch_just_ended = progress->batch == 0 && progress->row.epoch == progress->epoch - 1;
    if (epoch_just_ended && fitness == progress->best.fitness) return name_last(run, "best.pt", error);
    return YD_OK;
}
