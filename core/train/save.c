#include "train/save.h"
#include "base/file.h"
#include "base/log.h"
#include "series/fitness.h"
#include "sink/results.h"
#include "train/class_line.h"
#include "train/control.h"
#include "train/progress.h"
#include "train/saver.h"
#include "train/tweaks.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One save: what the training thread asks for, then what came of it. The writer thread has it from
 * yd_saver_start to yd_saver_take, and looks at nothing of the run that changes meanwhile. */
enum { CATCH_UP_MS = 2000 };

struct yd_save {
    yd_saver *saver;
    const yd_run *run; /* what set-up decided */
    yd_telemetry *telemetry;
    yd_param_set values; /* the run's, but for statistics and counters: forward passes move those, so they are
                            copies */
    yd_train_sets sets;

    yd_save_kind kind;
    int epoch;
    char names[2][64]; /* second names of last.pt */
    int name_count;
    yd_options options;
    yd_resume_state *resume; /* while the save is under way */
    yd_checkpoint checkpoint;
    yd_epoch_row row; /* follows the checkpoint of an epoch */
    yd_command asker; /* of ASKED */

    yd_status status;
    yd_error error;
    char hash[65];
};

static void weights_path(const char *folder, const char *name, char out[4200])
{
    snprintf(out, 4200, "%s/%s", folder, name);
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
static yd_status name_last(const char *folder, const char *name, yd_error *error)
{
    char last[4200], path[4200], beside[4220];
    weights_path(folder, "last.pt", last);
    weights_path(folder, name, path);
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

static void append_row(const yd_run *run, const yd_epoch_row *row)
{
    yd_error error;
    yd_results_order order =
        run->preset.group_order == YD_GROUPS_BIAS_WEIGHT_NORM ? YD_RESULTS_BIAS_FIRST : YD_RESULTS_NORM_FIRST;
    if (yd_results_append(run->folder, row, order, &error) != YD_OK)
        yd_log(YD_LOG_ERROR, "the row of epoch %d is missing in the results: %s", row->epoch, error.message);
}

/* The writer thread. */

static void announce(const yd_save *save, const char *name)
{
    yd_event_body body = {.saved = {.epoch = save->epoch, .fitness = (float)save->checkpoint.best_fitness}};
    yd_copy_text(body.saved.name, sizeof body.saved.name, name);
    yd_ring_publish(save->run->ring, YD_EVENT_SAVED, &body);
}

static yd_status write_last(yd_save *save, yd_saver *saver)
{
    const yd_checkpoint *c = &save->checkpoint;
    char path[4200];
    yd_archive archive;
    weights_path(save->run->weights_folder, "last.pt", path);
    YD_TRY(yd_checkpoint_begin(path, c, &archive, &save->error));
    yd_train_state_hash(c->model, &save->sets, save->hash);
    yd_saver_has_read(saver);
    /* Whoever resumes from it must find every batch before it in the loggers' files. */
    yd_follower_catch_up(save->run->loggers, CATCH_UP_MS);
    YD_TRY(yd_archive_finish(&archive, YD_OK, &save->error));
    struct stat info;
    if (stat(path, &info) == 0) yd_telemetry_checkpoint(save->telemetry, info.st_size);
    yd_log(YD_LOG_INFO, "train state sha256 %s", save->hash);
    announce(save, "last.pt");
    return YD_OK;
}

/* Writes the checkpoint first, its row last: a run that is killed between the two writes the row when it is
 * resumed. */
static void write_all(void *context, yd_saver *saver)
{
    yd_save *save = context;
    save->status = write_last(save, saver);
    for (int i = 0; i < save->name_count && save->status == YD_OK; i++) {
        save->status = name_last(save->run->weights_folder, save->names[i], &save->error);
        if (save->status == YD_OK) announce(save, save->names[i]);
    }
    if (save->status == YD_OK && save->kind == YD_SAVE_EPOCH) append_row(save->run, &save->row);
}

/* The training thread. */

static size_t statistic_bytes(const yd_model *model)
{
    return model->region_elements[YD_REGION_STATISTIC] * yd_dtype_size(model->backend->dtype);
}

static bool is_adam(const yd_run *run)
{
    return run->optimizer.config.kind != YD_OPTIMIZER_SGD;
}

/* Of last.pt before there is one: the state in full, and what YOLOv5 reads in float16. */
static int64_t expected_bytes(const yd_model *model, bool adam)
{
    size_t elements = 0;
    for (int region = 0; region < YD_REGION_COUNT; region++) elements += model->region_elements[region];
    const size_t sets = adam ? 4 : 3;
    return (int64_t)(elements * (sets * 4 + 2));
}

yd_status yd_save_open(yd_run *run, yd_error *error)
{
    const yd_model *model = run->model;
    yd_save *save = run->save = calloc(1, sizeof *save);
    if (!save) return yd_fail(error, YD_ERR_MEMORY, "no memory for checkpoints");
    save->run = run;
    save->telemetry = &run->telemetry;
    save->sets = (yd_train_sets){&save->values, &run->average, &run->momenta, &run->squares};
    yd_telemetry_checkpoint(save->telemetry, expected_bytes(model, is_adam(run)));
    save->values = run->values;
    save->values.region[YD_REGION_STATISTIC] = malloc(statistic_bytes(model) + 1);
    save->values.counters = malloc(((size_t)model->counter_count + 1) * sizeof *save->values.counters);
    if (!save->values.region[YD_REGION_STATISTIC] || !save->values.counters)
        return yd_fail(error, YD_ERR_MEMORY, "no memory for checkpoints");
    return yd_saver_create(write_all, save, &save->saver, error);
}

void yd_save_close(yd_run *run)
{
    yd_save *save = run->save;
    if (!save) return;
    yd_saver_destroy(save->saver);
    yd_resume_state_destroy(save->resume);
    free(save->values.region[YD_REGION_STATISTIC]);
    free(save->values.counters);
    free(save);
    run->save = NULL;
}

static void describe(yd_save *save, const yd_run *run)
{
    yd_schedule_point point;
    const yd_progress *progress = &run->progress;
    int batch = progress->batch ? progress->batch - 1 : run->batches - 1,
        epoch = progress->batch ? progress->epoch : progress->epoch - 1;
    yd_schedule_at(&run->schedule, epoch > 0 ? epoch : 0, batch, &point);
    save->options = run->options;
    save->checkpoint =
        (yd_checkpoint){.model = run->model,
                        .values = &save->values,
                        .average = &run->average,
                        .momenta = &run->momenta,
                        .squares = is_adam(run) ? &run->squares : NULL,
                        .steps = progress->steps,
                        .beta1 = run->optimizer.config.beta1,
                        .epoch = epoch,
                        .updates = progress->updates,
                        .best_fitness = progress->best.fitness,
                        .initial_lr = run->hyp.lr0,
                        .momentum = point.momentum,
                        .weight_decay = run->optimizer.config.weight_decay,
                        .bias_group_first = run->preset.group_order == YD_GROUPS_BIAS_WEIGHT_NORM,
                        .options = &save->options,
                        .preset = &run->preset,
                        .hyp = &run->hyp,
                        .names = run->names,
                        .wandb_id = run->wandb_id[0] ? run->wandb_id : NULL,
                        .resume = save->resume};
    memcpy(save->checkpoint.lr, point.lr, sizeof point.lr);
}

static void choose_names(yd_save *save, const yd_run *run, bool best)
{
    int period = (int)run->tweaks.value[YD_TWEAK_save_period];
    save->name_count = 0;
    if (save->kind == YD_SAVE_ASKED)
        snprintf(save->names[save->name_count++], sizeof save->names[0], "manual-e%d-b%d.pt",
                 run->progress.epoch, run->progress.batch);
    if (save->kind != YD_SAVE_EPOCH) return;
    if (best) yd_copy_text(save->names[save->name_count++], sizeof save->names[0], "best.pt");
    if (period > 0 && save->epoch % period == 0)
        snprintf(save->names[save->name_count++], sizeof save->names[0], "epoch%d.pt", save->epoch);
}

/* The epoch that a state belongs to: between two epochs it is the one that has just ended. */
static int epoch_of(const yd_progress *progress)
{
    return progress->batch || !progress->epoch ? progress->epoch : progress->epoch - 1;
}

yd_status yd_save_start(yd_run *run, yd_save_kind kind, bool best, yd_error *error)
{
    yd_save *save = run->save;
    const yd_model *model = run->model;
    yd_save_settle(run, true);
    save->kind = kind;
    save->epoch = epoch_of(&run->progress);
    save->row = run->progress.row;
    save->resume = yd_resume_state_create();
    if (!save->resume) return yd_fail(error, YD_ERR_MEMORY, "no memory for a checkpoint");
    yd_progress_put(run, save->resume);
    memcpy(save->values.region[YD_REGION_STATISTIC], run->values.region[YD_REGION_STATISTIC],
           statistic_bytes(model));
    memcpy(save->values.counters, run->values.counters,
           (size_t)model->counter_count * sizeof *save->values.counters);
    describe(save, run);
    choose_names(save, run, best);
    if (kind == YD_SAVE_ASKED) {
        save->asker = run->requests.save_asker;
        run->requests.save_asker.ticket = 0;
    }
    yd_saver_start(save->saver);
    return YD_OK;
}

void yd_save_hold(yd_run *run)
{
    yd_saver_wait_read(run->save->saver);
}

/* False where none was under way, or, without wait, none is done. */
static bool take(yd_run *run, bool wait)
{
    yd_save *save = run->save;
    if (!yd_saver_take(save->saver, wait)) return false;
    yd_resume_state_destroy(save->resume);
    save->resume = NULL;
    if (save->status == YD_OK) yd_copy_text(run->hash, sizeof run->hash, save->hash);
    return true;
}

void yd_save_settle(yd_run *run, bool wait)
{
    yd_save *save = run->save;
    if (!take(run, wait)) return;
    if (save->kind == YD_SAVE_ASKED)
        yd_control_answer(run, &save->asker, save->status == YD_OK, "%s%s",
                          save->status == YD_OK ? "saved weights/" : "not saved: ",
                          save->status == YD_OK ? save->names[0] : save->error.message);
    if (save->status == YD_OK) return;
    if (save->kind != YD_SAVE_EPOCH) {
        yd_log(YD_LOG_ERROR, "not saved, the run goes on: %s", save->error.message);
        return;
    }
    yd_log(YD_LOG_ERROR, "epoch %d is not saved, the run goes on: %s", save->epoch, save->error.message);
    append_row(run, &save->row);
}

yd_status yd_save_finish(yd_run *run, yd_error *error)
{
    bool done = take(run, true);
    YD_ASSERT(done);
    if (run->save->status != YD_OK) *error = run->save->error;
    return run->save->status;
}

void yd_save_append(yd_run *run, const char *path, yd_text *text)
{
    yd_saver_append(run->save->saver, path, text);
}

void yd_save_row(const yd_run *run)
{
    append_row(run, &run->progress.row);
}

yd_status yd_resume_restore(yd_run *run, yd_error *error)
{
    yd_resume_state *state = NULL;
    bool forgotten;
    const yd_train_sets sets = {&run->values, &run->average, &run->momenta, &run->squares};
    yd_status status =
        yd_checkpoint_restore(run->options.weights, run->model, &sets, &state, &forgotten, error);
    /* Of an older checkpoint than the run's last: what came after it has not happened. */
    bool last = strcmp(yd_path_name(run->options.weights), "last.pt") == 0;
    if (status == YD_OK) status = yd_progress_get(run, state, run->options.weights, last, error);
    if (status == YD_OK && !forgotten) status = yd_progress_get_steps(run, state, error);
    yd_resume_state_destroy(state);
    run->values.version++;
    run->average.version++;
    if (status != YD_OK) return status;
    if (forgotten)
        yd_log(YD_LOG_WARNING, "%s: is of another optimizer: what %s remembers starts anew",
               run->options.weights, run->options.optimizer);
    yd_train_state_hash(run->model, &sets, run->hash);
    yd_log(YD_LOG_INFO, "%s at epoch %d, batch %d", run->resumed ? "resumed" : "branched off",
           run->progress.epoch, run->progress.batch);
    return YD_OK;
}

yd_status yd_resume_settle(yd_run *run, const char *path, bool went_back, yd_error *error)
{
    const yd_progress *progress = &run->progress;
    /* The checkpoint may be an older one than last.pt: from here on it is the run's last. */
    char last[4200];
    weights_path(run->weights_folder, "last.pt", last);
    char *there = realpath(last, NULL);
    bool older = !there || strcmp(there, path) != 0;
    free(there);
    yd_saver_flush(run->save->saver);
    if (older || went_back) yd_tweaks_went_back(run);
    if (older) YD_TRY(copy_file(path, last, error));
    YD_TRY(yd_results_trim(run->folder, progress->row.epoch < 0 ? 0 : progress->row.epoch, error));
    YD_TRY(yd_class_line_trim(run, progress->epoch, yd_progress_step(run), error));
    if (progress->row.epoch < 0) return YD_OK;
    yd_results_order order =
        run->preset.group_order == YD_GROUPS_BIAS_WEIGHT_NORM ? YD_RESULTS_BIAS_FIRST : YD_RESULTS_NORM_FIRST;
    YD_TRY(yd_results_append(run->folder, &progress->row, order, error));
    double fitness = yd_fitness(progress->row.map50, progress->row.map50_95);
    bool epoch_just_ended = progress->batch == 0 && progress->row.epoch == progress->epoch - 1;
    if (epoch_just_ended && fitness == progress->best.fitness)
        return name_last(run->weights_folder, "best.pt", error);
    return YD_OK;
}
