#include "base/clock.h"
#include "base/file.h"
#include "base/protobuf.h"
#include "base/text.h"
#include "series/event_record.h"
#include "series/ledger.h"
#include "series/run_series.h"
#include "support/events.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A run folder of its own for each case. */
static char folder[4096];

static void new_folder(void)
{
    static int number;
    snprintf(folder, sizeof folder, "%s/run%d", yd_test_folder(), number++);
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
}

static void append(const char *name, const void *data, size_t length)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "ab"); /* event files are no lines, which yd_file_append takes them for */
    REQUIRE(file && fwrite(data, 1, length, file) == length && fclose(file) == 0);
}

static void append_text(const char *name, const char *text)
{
    append(name, text, strlen(text));
}

/* A record of count values, tag i: "tag i" where tags is NULL. */
static void append_event(const char *file, int64_t step, double wall, const char *const *tags, int count,
                         float value)
{
    yd_text event = {0}, summary = {0}, record = {0};
    for (int i = 0; i < count; i++) {
        yd_text own = {0};
        yd_wire_put_bytes(&own, 1, tags[i], strlen(tags[i]));
        yd_wire_put_float(&own, 2, value + (float)i);
        yd_wire_put_bytes(&summary, 1, own.data, own.length);
        yd_text_free(&own);
    }
    yd_wire_put_double(&event, 1, wall);
    yd_wire_put_varint(&event, 2, (uint64_t)step);
    yd_wire_put_bytes(&event, 5, summary.data, summary.length);
    yd_record_add(&record, event.data, event.length);
    append(file, record.data, record.length);
    yd_text_free(&event);
    yd_text_free(&summary);
    yd_text_free(&record);
}

static void append_restart(const char *file, int64_t step, double wall)
{
    static const char start[] = {0x08, 0x01};
    yd_text event = {0}, record = {0};
    yd_wire_put_double(&event, 1, wall);
    yd_wire_put_varint(&event, 2, (uint64_t)step);
    yd_wire_put_bytes(&event, 7, start, 2);
    yd_record_add(&record, event.data, event.length);
    append(file, record.data, record.length);
    yd_text_free(&event);
    yd_text_free(&record);
}

typedef struct loaded {
    yd_series_store *store;
    yd_run_series *run;
} loaded;

static void update(loaded *own)
{
    while (yd_run_series_update(own->run, 0)) continue;
}

static loaded load(const char *path)
{
    loaded own = {.store = yd_series_store_create()};
    yd_error error = {0};
    REQUIRE(own.store);
    if (yd_run_series_open(path, own.store, &own.run, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    update(&own);
    return own;
}

static void unload(loaded *own)
{
    yd_run_series_close(own->run);
    yd_series_store_destroy(own->store);
}

static int64_t count_of(const loaded *own, const char *name)
{
    const yd_series *series = yd_series_store_find(own->store, name);
    return series ? yd_series_count(series) : -1;
}

static double value_at(const loaded *own, const char *name, double step)
{
    yd_series_point point;
    const yd_series *series = yd_series_store_find(own->store, name);
    bool found = series && yd_series_before(series, YD_AXIS_STEP, step, &point);
    return found ? point.mean : (double)NAN;
}

static const char *const step_tags[] = {"step/box_loss", "step/obj_loss"};
static const char *const map_tag[] = {"metrics/mAP_0.5"};
static const char *const batches_tag[] = {"step/batches_per_epoch"};

#define CSV "epoch, train/box_loss, metrics/mAP_0.5, extra\n0, 1.5, 0.1, 7\n1, 1.25, 0.2, nan\n"

static void a_folder_of_python(void)
{
    new_folder();
    append_text("results.csv", CSV);
    loaded own = load(folder);
    CHECK(yd_series_store_count(own.store) == 3 && count_of(&own, "extra") == 2);
    CHECK_NEAR(value_at(&own, "train/box_loss", 1), 1.25, 0);
    CHECK(isnan(value_at(&own, "extra", 1)));
    /* A row more: read anew, nothing twice. */
    append_text("results.csv", "2, 1.0, 0.3, 9\n");
    update(&own);
    CHECK(count_of(&own, "train/box_loss") == 3 && yd_series_store_mark_count(own.store) == 0);
    uint64_t version = yd_series_store_version(own.store);
    update(&own);
    CHECK(yd_series_store_version(own.store) == version); /* nothing is new */
    unload(&own);
    /* The event file has the last word on what it has; the table on what it has not. */
    append_event("events.out.tfevents.1600000000.host.1.0", 0, 1.6e9, map_tag, 1, 0.125f);
    append_event("events.out.tfevents.1600000000.host.1.0", 1, 1.6e9 + 9, map_tag, 1, 0.25f);
    own = load(folder);
    CHECK(count_of(&own, "train/box_loss") == 3 && count_of(&own, "metrics/mAP_0.5") == 2);
    CHECK_NEAR(value_at(&own, "metrics/mAP_0.5", 0), 0.125, 0);
    CHECK(yd_series_store_mark_count(own.store) == 0);
    unload(&own);
}

static void the_seeds_folder(void)
{
    new_folder();
    append_text("results.txt",
                "       0/1        0G    0.0971   0.00911    0.0229    0.1291         4        64"
                "         0         0         0         0   0.07649  0.004009   0.01816\n");
    loaded own = load(folder);
    CHECK_NEAR(value_at(&own, "val/cls_loss", 0), 0.01816, 0);
    CHECK(yd_series_store_count(own.store) == 10);
    unload(&own);
}

static void sessions_of_a_resumed_run(void)
{
    static const char first[] = "events.out.tfevents.1600000000.host.1.0",
                      second[] = "events.out.tfevents.1600000500.host.9.0";
    new_folder();
    append_event(first, 0, 1.6e9, batches_tag, 1, 10);
    for (int i = 0; i < 40; i++) append_event(first, i, 1.6e9 + i, step_tags, 2, 1);
    for (int i = 0; i < 4; i++) append_event(first, i, 1.6e9 + 10 * i, map_tag, 1, 1);
    loaded own = load(folder);
    CHECK(count_of(&own, "step/box_loss") == 40 && count_of(&own, "step/obj_loss") == 40);
    CHECK(yd_series_store_batches(own.store) == 10 && count_of(&own, "step/batches_per_epoch") == -1);
    CHECK_NEAR(value_at(&own, "step/obj_loss", 17), 2, 0);
    /* The second session appears while we look on, and its file grows. */
    append_restart(second, 25, 1.6e9 + 500);
    append_event(second, 25, 1.6e9 + 501, step_tags, 2, 3);
    update(&own);
    CHECK(count_of(&own, "step/box_loss") == 26 && count_of(&own, "metrics/mAP_0.5") == 2);
    CHECK_NEAR(value_at(&own, "step/box_loss", 25), 3, 0);
    REQUIRE(yd_series_store_mark_count(own.store) == 1);
    CHECK_TEXT(yd_series_store_mark_at(own.store, 0)->text, "resumed");
    append_event(second, 26, 1.6e9 + 502, step_tags, 2, 3);
    append_event(second, 2, 1.6e9 + 503, map_tag, 1, 5);
    update(&own);
    CHECK(count_of(&own, "step/box_loss") == 27 && count_of(&own, "metrics/mAP_0.5") == 3);
    yd_run_series_report report;
    yd_run_series_tell(own.run, &report);
    CHECK(report.event_files == 2 && report.corrupt == 0 && report.records == 1 + 40 + 4 + 4 &&
          !report.problem[0]);
    unload(&own);
    /* All at once comes to the same. */
    own = load(folder);
    CHECK(count_of(&own, "step/box_loss") == 27 && count_of(&own, "metrics/mAP_0.5") == 3 &&
          yd_series_store_mark_count(own.store) == 1);
    unload(&own);
}

static void what_the_ring_brought_is_not_taken_again(void)
{
    static const char file[] = "events.out.tfevents.1600000000.host.1.0";
    new_folder();
    for (int i = 0; i < 10; i++) append_event(file, i, 1.6e9 + i, step_tags, 2, 1);
    loaded own = load(folder);
    yd_run_series_only_newer(own.run);
    int box = yd_series_store_open(own.store, "step/box_loss", 13);
    for (int i = 10; i < 15; i++) yd_series_store_add(own.store, box, i, 1.6e9 + i, 100);
    for (int i = 10; i < 20; i++) append_event(file, i, 1.6e9 + i, step_tags, 2, 1);
    update(&own);
    CHECK(count_of(&own, "step/box_loss") == 20);
    CHECK_NEAR(value_at(&own, "step/box_loss", 14), 100, 0);
    CHECK_NEAR(value_at(&own, "step/box_loss", 15), 1, 0);
    CHECK(yd_series_store_mark_count(own.store) == 0);
    unload(&own);
}

static void append_change(int number, int64_t step, const char *name, double from, double to)
{
    yd_text line = {0};
    yd_ledger_entry entry = {.number = number,
                             .step = step,
                             .made = {(int)step / 10, (int)step % 10},
                             .first = {(int)step / 10, (int)step % 10},
                             .from = from,
                             .to = to,
                             .wall_ns = 1600000000000000000 + step * 1000000000};
    yd_copy_text(entry.name, sizeof entry.name, name);
    yd_ledger_line(&entry, &line);
    append("tweaks.jsonl", line.data, line.length);
    yd_text_free(&line);
}

static void live_changes_are_marks(void)
{
    new_folder();
    append_change(1, 40, "save_period", -1, 5);
    append_text("tweaks.jsonl", "no json\n{\"step\": -4, \"name\": \"x\"}\n");
    append_change(2, 50, "lr_scale", 1, 0.5);
    loaded own = load(folder);
    REQUIRE(yd_series_store_mark_count(own.store) == 2);
    CHECK_TEXT(yd_series_store_mark_at(own.store, 0)->text, "save_period -1 -> 5");
    CHECK_TEXT(yd_series_store_mark_at(own.store, 1)->text, "lr_scale 1 -> 0.5");
    CHECK_NEAR(yd_series_store_mark_at(own.store, 1)->wall, 1600000050, 0.01);
    append_change(3, 60, "patience", 100, 3);
    update(&own);
    CHECK(yd_series_store_mark_count(own.store) == 3);
    char text[YD_MARK_TEXT];
    yd_mark_change_text(text, "patience", 100, 3); /* the event of the ring says the same */
    yd_series_store_mark(own.store, 60, 1.7e9, text);
    CHECK(yd_series_store_mark_count(own.store) == 3);
    unload(&own);
}

static void single_files(void)
{
    char path[4200];
    new_folder();
    append_text("any.csv", CSV);
    append_event("tfevents of mine", 5, 1.6e9, map_tag, 1, 0.5f);
    snprintf(path, sizeof path, "%s/any.csv", folder);
    loaded own = load(path);
    CHECK(count_of(&own, "metrics/mAP_0.5") == 2);
    unload(&own);
    snprintf(path, sizeof path, "%s/tfevents of mine", folder);
    own = load(path);
    CHECK(count_of(&own, "metrics/mAP_0.5") == 1);
    append_event("tfevents of mine", 6, 1.6e9 + 1, map_tag, 1, 0.5f);
    update(&own);
    CHECK(count_of(&own, "metrics/mAP_0.5") == 2);
    unload(&own);
}

static void what_cannot_be_read_is_told(void)
{
    char path[4300];
    yd_error error = {0};
    yd_run_series *run;
    yd_run_series_report report;
    new_folder();
    snprintf(path, sizeof path, "%s/not there", folder);
    CHECK(yd_run_series_open(path, NULL, &run, &error) == YD_ERR_IO && strstr(error.message, "not there"));
    append_text("results.csv", "this is no table\n");
    snprintf(path, sizeof path, "%s/a.tfevents.folder", folder);
    REQUIRE(yd_make_folders(path, NULL) == YD_OK);
    append_event("events.out.tfevents.1", 5, 1.6e9, map_tag, 1, 0.5f);
    append_text("events.out.tfevents.1", "rubbish behind it");
    loaded own = load(folder);
    CHECK(count_of(&own, "metrics/mAP_0.5") == 1 && yd_series_store_count(own.store) == 1);
    yd_run_series_tell(own.run, &report);
    CHECK(report.event_files == 2 && report.tables == 0 && report.corrupt == 1 &&
          strstr(report.problem, "a.tfevents.folder"));
    unload(&own);
    new_folder();
    own = load(folder); /* an empty one */
    CHECK(yd_series_store_count(own.store) == 0);
    unload(&own);
}

static void reads_in_slices(void)
{
    static const char file[] = "events.out.tfevents.1600000000.host.1.0";
    new_folder();
    for (int i = 0; i < 300; i++) append_event(file, i, 1.6e9 + i, step_tags, 2, 1);
    loaded own = {.store = yd_series_store_create()};
    REQUIRE(own.store && yd_run_series_open(folder, own.store, &own.run, NULL) == YD_OK);
    int slices = 1;
    while (yd_run_series_update(own.run, yd_clock_ns() - 1)) slices++;
    CHECK(slices > 3 && count_of(&own, "step/obj_loss") == 300);
    unload(&own);
}

/* What torch's SummaryWriter and TensorFlow 2 leave: tests/support/events/make.py says how it was made. */
static void files_of_other_writers(void)
{
    CHECK(yd_test_events_check(YD_SOURCE_DIR "/tests/support/events") == 92);
}

static const yd_test_case cases[] = {
    {"a folder of Python", a_folder_of_python},
    {"the seed's folder", the_seeds_folder},
    {"sessions of a resumed run", sessions_of_a_resumed_run},
    {"what the ring brought is not taken again", what_the_ring_brought_is_not_taken_again},
    {"live changes are marks", live_changes_are_marks},
    {"single files", single_files},
    {"what cannot be read is told", what_cannot_be_read_is_told},
    {"files of other writers", files_of_other_writers},
    {"reads in slices", reads_in_slices},
};
TEST_MAIN(cases)
