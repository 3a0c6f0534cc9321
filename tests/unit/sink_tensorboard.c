#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "series/run_series.h"
#include "sink/follower.h"
#include "sink/tensorboard.h"
#include "support/test.h"
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCHES = 10 };
static char folder[4096];

static void new_folder(void)
{
    static int number;
    snprintf(folder, sizeof folder, "%s/run%d", yd_test_folder(), number++);
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
}

static yd_sink begin(int64_t step, int last_row)
{
    yd_sink sink;
    yd_tensorboard_start start = {.step = step,
                                  .epoch = (int)(step / BATCHES),
                                  .batches = BATCHES,
                                  .row = {.epoch = last_row, .box = 7, .map50 = 0.75, .lr = {1, 2, 3}},
                                  .order = YD_RESULTS_BIAS_FIRST};
    REQUIRE(yd_tensorboard_sink(folder, &start, &sink, NULL) == YD_OK);
    return sink;
}

static yd_event event_at(yd_event_type type, double seconds)
{
    return (yd_event){.type = type, .wall_ns = 1600000000000000000 + (int64_t)(seconds * 1e9)};
}

static void take(yd_sink *sink, const yd_event *event)
{
    REQUIRE(sink->take(sink->context, event, NULL, NULL) == YD_OK);
}

static void train(yd_sink *sink, int from, int to, float loss)
{
    for (int i = from; i < to; i++) {
        yd_event event = event_at(YD_EVENT_STEP, i);
        event.body.step.step = i, event.body.step.box = loss, event.body.step.total = loss;
        event.body.step.memory_mb = 100;
        take(sink, &event);
        if (i % BATCHES < BATCHES - 1) continue;
        event = event_at(YD_EVENT_EPOCH, i + 0.25);
        event.body.epoch.epoch = i / BATCHES, event.body.epoch.box = loss, event.body.epoch.bias_first = 1;
        event.body.epoch.lr[0] = 1, event.body.epoch.lr[1] = 2, event.body.epoch.lr[2] = 3;
        take(sink, &event);
        event = event_at(YD_EVENT_VALIDATION, i + 0.5);
        event.body.validation.epoch = i / BATCHES, event.body.validation.map50 = loss;
        take(sink, &event);
    }
}

typedef struct loaded {
    yd_series_store *store;
    yd_run_series_report report;
} loaded;

static loaded load(void)
{
    loaded own = {.store = yd_series_store_create()};
    yd_run_series *run;
    REQUIRE(own.store && yd_run_series_open(folder, own.store, &run, NULL) == YD_OK);
    while (yd_run_series_update(run, 0)) continue;
    yd_run_series_tell(run, &own.report);
    yd_run_series_close(run);
    return own;
}

static int64_t count_of(const loaded *own, const char *name)
{
    const yd_series *series = yd_series_store_find(own->store, name);
    return series ? yd_series_count(series) : -1;
}

static double last_of(const loaded *own, const char *name)
{
    const yd_series *series = yd_series_store_find(own->store, name);
    return series ? yd_series_last_value(series) : (double)NAN;
}

static int event_files(char first[NAME_MAX + 1])
{
    int count = 0;
    DIR *listing = opendir(folder);
    struct dirent *entry;
    REQUIRE(listing);
    while ((entry = readdir(listing)) != NULL)
        if (strncmp(entry->d_name, "events.out.tfevents.", 20) == 0) {
            if (!count++ || strcmp(entry->d_name, first) < 0)
                snprintf(first, NAME_MAX + 1, "%s", entry->d_name);
        }
    closedir(listing);
    return count;
}

static void logs_a_run(void)
{
    static const char *const epoch_tags[] = {"train/box_loss",
                                             "train/obj_loss",
                                             "train/cls_loss",
                                             "metrics/precision",
                                             "metrics/recall",
                                             "metrics/mAP_0.5",
                                             "metrics/mAP_0.5:0.95",
                                             "val/box_loss",
                                             "val/obj_loss",
                                             "val/cls_loss",
                                             "x/lr0",
                                             "x/lr1",
                                             "x/lr2"};
    char name[NAME_MAX + 1];
    new_folder();
    yd_sink sink = begin(0, -1);
    CHECK(event_files(name) == 0); /* nothing before the first flush */
    train(&sink, 0, 25, 0.5f);
    yd_event change = event_at(YD_EVENT_CHANGED, 25);
    change.body.changed.step = 25, change.body.changed.to = 7;
    snprintf(change.body.changed.name, sizeof change.body.changed.name, "patience");
    take(&sink, &change);
    yd_event asked = event_at(YD_EVENT_VALIDATION, 26);
    asked.body.validation.epoch = 2, asked.body.validation.asked = 1;
    take(&sink, &asked);
    REQUIRE(sink.flush(sink.context, NULL) == YD_OK);
    loaded own = load(); /* while it is open */
    CHECK(count_of(&own, "step/box_loss") == 25 && own.report.corrupt == 0);
    yd_series_store_destroy(own.store);
    sink.close(sink.context);
    REQUIRE(event_files(name) == 1);
    CHECK(strspn(name + 20, "0123456789") == 10 && name[30] == '.');
    own = load();
    CHECK(yd_series_store_batches(own.store) == BATCHES && own.report.corrupt == 0);
    for (size_t i = 0; i < sizeof epoch_tags / sizeof *epoch_tags; i++)
        CHECK(count_of(&own, epoch_tags[i]) == 2);
    CHECK(count_of(&own, "step/lr_biases") == 25 && count_of(&own, "step/memory_mb") == 25);
    CHECK_NEAR(last_of(&own, "step/loss"), 0.5, 0);
    CHECK_NEAR(last_of(&own, "x/lr0"), 3, 0); /* biases first */
    CHECK_NEAR(last_of(&own, "tweak/patience"), 7, 0);
    CHECK(yd_series_store_mark_count(own.store) == 0);
    yd_series_store_destroy(own.store);
}

/* What changes slowly is not told with every step. */
static void slow_values_are_told_once_a_second(void)
{
    new_folder();
    yd_sink sink = begin(0, -1);
    for (int i = 0; i < 100; i++) {
        yd_event event = event_at(YD_EVENT_STEP, i * 0.1);
        event.body.step.step = i, event.body.step.memory_mb = i >= 50 ? 80 : 0;
        take(&sink, &event);
    }
    sink.close(sink.context);
    loaded own = load();
    CHECK(count_of(&own, "step/loss") == 100 && count_of(&own, "step/images_per_second") == 10);
    CHECK(count_of(&own, "step/memory_mb") == 5);
    yd_series_store_destroy(own.store);
}

static void a_resumed_run_is_one_curve(void)
{
    char name[NAME_MAX + 1], path[8400];
    new_folder();
    yd_sink sink = begin(0, -1);
    train(&sink, 0, 47, 1);
    sink.close(sink.context);
    REQUIRE(event_files(name) == 1);
    /* As if the power had failed in the middle of a record. */
    snprintf(path, sizeof path, "%s/%s", folder, name);
    struct stat info;
    REQUIRE(stat(path, &info) == 0 && truncate(path, info.st_size - 5) == 0);
    sink = begin(35, 2); /* from a checkpoint after step 34 */
    train(&sink, 35, 45, 2);
    sink.close(sink.context);
    CHECK(event_files(name) == 2);
    loaded own = load();
    CHECK(count_of(&own, "step/loss") == 45 && count_of(&own, "metrics/mAP_0.5") == 4 &&
          own.report.corrupt == 0);
    CHECK_NEAR(last_of(&own, "step/loss"), 2, 0);
    REQUIRE(yd_series_store_mark_count(own.store) == 1);
    CHECK(yd_series_store_mark_at(own.store, 0)->step == 35);
    yd_series_store_destroy(own.store);
    /* The files themselves say nothing twice: every record before the second file is about what was before.
     */
    yd_series_point point;
    own = load();
    REQUIRE(yd_series_nearest(yd_series_store_find(own.store, "step/loss"), YD_AXIS_STEP, 34, &point));
    CHECK_NEAR(point.mean, 1, 0);
    REQUIRE(stat(path, &info) == 0);
    int64_t cut = info.st_size;
    yd_series_store_destroy(own.store);
    /* Further back than the second session began: its file keeps no more than its head. */
    sink = begin(20, 1);
    train(&sink, 20, 22, 3);
    sink.close(sink.context);
    REQUIRE(stat(path, &info) == 0);
    CHECK(info.st_size < cut);
    own = load();
    CHECK(count_of(&own, "step/loss") == 22 && count_of(&own, "metrics/mAP_0.5") == 2 &&
          own.report.event_files == 3);
    yd_series_store_destroy(own.store);
    /* A new run in an old folder. */
    sink = begin(0, -1);
    train(&sink, 0, 3, 4);
    sink.close(sink.context);
    own = load();
    CHECK(count_of(&own, "step/loss") == 3 && count_of(&own, "metrics/mAP_0.5") == -1);
    yd_series_store_destroy(own.store);
}

/* Without a new session: the engine went back to a checkpoint. */
static void a_run_that_goes_back_is_one_curve(void)
{
    char name[NAME_MAX + 1];
    new_folder();
    yd_sink sink = begin(0, -1);
    train(&sink, 0, 37, 1);
    REQUIRE(sink.flush(sink.context, NULL) == YD_OK);
    train(&sink, 37, 43, 1);
    yd_event event = event_at(YD_EVENT_ROLLBACK, 43);
    event.body.rollback.from = 43, event.body.rollback.to = 15;
    event.body.rollback.epoch = 1, event.body.rollback.batch = 5;
    take(&sink, &event);
    train(&sink, 15, 32, 2);
    sink.close(sink.context);
    CHECK(event_files(name) == 2);
    loaded own = load();
    CHECK(count_of(&own, "step/loss") == 32 && count_of(&own, "metrics/mAP_0.5") == 3);
    REQUIRE(yd_series_store_mark_count(own.store) == 1);
    CHECK(yd_series_store_mark_at(own.store, 0)->step == 15);
    yd_series_store_destroy(own.store);
    int last_epoch; /* and the files themselves say nothing twice */
    CHECK(yd_tensorboard_trim(folder, INT64_MAX, 1, &last_epoch, NULL) == YD_OK && last_epoch == 0);
    own = load();
    CHECK(count_of(&own, "step/loss") == 20);
    yd_series_store_destroy(own.store);
}

/* Killed between saving an epoch and logging it: what the checkpoint knows of it is logged. */
static void the_row_that_is_missing_is_written(void)
{
    new_folder();
    yd_sink sink = begin(0, -1);
    train(&sink, 0, 19, 1);
    sink.close(sink.context);
    sink = begin(20, 1);
    sink.flush(sink.context, NULL);
    sink.close(sink.context);
    loaded own = load();
    CHECK(count_of(&own, "metrics/mAP_0.5") == 2 && count_of(&own, "x/lr2") == 2);
    CHECK_NEAR(last_of(&own, "metrics/mAP_0.5"), 0.75, 0);
    CHECK_NEAR(last_of(&own, "x/lr0"), 3, 0);
    yd_series_store_destroy(own.store);
    sink = begin(20, 1); /* and once */
    sink.flush(sink.context, NULL);
    sink.close(sink.context);
    int last_epoch;
    CHECK(yd_tensorboard_trim(folder, 20, 2, &last_epoch, NULL) == YD_OK && last_epoch == 1);
    own = load();
    CHECK(count_of(&own, "metrics/mAP_0.5") == 2);
    yd_series_store_destroy(own.store);
}

static void files_of_others_are_left_alone(void)
{
    char path[4200], *before, *after;
    size_t length, length_after;
    int last_epoch;
    new_folder();
    yd_sink sink = begin(0, -1);
    train(&sink, 0, 20, 1);
    sink.close(sink.context);
    char name[NAME_MAX + 1];
    REQUIRE(event_files(name) == 1);
    snprintf(path, sizeof path, "%s/%.100s", folder, name);
    REQUIRE(yd_file_read(path, 0, &before, &length, NULL) == YD_OK);
    char *writer = memmem(before, length, "yolodeck", 8);
    REQUIRE(writer);
    /* The same file by somebody else: with the record of the writer broken it is not ours. */
    memcpy(writer, "somebody", 8);
    REQUIRE(yd_file_write(path, before, length, NULL) == YD_OK);
    CHECK(yd_tensorboard_trim(folder, 5, 0, &last_epoch, NULL) == YD_OK && last_epoch == -1);
    REQUIRE(yd_file_read(path, 0, &after, &length_after, NULL) == YD_OK);
    CHECK(length == length_after && memcmp(before, after, length) == 0);
    free(before);
    free(after);
}

/* A file system that is full: what waits is written when there is room again, and nothing is torn. */
static void a_full_disk_is_waited_for(void)
{
    struct rlimit normal, small;
    yd_error error = {0};
    new_folder();
    yd_sink sink = begin(0, -1);
    train(&sink, 0, 5, 1);
    REQUIRE(sink.flush(sink.context, NULL) == YD_OK);
    signal(SIGXFSZ, SIG_IGN);
    REQUIRE(getrlimit(RLIMIT_FSIZE, &normal) == 0);
    small = (struct rlimit){1700, normal.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    train(&sink, 5, 40, 1);
    yd_status status = sink.flush(sink.context, &error);
    yd_status again = sink.flush(sink.context, &error);
    REQUIRE(setrlimit(RLIMIT_FSIZE, &normal) == 0);
    CHECK(status == YD_ERR_IO && again == YD_ERR_IO && strstr(error.message, "events.out.tfevents"));
    loaded own = load();
    CHECK(count_of(&own, "step/loss") == 5 && own.report.corrupt == 0);
    yd_series_store_destroy(own.store);
    CHECK(sink.flush(sink.context, &error) == YD_OK);
    sink.close(sink.context);
    own = load();
    CHECK(count_of(&own, "step/loss") == 40 && own.report.corrupt == 0);
    yd_series_store_destroy(own.store);
}

static void a_folder_that_is_gone_is_an_error(void)
{
    yd_error error = {0};
    snprintf(folder, sizeof folder, "%s/gone", yd_test_folder());
    yd_sink sink = begin(0, -1);
    train(&sink, 0, 5, 1);
    CHECK(sink.flush(sink.context, &error) == YD_ERR_IO && strstr(error.message, "gone"));
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    CHECK(sink.flush(sink.context, &error) == YD_OK); /* what was taken meanwhile is not lost */
    sink.close(sink.context);
    loaded own = load();
    CHECK(count_of(&own, "step/loss") == 5);
    yd_series_store_destroy(own.store);
}

static void names_come_behind_those_that_are_there(void)
{
    char path[4300], name[NAME_MAX + 1];
    new_folder();
    snprintf(path, sizeof path, "%s/events.out.tfevents.1999999998.host.1.0", folder);
    REQUIRE(yd_file_write(path, "", 0, NULL) == YD_OK);
    yd_sink sink = begin(0, -1);
    CHECK(sink.flush(sink.context, NULL) == YD_OK);
    sink.close(sink.context);
    REQUIRE(unlink(path) == 0 && event_files(name) == 1);
    CHECK(strncmp(name, "events.out.tfevents.1999999999.", 31) == 0);
}

/* The thread between ring and sinks. */

typedef struct counter {
    int taken, flushed, closed;
    int64_t last;
    bool fails;
} counter;

static yd_status count_event(void *context, const yd_event *event, const yd_sink_matter *matter,
                             yd_error *error)
{
    counter *own = context;
    if (event->type == YD_EVENT_STEP) {
        own->taken++;
        CHECK(event->body.step.step == own->last + 1);
        own->last = event->body.step.step;
    }
    CHECK(matter && !matter->row);
    return own->fails ? yd_fail(error, YD_ERR_IO, "this sink fails") : YD_OK;
}

static yd_status count_flush(void *context, yd_error *error)
{
    counter *own = context;
    (void)error;
    own->flushed++;
    return YD_OK;
}

static void count_close(void *context)
{
    ((counter *)context)->closed++;
}

static int warnings;

static void count_warning(void *context, yd_log_level level, const char *line)
{
    (void)context;
    warnings += level == YD_LOG_WARNING && strstr(line, "this sink fails") != NULL;
}

static void the_follower_hands_on_what_is_published(void)
{
    yd_ring *ring;
    yd_follower *follower;
    counter good = {0}, bad = {.fails = true};
    const yd_sink sinks[] = {
        {.name = "bad", .context = &bad, .take = count_event, .close = count_close},
        {.name = "good", .context = &good, .take = count_event, .flush = count_flush, .close = count_close}};
    REQUIRE(yd_ring_create(1024, &ring, NULL) == YD_OK);
    yd_event_body body = {0};
    body.step.step = 1;
    yd_ring_publish(ring, YD_EVENT_STEP, &body); /* before it begins */
    yd_log_set_receiver(count_warning, NULL);
    REQUIRE(yd_follower_start(ring, sinks, 2, &follower, NULL) == YD_OK);
    for (int i = 2; i <= 500; i++) {
        body.step.step = i;
        yd_ring_publish(ring, YD_EVENT_STEP, &body);
    }
    yd_follower_stop(follower); /* and what is left in the ring */
    yd_log_set_receiver(NULL, NULL);
    CHECK(good.taken == 500 && bad.taken == 500 && good.flushed >= 1 && good.closed == 1 && bad.closed == 1);
    CHECK(warnings == 1);
    yd_follower_stop(NULL);
    yd_ring_destroy(ring);
}

static const yd_test_case cases[] = {
    {"logs a run", logs_a_run},
    {"slow values are told once a second", slow_values_are_told_once_a_second},
    {"a resumed run is one curve", a_resumed_run_is_one_curve},
    {"a run that goes back is one curve", a_run_that_goes_back_is_one_curve},
    {"the row that is missing is written", the_row_that_is_missing_is_written},
    {"files of others are left alone", files_of_others_are_left_alone},
    {"a full disk is waited for", a_full_disk_is_waited_for},
    {"a folder that is gone is an error", a_folder_that_is_gone_is_an_error},
    {"names come behind those that are there", names_come_behind_those_that_are_there},
    {"the follower hands on what is published", the_follower_hands_on_what_is_published},
};
TEST_MAIN(cases)
