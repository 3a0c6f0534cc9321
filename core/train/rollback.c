#include "train/rollback.h"
#include "base/log.h"
#include "base/vector.h"
#include "train/control.h"
#include "train/progress.h"
#include "train/save.h"
#include "train/setup.h"
#include "train/tweaks.h"
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct candidate {
    char name[256];
    int64_t written_ns;
} candidate;

/* Newest first; of one file's several names last.pt. */
static int compare(const void *left, const void *right)
{
    const candidate *a = left, *b = right;
    if (a->written_ns != b->written_ns) return a->written_ns > b->written_ns ? -1 : 1;
    bool a_last = strcmp(a->name, "last.pt") == 0, b_last = strcmp(b->name, "last.pt") == 0;
    return a_last != b_last ? b_last - a_last : strcmp(a->name, b->name);
}

static bool is_checkpoint(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && length > 3 && strcmp(name + length - 3, ".pt") == 0;
}

/* All of the run's, or the one that was named. */
static void list_candidates(const yd_run *run, const char *named, yd_vector *found)
{
    DIR *folder = opendir(run->weights_folder);
    for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        char path[4400];
        struct stat info;
        candidate one = {0};
        if (!is_checkpoint(entry->d_name) || (named[0] && strcmp(named, entry->d_name) != 0)) continue;
        snprintf(path, sizeof path, "%s/%s", run->weights_folder, entry->d_name);
        if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) continue;
        snprintf(one.name, sizeof one.name, "%s", entry->d_name);
        one.written_ns = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
        yd_vector_push(found, &one); /* without memory there is one to choose from less */
    }
    if (folder) closedir(folder);
    if (found->count) qsort(found->data, found->count, found->size, compare);
}

static bool is_finite(const yd_model *model, const yd_param_set *set)
{
    for (int region = 0; region < YD_REGION_COUNT; region++) {
        size_t count = model->region_elements[region];
        if (!set->region[region] || !count) continue;
        if (!isfinite(model->backend->sum_squares(model->device, count, set->region[region]))) return false;
    }
    return true;
}

/* The state of a checkpoint beside the run's own: nothing of the run is touched until it is known to be good.
 */
typedef struct shadow {
    yd_param_set values, average, momenta, squares;
    yd_resume_state *state;
} shadow;

static void free_shadow(const yd_run *run, shadow *own)
{
    yd_param_set *sets[] = {&own->values, &own->average, &own->momenta, &own->squares};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) yd_param_set_destroy(run->model, sets[i]);
    yd_resume_state_destroy(own->state);
}

static yd_status make_shadow(const yd_run *run, shadow *own, yd_error *error)
{
    YD_TRY(yd_param_set_create(run->model, YD_SET_VALUES, &own->values, error));
    YD_TRY(yd_param_set_create(run->model, YD_SET_VALUES, &own->average, error));
    if (run->optimizer.config.kind != YD_OPTIMIZER_SGD)
        YD_TRY(yd_param_set_create(run->model, YD_SET_GRADIENTS, &own->squares, error));
    return yd_param_set_create(run->model, YD_SET_GRADIENTS, &own->momenta, error);
}

static yd_status read_state(const yd_run *run, const char *path, shadow *own, yd_error *error)
{
    yd_resume_state_destroy(own->state);
    own->state = NULL;
    bool forgotten;
    const yd_train_sets sets = {&own->values, &own->average, &own->momenta, &own->squares};
    YD_TRY(yd_checkpoint_restore(path, run->model, &sets, &own->state, &forgotten, error));
    if (forgotten) return yd_fail(error, YD_ERR_DATA, "%s: is of another optimizer", path);
    if (is_finite(run->model, &own->values) && is_finite(run->model, &own->average) &&
        is_finite(run->model, &own->momenta) && is_finite(run->model, &own->squares))
        return YD_OK;
    return yd_fail(error, YD_ERR_DATA, "%s: its numbers are not finite", path);
}

/* The sum of all losses that a checkpoint tells of: of its epoch under way, and of the one before. */
static double losses_of(const yd_progress *progress)
{
    const yd_epoch_row *row = &progress->row;
    double sum = 0;
    for (int i = 0; i < 3 && progress->batch; i++) sum += progress->mean[i];
    if (row->epoch >= 0) sum += row->total + row->val_box + row->val_obj + row->val_cls;
    return sum;
}

/* Takes the numbers over; where the file has others than this run's, all is as it was. */
static yd_status take_progress(yd_run *run, const shadow *own, const char *path, yd_error *error)
{
    yd_progress before = run->progress;
    yd_tweaks tweaks = run->tweaks;
    yd_schedule schedule = run->schedule;
    yd_loss_config *loss = yd_loss_settings(run->loss);
    yd_loss_config loss_before = *loss;
    int64_t step = yd_progress_step(run);
    bool validation_begun = run->validation_begun;
    double *maps = malloc((size_t)run->nc * sizeof *maps);
    if (!maps) return yd_fail(error, YD_ERR_MEMORY, "no memory to go back");
    memcpy(maps, before.maps, (size_t)run->nc * sizeof *maps);
    run->tweaks.ledger = YD_LEDGER;
    run->validation_begun = false;
    run->branch.on = false; /* that is for the file of another run, which is long read */
    yd_status status = yd_progress_get(run, own->state, path, false, error);
    if (status == YD_OK) status = yd_progress_get_steps(run, own->state, error);
    if (status == YD_OK && yd_progress_step(run) > step)
        status = yd_fail(error, YD_ERR_DATA, "%s: is of a later step than the run", path);
    if (status == YD_OK && !isfinite(losses_of(&run->progress)))
        status = yd_fail(error, YD_ERR_DATA, "%s: its losses are not finite", path);
    if (status == YD_OK) {
        yd_ledger_free(&tweaks.ledger);
    } else {
        yd_tweaks_free(run);
        memcpy(before.maps, maps, (size_t)run->nc * sizeof *maps);
        run->progress = before;
        run->tweaks = tweaks;
        run->schedule = schedule;
        run->validation_begun = validation_begun;
        *loss = loss_before;
        yd_tweaks_settle(run);
    }
    free(maps);
    return status;
}

static yd_status adopt(yd_run *run, const shadow *own, const char *path, yd_error *error)
{
    yd_error why;
    yd_param_set_copy(run->model, &run->values, &own->values);
    yd_param_set_copy(run->model, &run->average, &own->average);
    yd_param_set_copy(run->model, &run->momenta, &own->momenta);
    yd_param_set_copy(run->model, &run->squares, &own->squares);
    run->gradients_pending = false;
    const yd_train_sets sets = {&run->values, &run->average, &run->momenta, &run->squares};
    yd_train_state_hash(run->model, &sets, run->hash);
    /* A file that cannot be written now can be later: the state is whole. */
    if (yd_resume_settle(run, path, true, &why) != YD_OK)
        yd_log(YD_LOG_ERROR, "the files of the run are not those of its state: %s", why.message);
    yd_loader_destroy(run->train_loader);
    run->train_loader = NULL;
    return yd_setup_train_loader(run, error);
}

static void announce(yd_run *run, const char *name, int64_t from)
{
    const yd_progress *progress = &run->progress;
    yd_event_body body = {
        .rollback = {
            .from = from, .to = yd_progress_step(run), .epoch = progress->epoch, .batch = progress->batch}};
    yd_copy_text(body.rollback.name, sizeof body.rollback.name, name);
    yd_status_block *block = yd_telemetry_lock(&run->telemetry);
    block->epoch = progress->epoch;
    block->batch = progress->batch;
    block->step = yd_progress_step(run);
    block->best_epoch = progress->best.epoch;
    block->best_fitness = (float)progress->best.fitness;
    yd_telemetry_unlock(&run->telemetry);
    yd_ring_publish(run->ring, YD_EVENT_ROLLBACK, &body);
    yd_log(YD_LOG_INFO, "went back from step %lld to weights/%s: epoch %d, batch %d", (long long)from, name,
           progress->epoch, progress->batch);
    yd_log(YD_LOG_INFO, "train state sha256 %s", run->hash);
    yd_alarm_forget(&run->alarm);
    yd_control_answer(run, &run->requests.rollback_asker, true, "went back to weights/%s: epoch %d, batch %d",
                      name, progress->epoch, progress->batch);
}

/* Through the candidates, until one is good. */
static yd_status go_back(yd_run *run, const yd_vector *found, shadow *own, yd_error *error)
{
    yd_error why = {.message = "there is none, or none of that name, below weights/"};
    int64_t from = yd_progress_step(run);
    for (size_t i = 0; i < found->count; i++) {
        const char *name = YD_AT(candidate, found, i).name;
        char path[4400];
        snprintf(path, sizeof path, "%s/%s", run->weights_folder, name);
        yd_status status = read_state(run, path, own, &why);
        if (status == YD_OK) status = take_progress(run, own, path, &why);
        if (status == YD_OK) {
            YD_TRY(adopt(run, own, path, error));
            announce(run, name, from);
            return YD_OK;
        }
        yd_log(YD_LOG_WARNING, "no way back to weights/%s: %s", name, why.message);
    }
    yd_control_answer(run, &run->requests.rollback_asker, false, "no checkpoint to go back to: %s",
                      why.message);
    return YD_OK;
}

yd_status yd_rollback(yd_run *run, yd_error *error)
{
    yd_vector found = {.size = sizeof(candidate)};
    shadow own = {0};
    yd_error why;
    run->requests.rollback = false;
    yd_save_settle(run, true);
    list_candidates(run, run->requests.rollback_asker.argument, &found);
    yd_status status = make_shadow(run, &own, &why);
    if (status == YD_OK)
        status = go_back(run, &found, &own, error);
    else {
        yd_control_answer(run, &run->requests.rollback_asker, false, "no memory to go back: %s", why.message);
        status = YD_OK;
    }
    free_shadow(run, &own);
    yd_vector_free(&found);
    return status;
}
