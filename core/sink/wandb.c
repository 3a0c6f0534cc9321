#include "sink/wandb.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "event/event_text.h"
#include "sink/row_scalars.h"
#include "sink/wandb_artifact.h"
#include "sink/wandb_folder.h"
#include "sink/wandb_machine.h"
#include "sink/wandb_media.h"
#include "sink/wandb_writer.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int64_t second_ns = 1000000000, stats_every_ns = 15000000000;
static const int64_t turn_ns = 50000000;        /* of reading the data set, between two looks at the ring */
static const int64_t patience_ns = 60000000000; /* of the end of a session with it */
enum { CLIENT_ID = 128, SPLITS = 2 };

typedef struct wandb {
    yd_wandb_start start; /* its texts in the arena */
    yd_arena *arena;
    yd_wandb_writer writer;
    yd_wandb_machine machine;
    char session[4096];
    int64_t start_ns, stats_ns;
    double runtime; /* of earlier sessions, in seconds */
    yd_event_scalars scalars;
    yd_event_text told;
    yd_appender output; /* output.log */
    yd_wandb_values config, row, summary;
    int64_t row_step; /* of the row that is kept back; -1: there is none */
    int64_t row_ns;
    int64_t last_step; /* in the history; -1: none */
    yd_wandb_dataset datasets[SPLITS];
    char model_sequence[CLIENT_ID + 1];
    bool ended; /* the run is done or has failed */
    int exit_code;
} wandb;

int yd_wandb_bbox_interval(int given, int epochs)
{
    return given >= 0 ? given : epochs > 10 ? epochs / 10 : 1;
}

/* The name (128 bytes) of the validation picture of an epoch from which boxes are taken, without its end. */
static void boxes_stem(int epoch, char out[128])
{
    snprintf(out, 128, "val_e%d_b0", epoch);
}

static double seconds_at(const wandb *own, int64_t wall_ns)
{
    return own->runtime + (double)(wall_ns - own->start_ns) / (double)second_ns;
}

/* Files of the session. */

static yd_status write_text(const wandb *own, const char *name, yd_text *text, yd_error *error)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/files/%s", own->session, name);
    return yd_file_write_text(path, text, error);
}

static yd_status write_summary_file(const wandb *own, yd_error *error)
{
    yd_text text = {0};
    yd_wandb_values_json(&own->summary, &text);
    return write_text(own, "wandb-summary.json", &text, error);
}

static yd_status write_first_files(wandb *own, yd_error *error)
{
    static const char *const names[] = {"config.yaml", "wandb-metadata.json", "wandb-summary.json",
                                        "output.log"};
    char output[4200];
    yd_text text = {0};
    yd_wandb_values_yaml(&own->config, &text);
    YD_TRY(write_text(own, "config.yaml", &text, error));
    yd_wandb_machine_json(&own->machine, &text);
    YD_TRY(write_text(own, "wandb-metadata.json", &text, error));
    snprintf(output, sizeof output, "%s/files/output.log", own->session);
    YD_TRY(yd_appender_open(&own->output, output, error));
    YD_TRY(write_summary_file(own, error));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) yd_wandb_write_file(&own->writer, names[i]);
    return YD_OK;
}

/* The history. */

/* Pictures that stand for themselves: what a row is to show, and under which key. */
typedef struct group {
    const char *key;
    int count;
    const char *names[6];
} group;
static const group first_groups[] = {
    {"Labels", 2, {"labels.jpg", "labels_correlogram.jpg"}},
    {"Mosaics", 3, {"train_batch0.jpg", "train_batch1.jpg", "train_batch2.jpg"}}};
static const group last_groups[] = {
    {"Validation",
     6,
     {"val_batch0_labels.jpg", "val_batch0_pred.jpg", "val_batch1_labels.jpg", "val_batch1_pred.jpg",
      "val_batch2_labels.jpg", "val_batch2_pred.jpg"}},
    {"Results",
     6,
     {"results.png", "confusion_matrix.png", "F1_curve.png", "PR_curve.png", "P_curve.png", "R_curve.png"}}};

static yd_status add_groups(wandb *own, const group *groups, size_t count, yd_error *error)
{
    const yd_wandb_shelf shelf = {&own->writer, own->session, own->row_step};
    yd_status status = YD_OK;
    for (size_t i = 0; i < count && status == YD_OK; i++)
        status = yd_wandb_add_pictures(&shelf, own->start.run_folder, groups[i].key, groups[i].names,
                                       groups[i].count, &own->row, error);
    return status;
}

static yd_status add_boxes(wandb *own, yd_error *error)
{
    char stem[128];
    int interval = own->start.bbox_interval;
    if (interval < 1 || (own->row_step + 1) % interval != 0) return YD_OK;
    const yd_wandb_shelf shelf = {&own->writer, own->session, own->row_step};
    boxes_stem((int)own->row_step, stem);
    return yd_wandb_add_boxes(&shelf, own->start.run_folder, "Bounding Box Debugger/Images", stem,
                              own->start.class_names, own->start.nc, &own->row, error);
}

/* Puts down the row that was kept back, with the pictures of its epoch. A picture that cannot be copied is
 * the caller's to report; the row is there without it. */
static yd_status commit(wandb *own, bool last, yd_error *error)
{
    yd_status status = YD_OK;
    if (own->row_step < 0) return YD_OK;
    if (own->last_step < 0) status = add_groups(own, first_groups, 2, error);
    if (status == YD_OK) status = add_boxes(own, error);
    if (status == YD_OK && last) status = add_groups(own, last_groups, 2, error);
    yd_wandb_values_number(&own->row, "_runtime", seconds_at(own, own->row_ns));
    yd_wandb_values_number(&own->row, "_timestamp", (double)own->row_ns / (double)second_ns);
    yd_wandb_values_integer(&own->row, "_step", own->row_step);
    yd_wandb_write_history(&own->writer, &own->row, own->row_step);
    yd_wandb_write_summary(&own->writer, &own->row);
    yd_wandb_values_merge(&own->summary, &own->row);
    yd_wandb_values_clear(&own->row);
    own->last_step = own->row_step;
    own->row_step = -1;
    yd_error lesser;
    if (write_summary_file(own, status == YD_OK ? error : &lesser) != YD_OK && status == YD_OK)
        status = YD_ERR_IO;
    return status;
}

static void begin_row(wandb *own, int64_t step, int64_t wall_ns)
{
    own->row_step = step;
    own->row_ns = wall_ns;
}

static void add_scalars(wandb *own, const yd_scalar *scalars, int count)
{
    for (int i = 0; i < count; i++) yd_wandb_values_number(&own->row, scalars[i].name, scalars[i].value);
}

static void note_best(wandb *own, const yd_event *event)
{
    static const char *const names[] = {"best/precision", "best/recall", "best/mAP_0.5", "best/mAP_0.5:0.95"};
    const float values[] = {event->body.validation.precision, event->body.validation.recall,
                            event->body.validation.map50, event->body.validation.map50_95};
    yd_wandb_values best = {0};
    yd_wandb_values_integer(&best, "best/epoch", event->body.validation.epoch);
    for (int i = 0; i < 4; i++) yd_wandb_values_number(&best, names[i], (double)values[i]);
    yd_wandb_write_summary(&own->writer, &best);
    yd_wandb_values_merge(&own->summary, &best);
    yd_wandb_values_free(&best);
}

/* Artifacts. */

static void describe_model(const wandb *own, int epoch, double fitness, yd_text *metadata)
{
    yd_json json;
    yd_json_start(&json, metadata);
    yd_json_open(&json, NULL, '{');
    yd_json_string(&json, "original_url", own->start.run_folder);
    yd_json_integer(&json, "epochs_trained", epoch + 1);
    yd_json_string(&json, "project", own->start.project);
    yd_json_integer(&json, "total_epochs", own->start.epochs);
    yd_json_number(&json, "fitness_score", fitness);
    yd_json_close(&json, '}');
}

/* A version of the run's model: the file of that name below weights/, as path within the artifact. */
static yd_status add_model(wandb *own, const char *name, const char *path, const char *metadata,
                           const char *const *aliases, int alias_count, yd_error *error)
{
    char local[4200], title[128], client[CLIENT_ID + 1];
    yd_wandb_entry entry;
    snprintf(local, sizeof local, "%s/weights/%s", own->start.run_folder, name);
    snprintf(title, sizeof title, "run_%s_model", own->writer.id);
    YD_TRY(yd_wandb_entry_read(path, local, &entry, error));
    yd_wandb_random_word(client, CLIENT_ID);
    const yd_wandb_artifact artifact = {.entity = own->start.entity,
                                        .project = own->start.project,
                                        .type = "model",
                                        .name = title,
                                        .metadata = metadata,
                                        .aliases = aliases,
                                        .alias_count = alias_count,
                                        .entries = &entry,
                                        .entry_count = 1,
                                        .client_id = client,
                                        .sequence_id = own->model_sequence};
    yd_wandb_write_artifact(&own->writer, &artifact);
    return YD_OK;
}

/* epochN.pt, by --save-period: a file that stays as it is, for whenever the run is synced. */
static yd_status take_saved(wandb *own, const yd_event *event, yd_error *error)
{
    char name[sizeof event->body.saved.name + 1], wanted[32], numbered[32];
    int epoch = event->body.saved.epoch;
    memcpy(name, event->body.saved.name, sizeof event->body.saved.name);
    name[sizeof name - 1] = '\0';
    snprintf(wanted, sizeof wanted, "epoch%d.pt", epoch);
    if (strcmp(name, wanted) != 0) return YD_OK;
    snprintf(numbered, sizeof numbered, "epoch %d", epoch + 1);
    const char *const aliases[] = {"latest", "last", numbered};
    yd_text metadata = {0};
    describe_model(own, epoch, (double)event->body.saved.fitness, &metadata);
    yd_status status = metadata.failed || !metadata.data
                           ? yd_fail(error, YD_ERR_MEMORY, "no memory for an artifact")
                           : add_model(own, name, "last.pt", metadata.data, aliases, 3, error);
    yd_text_free(&metadata);
    return status;
}

static yd_status add_last_model(wandb *own, yd_error *error)
{
    static const char *const aliases[] = {"latest", "best", "stripped"};
    static const char *const names[] = {"best.pt", "last.pt"};
    char path[4200];
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/weights/%s", own->start.run_folder, names[i]);
        if (yd_file_exists(path)) return add_model(own, names[i], names[i], "", aliases, 3, error);
    }
    return YD_OK;
}

/* Events. */

/* The run went back within its session: what the history has of later epochs goes. */
static yd_status go_back(wandb *own, const yd_event *event, yd_error *error)
{
    yd_wandb_past past = {.last_step = -1};
    yd_appender *file = &own->writer.log.file;
    int64_t epoch = event->body.rollback.epoch;
    yd_wandb_values_clear(&own->row);
    own->row_step = -1;
    if (own->last_step < epoch) return YD_OK;
    YD_TRY(yd_appender_flush(file, false, error));
    YD_TRY(yd_wandb_trim_file(file->path, epoch, &past, &file->written, error));
    own->last_step = past.last_step;
    return YD_OK;
}

static void take_line(wandb *own, const yd_event *event)
{
    yd_text line = {0};
    yd_event_text_line(&own->told, event, NULL, &line);
    if (line.length && !line.failed) {
        yd_wandb_write_output(&own->writer, event->wall_ns, line.data);
        if (yd_appender_admits(&own->output)) yd_text_add_bytes(&own->output.waiting, line.data, line.length);
    }
    yd_text_free(&line);
}

static yd_status take(void *context, const yd_event *event, const yd_sink_matter *matter, yd_error *error)
{
    wandb *own = context;
    yd_scalar scalars[YD_EVENT_SCALARS];
    int64_t step;
    yd_status status = YD_OK;
    (void)matter;
    take_line(own, event);
    switch ((yd_event_type)event->type) {
    case YD_EVENT_EPOCH:
        status = commit(own, false, error);
        begin_row(own, event->body.epoch.epoch, event->wall_ns);
        add_scalars(own, scalars, yd_event_scalars_of(&own->scalars, event, &step, scalars));
        return status;
    case YD_EVENT_VALIDATION:
        add_scalars(own, scalars, yd_event_scalars_of(&own->scalars, event, &step, scalars));
        if (own->row_step >= 0 && !event->body.validation.asked) own->row_ns = event->wall_ns;
        if (event->body.validation.best) note_best(own, event);
        return YD_OK;
    case YD_EVENT_SAVED:
        return take_saved(own, event, error);
    case YD_EVENT_ROLLBACK:
        return go_back(own, event, error);
    case YD_EVENT_STATE:
        own->ended = event->body.state.to == YD_RUN_DONE || event->body.state.to == YD_RUN_FAILED;
        if (own->ended) own->exit_code = (int)event->body.state.exit_code;
        return YD_OK;
    default:
        return YD_OK;
    }
}

static void look(void *context, const yd_status_block *block)
{
    wandb *own = context;
    int64_t now = yd_wall_clock_ns();
    if (!block->memory_bytes) return; /* nobody has looked at the machine yet */
    if (own->stats_ns && now - own->stats_ns < stats_every_ns) return;
    own->stats_ns = now;
    yd_wandb_values values = {0};
    yd_wandb_machine_stats(&own->machine, block, &values);
    yd_wandb_write_stats(&own->writer, now, &values);
    yd_wandb_values_free(&values);
}

static yd_status read_datasets(wandb *own, int64_t deadline_ns, yd_error *error)
{
    for (int i = 0; i < own->start.split_count; i++)
        YD_TRY(yd_wandb_dataset_work(&own->datasets[i], &own->writer, own->start.entity, own->start.project,
                                     deadline_ns, error));
    return YD_OK;
}

static yd_status flush(void *context, yd_error *error)
{
    wandb *own = context;
    yd_error lesser;
    yd_status status = read_datasets(own, yd_clock_ns() + turn_ns, error);
    yd_appender *const files[] = {&own->output, &own->writer.log.file};
    for (int i = 0; i < 2; i++) { /* each, whatever became of the others */
        yd_status written = yd_appender_flush(files[i], false, status == YD_OK ? error : &lesser);
        if (status == YD_OK) status = written;
    }
    return status;
}

/* What the end of a session adds. */
static yd_status finish(wandb *own, yd_error *error)
{
    bool whole = own->ended && own->exit_code == 0;
    int64_t now = yd_wall_clock_ns();
    yd_status status = commit(own, whole, error);
    if (whole && status == YD_OK) status = add_last_model(own, error);
    if (status == YD_OK) status = read_datasets(own, yd_clock_ns() + patience_ns, error);
    for (int i = 0; i < own->start.split_count; i++)
        if (!own->datasets[i].done)
            yd_log(YD_LOG_WARNING, "W&B: the run ended before all of its data set was read: no artifact %s",
                   own->datasets[i].split.name);
    yd_wandb_write_exit(&own->writer, own->exit_code, (int64_t)seconds_at(own, now));
    return status;
}

static void release(wandb *own)
{
    yd_wandb_writer_close(&own->writer);
    yd_wandb_values_free(&own->config);
    yd_wandb_values_free(&own->row);
    yd_wandb_values_free(&own->summary);
    for (int i = 0; i < SPLITS; i++) yd_wandb_dataset_free(&own->datasets[i]);
    yd_event_text_free(&own->told);
    yd_appender_close(&own->output);
    yd_arena_destroy(own->arena);
    free(own);
}

static void end(void *context)
{
    wandb *own = context;
    yd_error error;
    if (finish(own, &error) != YD_OK) yd_log(YD_LOG_WARNING, "W&B: %s", error.message);
    if (flush(own, &error) != YD_OK) yd_log(YD_LOG_WARNING, "W&B: %s", error.message);
    release(own);
}

/* The beginning. */

static yd_status copy_start(wandb *own, const yd_wandb_start *start, yd_error *error)
{
    own->start = *start;
    const char **texts[] = {&own->start.run_folder, &own->start.place, &own->start.id,     &own->start.entity,
                            &own->start.project,    &own->start.name,  &own->start.program};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!(*texts[i] = yd_arena_strdup(own->arena, *texts[i])))
            return yd_fail(error, YD_ERR_MEMORY, "no memory");
    yd_wandb_values_merge(&own->config, start->config);
    own->start.config = &own->config;
    yd_copy_text(own->writer.id, sizeof own->writer.id, start->id);
    YD_ASSERT(start->split_count <= SPLITS);
    for (int i = 0; i < start->split_count; i++) own->datasets[i].split = start->splits[i];
    own->start.splits = NULL;
    return YD_OK;
}

/* The name in wandb/ that stands for the newest session. */
static void name_latest(const wandb *own)
{
    char link_path[4200], beside[4220];
    snprintf(link_path, sizeof link_path, "%s/latest-run", own->start.place);
    snprintf(beside, sizeof beside, "%s.new", link_path);
    unlink(beside);
    if (symlink(yd_path_name(own->session), beside) == 0 && rename(beside, link_path) != 0) unlink(beside);
}

static yd_status begin(wandb *own, yd_error *error)
{
    char path[4300];
    yd_wandb_past past;
    const yd_wandb_start *start = &own->start;
    own->start_ns = yd_wall_clock_ns();
    YD_TRY(yd_wandb_trim(start->place, start->id, start->epoch, &past, error));
    YD_TRY(yd_wandb_make_folder(start->place, start->id, own->start_ns, own->session, error));
    snprintf(path, sizeof path, "%s/run-%s.wandb", own->session, start->id);
    YD_TRY(yd_appender_open(&own->writer.log.file, path, error));
    own->runtime = past.runtime;
    own->last_step = past.last_step;
    yd_wandb_machine_read(&own->machine, start->program, start->run_folder, own->start_ns);
    const yd_wandb_run run = {.entity = start->entity,
                              .project = start->project,
                              .name = start->name,
                              .job = "Training",
                              .host = own->machine.host,
                              .start_ns = own->start_ns,
                              .resumed = start->resumed};
    yd_wandb_write_header(&own->writer, start->program);
    yd_wandb_write_run(&own->writer, &run, &own->config);
    yd_wandb_write_environment(&own->writer, &own->machine);
    YD_TRY(write_first_files(own, error));
    if (start->row.epoch > past.last_step) {
        yd_scalar scalars[YD_ROW_SCALARS];
        begin_row(own, start->row.epoch, own->start_ns);
        add_scalars(own, scalars, yd_row_scalars(&start->row, start->order, scalars));
    }
    name_latest(own);
    return yd_appender_flush(&own->writer.log.file, false, error);
}

yd_status yd_wandb_sink(const yd_wandb_start *start, yd_sink *sink, yd_error *error)
{
    wandb *made = calloc(1, sizeof *made);
    if (!made || !(made->arena = yd_arena_create(0))) {
        free(made);
        return yd_fail(error, YD_ERR_MEMORY, "no memory for W&B");
    }
    made->writer.log.file.fd = made->output.fd = -1;
    made->row_step = made->last_step = -1;
    yd_wandb_random_word(made->model_sequence, CLIENT_ID);
    yd_status status = copy_start(made, start, error);
    if (status == YD_OK) status = begin(made, error);
    if (status != YD_OK) {
        release(made);
        return status;
    }
    *sink =
        (yd_sink){.name = "W&B", .context = made, .take = take, .flush = flush, .close = end, .look = look};
    return YD_OK;
}
