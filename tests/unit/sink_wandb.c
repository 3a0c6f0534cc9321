#include "base/clock.h"
#include "base/file.h"
#include "base/md5.h"
#include "sink/wandb.h"
#include "sink/wandb_folder.h"
#include "sink/wandb_log.h"
#include "sink/wandb_writer.h"
#include "support/test.h"
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void md5_of_known_texts(void)
{
    /* RFC 1321, A.5, and a text of more than one block */
    static const struct {
        const char *text, *digest;
    } known[] = {{"", "d41d8cd98f00b204e9800998ecf8427e"},
                 {"abc", "900150983cd24fb0d6963f7d28e17f72"},
                 {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                  "57edf4a22be3c955ac49da2e2107b67a"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        yd_hash hash;
        uint8_t digest[16];
        char hex[33];
        yd_md5_start(&hash);
        for (const char *c = known[i].text; *c; c += strnlen(c, 7)) yd_hash_add(&hash, c, strnlen(c, 7));
        yd_md5_finish(&hash, digest);
        for (int k = 0; k < 16; k++) snprintf(hex + 2 * k, 3, "%02x", digest[k]);
        CHECK_TEXT(hex, known[i].digest);
    }
}

/* The log. */

enum { MOST = 64 };
typedef struct received {
    int count;
    size_t lengths[MOST];
    int64_t offsets[MOST];
    bool whole;
} received;

/* Record number i holds bytes i. */
static void receive(void *context, const void *payload, size_t length, int64_t offset)
{
    received *all = context;
    const uint8_t *bytes = payload;
    REQUIRE(all->count < MOST);
    for (size_t i = 0; i < length; i++) all->whole &= bytes[i] == all->count;
    all->lengths[all->count] = length;
    all->offsets[all->count++] = offset;
}

static const size_t lengths[] = {0,     1,     32768 - 7 - 7 - 8 - 7 - 3, /* 3 bytes of the block are left */
                                 10,    32768, 100000,
                                 32754, 5};
enum { RECORDS = sizeof lengths / sizeof *lengths };

static void write_records(yd_wandb_log *log, bool flush_each)
{
    static uint8_t payload[100000];
    for (int i = 0; i < RECORDS; i++) {
        memset(payload, i, lengths[i]);
        yd_wandb_log_add(log, payload, lengths[i]);
        if (flush_each) REQUIRE(yd_appender_flush(&log->file, false, NULL) == YD_OK);
    }
}

static void records_come_back(void)
{
    char path[4200];
    int64_t end;
    yd_wandb_log log = {.file.fd = -1};
    snprintf(path, sizeof path, "%s/log.wandb", yd_test_folder());
    REQUIRE(yd_appender_open(&log.file, path, NULL) == YD_OK);
    write_records(&log, true);
    yd_appender_close(&log.file);
    received all = {.whole = true};
    REQUIRE(yd_wandb_log_read(path, receive, &all, &end, NULL) == YD_OK);
    CHECK(all.whole && all.count == RECORDS);
    for (int i = 0; i < RECORDS; i++) CHECK(all.lengths[i] == lengths[i]);
    CHECK(all.offsets[0] == 7 && all.offsets[3] == 32768);
    struct stat info;
    CHECK(stat(path, &info) == 0 && info.st_size == end);
}

/* Where the file is cut, or a bit is turned, what comes before is read, and nothing behind it. */
static void damage_ends_it(void)
{
    yd_wandb_log log = {.file.fd = -1};
    int64_t end;
    write_records(&log, false);
    yd_text *text = &log.file.waiting;
    received all = {.whole = true};
    REQUIRE(yd_wandb_log_scan(text->data, text->length, receive, &all, &end));
    CHECK(all.count == RECORDS && end == (int64_t)text->length);
    for (int i = 1; i < RECORDS; i++) {
        received cut = {.whole = true};
        CHECK(yd_wandb_log_scan(text->data, (size_t)all.offsets[i] + 6, receive, &cut, &end));
        CHECK(cut.count == i && cut.whole);
        text->data[all.offsets[i] + 1] ^= 4;
        received damaged = {.whole = true};
        CHECK(yd_wandb_log_scan(text->data, text->length, receive, &damaged, &end));
        CHECK(damaged.count == i && damaged.whole);
        text->data[all.offsets[i] + 1] ^= 4;
    }
    CHECK(!yd_wandb_log_scan("no log at all", 13, receive, &all, &end));
    CHECK(!yd_wandb_log_scan("", 0, receive, &all, &end));
    yd_appender_close(&log.file);
}

/* Sessions. */

static char folder[4096];

static yd_sink begin(int epoch, int last_row, bool resumed)
{
    static yd_wandb_values config;
    char place[4200];
    yd_sink sink;
    snprintf(place, sizeof place, "%s/wandb", folder);
    yd_wandb_values_integer(&config, "epochs", 9);
    yd_wandb_start start = {.run_folder = folder,
                            .place = place,
                            .id = "abc12345",
                            .entity = "",
                            .project = "p",
                            .name = "exp",
                            .program = "test",
                            .config = &config,
                            .epochs = 9,
                            .epoch = epoch,
                            .resumed = resumed,
                            .row = {.epoch = last_row, .box = 7},
                            .order = YD_RESULTS_BIAS_FIRST};
    REQUIRE(yd_wandb_sink(&start, &sink, NULL) == YD_OK);
    yd_wandb_values_free(&config);
    return sink;
}

static void take(yd_sink *sink, yd_event *event)
{
    event->wall_ns = yd_wall_clock_ns();
    REQUIRE(sink->take(sink->context, event, NULL, NULL) == YD_OK);
    REQUIRE(sink->flush(sink->context, NULL) == YD_OK);
}

static void train(yd_sink *sink, int from, int to)
{
    for (int i = from; i < to; i++) {
        yd_event event = {.type = YD_EVENT_EPOCH, .body.epoch = {.epoch = i, .box = (float)i}};
        take(sink, &event);
        event = (yd_event){.type = YD_EVENT_VALIDATION, .body.validation = {.epoch = i, .best = i == 1}};
        take(sink, &event);
    }
}

typedef struct steps {
    int64_t all[MOST];
    int count;
} steps;

static void note_step(void *context, const void *record, size_t length, int64_t offset)
{
    steps *found = context;
    double runtime;
    (void)offset;
    if (yd_wandb_record_step(record, length, &found->all[found->count], &runtime)) {
        CHECK(runtime >= 0);
        found->count++;
    }
}

static int sessions(const struct dirent *entry)
{
    return strncmp(entry->d_name, "offline-run-", 12) == 0;
}

static int steps_of(int64_t out[MOST])
{
    char place[4200], path[4800];
    struct dirent **names;
    steps found = {0};
    snprintf(place, sizeof place, "%s/wandb", folder);
    int count = scandir(place, &names, sessions, alphasort);
    for (int i = 0; i < count; i++) {
        int64_t end;
        snprintf(path, sizeof path, "%s/%s/run-abc12345.wandb", place, names[i]->d_name);
        REQUIRE(yd_wandb_log_read(path, note_step, &found, &end, NULL) == YD_OK);
        free(names[i]);
    }
    free(names);
    memcpy(out, found.all, sizeof found.all);
    return found.count;
}

static void check_steps(int wanted)
{
    int64_t found[MOST];
    CHECK(steps_of(found) == wanted);
    for (int i = 0; i < wanted; i++) CHECK(found[i] == i);
}

static void new_folder(void)
{
    static int number;
    snprintf(folder, sizeof folder, "%s/run%d", yd_test_folder(), number++);
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
}

static void each_epoch_is_a_step_once(void)
{
    new_folder();
    yd_sink sink = begin(0, -1, false);
    train(&sink, 0, 3);
    sink.close(sink.context);
    check_steps(3);
    /* an older checkpoint: what came later goes */
    sink = begin(1, 0, true);
    train(&sink, 1, 5);
    sink.close(sink.context);
    check_steps(5);
}

/* Killed between the checkpoint of epoch 1 and its line here: the row travels in the checkpoint. */
static void a_row_that_is_missing_is_written(void)
{
    new_folder();
    yd_sink sink = begin(0, -1, false);
    train(&sink, 0, 1);
    sink.close(sink.context);
    sink = begin(2, 1, true);
    train(&sink, 2, 4);
    sink.close(sink.context);
    check_steps(4);
}

static void a_run_that_goes_back_is_cut(void)
{
    new_folder();
    yd_sink sink = begin(0, -1, false);
    train(&sink, 0, 4);
    yd_event event = {.type = YD_EVENT_ROLLBACK, .body.rollback = {.epoch = 2}};
    take(&sink, &event);
    train(&sink, 2, 6);
    sink.close(sink.context);
    check_steps(6);
}

/* A full file system: output.log gets each line once, and whole, when there is room again. */
static void a_full_disk_is_waited_for(void)
{
    enum { LINES = 60 };
    struct rlimit normal;
    yd_error error = {0};
    char path[8400], *text;
    size_t length;
    new_folder();
    yd_sink sink = begin(0, -1, false);
    signal(SIGXFSZ, SIG_IGN);
    REQUIRE(getrlimit(RLIMIT_FSIZE, &normal) == 0);
    const struct rlimit small = {1500, normal.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    for (int i = 0; i < LINES; i++) {
        yd_event event = {.type = YD_EVENT_LOG, .wall_ns = yd_wall_clock_ns()};
        snprintf(event.body.log.text, sizeof event.body.log.text, "line %d of many.", i);
        REQUIRE(sink.take(sink.context, &event, NULL, NULL) == YD_OK);
        yd_status status = sink.flush(sink.context, &error);
        CHECK(i < LINES - 1 || (status == YD_ERR_IO && strstr(error.message, "cannot write")));
    }
    REQUIRE(setrlimit(RLIMIT_FSIZE, &normal) == 0);
    CHECK(sink.flush(sink.context, NULL) == YD_OK);
    sink.close(sink.context);
    snprintf(path, sizeof path, "%s/wandb/latest-run/files/output.log", folder);
    REQUIRE(yd_file_read(path, 0, &text, &length, NULL) == YD_OK);
    const char *at = text;
    for (int i = 0; i < LINES; i++) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "line %d of many.\n", i);
        const char *newline = strchr(at, '\n'), *found = strstr(at, "line ");
        REQUIRE(newline && found && strncmp(found, wanted, strlen(wanted)) == 0 && found < newline);
        at = newline + 1;
    }
    CHECK_TEXT(at, "");
    free(text);
}

static void bbox_interval_is_the_reference_s(void)
{
    CHECK(yd_wandb_bbox_interval(-1, 10) == 1);
    CHECK(yd_wandb_bbox_interval(-1, 11) == 1);
    CHECK(yd_wandb_bbox_interval(-1, 300) == 30);
    CHECK(yd_wandb_bbox_interval(5, 300) == 5);
}

static void values_are_kept_by_key(void)
{
    yd_wandb_values values = {0};
    yd_text text = {0};
    yd_wandb_values_number(&values, "a", 0.5);
    yd_wandb_values_number(&values, "b", (double)__builtin_nanf(""));
    yd_wandb_values_integer(&values, "a", 3);
    yd_wandb_values_json(&values, &text);
    CHECK_TEXT(text.data, "{\"a\": 3, \"b\": \"NaN\"}\n");
    yd_text_clear(&text);
    yd_wandb_values_yaml(&values, &text);
    CHECK_TEXT(text.data, "\"a\":\n    value: 3\n\"b\":\n    value: \"NaN\"\n");
    yd_text_free(&text);
    yd_wandb_values_free(&values);
}

static const yd_test_case cases[] = {
    {"MD5 of known texts", md5_of_known_texts},
    {"records of any length come back", records_come_back},
    {"damage ends the reading", damage_ends_it},
    {"each epoch is a step, once", each_epoch_is_a_step_once},
    {"a row that is missing is written", a_row_that_is_missing_is_written},
    {"a run that goes back is cut", a_run_that_goes_back_is_cut},
    {"a full disk is waited for", a_full_disk_is_waited_for},
    {"the interval of boxes is the reference's", bbox_interval_is_the_reference_s},
    {"values are kept by key", values_are_kept_by_key},
};
TEST_MAIN(cases)
