#include "base/file.h"
#include "series/class_file.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[] = {"cat", "gr\303\266\303\237e \"x\"", "esc\033[2J"};

static const yd_class_row rows[] = {
    {.images = 3, .labels = 9, .precision = .5, .recall = .25, .map50 = .75, .map50_95 = .125},
    {.precision = (double)NAN, .recall = (double)NAN, .map50 = (double)NAN, .map50_95 = (double)NAN},
    {.images = 1, .labels = 2, .map50_95 = 1}};
static const yd_confusion_entry entries[] = {{0, 0, 7}, {0, 3, 2}, {1, 0, 1}, {3, 2, 2}};

static yd_class_report some_report(int epoch, int64_t step, yd_class_why why)
{
    return (yd_class_report){.head = {epoch, step, why},
                             .time = 1700000000.5 + (double)step,
                             .images = 4,
                             .labels = 11,
                             .precision = .5,
                             .recall = .25,
                             .map50 = .75,
                             .map50_95 = .5,
                             .fitness = .525,
                             .confidence = .3,
                             .class_count = 3,
                             .names = names,
                             .rows = rows,
                             .has_confusion = true,
                             .entry_count = 4,
                             .entries = entries};
}

static void comes_back_as_written(void)
{
    yd_text line = {0};
    yd_class_report report = some_report(7, 320, YD_CLASS_ASKED), found;
    yd_error error;
    yd_class_report_write(&report, &line);
    REQUIRE(!line.failed && line.data[line.length - 1] == '\n' && !memchr(line.data, '\n', line.length - 1));
    REQUIRE(yd_class_report_read(line.data, line.length - 1, &found, &error) == YD_OK);
    CHECK(found.head.epoch == 7 && found.head.step == 320 && found.head.why == YD_CLASS_ASKED);
    CHECK_NEAR(found.time, 1700000320.5, 1);
    CHECK(found.images == 4 && found.labels == 11 && found.class_count == 3);
    CHECK_NEAR(found.fitness, .525, 1e-8);
    for (int c = 0; c < 3; c++) {
        CHECK_TEXT(found.names[c], names[c]);
        CHECK(found.rows[c].images == rows[c].images && found.rows[c].labels == rows[c].labels);
        CHECK(found.rows[c].map50_95 == rows[c].map50_95 || isnan(rows[c].map50_95));
        CHECK(isnan(found.rows[c].precision) == isnan(rows[c].precision));
    }
    CHECK(found.has_confusion && found.entry_count == 4);
    CHECK(yd_class_report_count(&found, 0, 3) == 2 && yd_class_report_count(&found, 3, 2) == 2);
    CHECK(yd_class_report_count(&found, 2, 2) == 0);
    yd_class_report_free(&found);
    yd_text_free(&line);
}

static void refuses_what_is_no_line(void)
{
#define HEAD "{\"epoch\": 1, \"step\": 2, \"why\": \"epoch\""
#define COLUMNS(images)                                                                                      \
    "\"classes\": {\"images\": " images                                                                      \
    ", \"labels\": [1], \"precision\": [1], \"recall\": [1], \"map50\": [1], \"map50_95\": [1]}"
    static const char *const bad[] = {
        "",
        "{}",
        HEAD,
        HEAD "}",
        HEAD ", \"names\": [\"a\"]}",
        HEAD ", \"names\": [\"a\", \"b\"], " COLUMNS("[1]") "}",
        HEAD ", \"names\": [\"a\"], " COLUMNS("[1, 2]") "}",
        HEAD ", \"names\": [\"a\"], \"names\": [\"b\"], " COLUMNS("[1]") "}",
        HEAD ", \"names\": [\"a\"], " COLUMNS("[1]") ", \"confusion\": [[2, 0, 1]]}",
        HEAD ", \"names\": [\"a\"], " COLUMNS("[1]") ", \"confusion\": [[0, 0, 1], [0, 0, 1]]}",
        HEAD ", \"names\": [\"a\"], " COLUMNS("[1]") ", \"confusion\": [[0, 0]]}",
        HEAD ", \"names\": [\"a\"], " COLUMNS("[1]") ", \"confusion\": [[0, 0, 1, 2]]}",
        HEAD ", \"names\": [\"a\"], " COLUMNS("[1]") "} x",
        "{\"epoch\": -1, \"step\": 2, \"why\": \"epoch\", \"names\": [], \"classes\": {}}",
        "{\"epoch\": 1, \"step\": 2, \"why\": \"whim\", \"names\": [\"a\"], " COLUMNS("[1]") "}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        yd_class_report report;
        yd_error error;
        if (yd_class_report_read(bad[i], strlen(bad[i]), &report, &error) != YD_ERR_FORMAT)
            yd_test_fatal(__FILE__, __LINE__, "taken: %s", bad[i]);
        CHECK(!report.arena && !report.class_count);
    }
    static const char good[] =
        "{\"later\": {\"x\": [1]}, \"why\": \"final\", \"step\": 2, \"epoch\": 1, \"names\": "
        "[\"a\"], " COLUMNS("[1]") ", \"confusion\": [[1, 0, 2], [0, 1, 1], [0, 0, 0]]}";
    yd_class_report report;
    yd_error error;
    REQUIRE(yd_class_report_read(good, sizeof good - 1, &report, &error) == YD_OK);
    CHECK(report.entry_count == 2 && report.entries[0].predicted == 0); /* in order, zeros left out */
    CHECK(isnan(report.map50));
    yd_class_report_free(&report);
}

static char path[4200];
static void append(int epoch, int64_t step, yd_class_why why)
{
    yd_text line = {0};
    yd_class_report report = some_report(epoch, step, why);
    yd_class_report_write(&report, &line);
    REQUIRE(yd_file_append(path, line.data, line.length, NULL) == YD_OK);
    yd_text_free(&line);
}

static void append_text(const char *text)
{
    REQUIRE(yd_file_append(path, text, strlen(text), NULL) == YD_OK);
}

static void new_path(void)
{
    static int number;
    snprintf(path, sizeof path, "%s/classes%d.jsonl", yd_test_folder(), ++number);
}

static void follows_a_file(void)
{
    new_path();
    bool more;
    yd_class_report report;
    yd_class_file *file = yd_class_file_create(path);
    REQUIRE(file);
    CHECK(!yd_class_file_refresh(file, &more) && !more && yd_class_file_count(file) == 0);
    append(0, 10, YD_CLASS_EPOCH);
    CHECK(yd_class_file_refresh(file, &more) && !more && yd_class_file_count(file) == 1);
    CHECK(!yd_class_file_refresh(file, &more));
    append_text("nonsense\n{\"epoch\": 1, \"step\": 15, \"why\": \"asked\"");
    yd_class_file_refresh(file, &more);
    CHECK(yd_class_file_count(file) == 1); /* nonsense, and half a line */
    append_text(", \"names\": 3}\n");
    CHECK(yd_class_file_refresh(file, &more) && yd_class_file_count(file) == 2);
    CHECK(yd_class_file_load(file, 1, &report, NULL) == YD_ERR_FORMAT);
    append(1, 20, YD_CLASS_EPOCH);
    CHECK(yd_class_file_refresh(file, &more) && yd_class_file_count(file) == 3);
    REQUIRE(yd_class_file_load(file, 2, &report, NULL) == YD_OK);
    CHECK(report.head.epoch == 1 && report.head.step == 20);
    yd_class_report_free(&report);
    unlink(path);
    CHECK(yd_class_file_refresh(file, &more) && yd_class_file_count(file) == 0);
    REQUIRE(mkfifo(path, 0600) == 0);
    CHECK(!yd_class_file_refresh(file, &more)); /* and waits for nobody */
    yd_class_file_destroy(file);
}

static void later_lines_replace_an_epoch(void)
{
    new_path();
    bool more;
    for (int epoch = 0; epoch < 5; epoch++) append(epoch, 10 * (epoch + 1), YD_CLASS_EPOCH);
    append(4, 55, YD_CLASS_ASKED);
    append(2, 30, YD_CLASS_EPOCH); /* gone back without cutting */
    yd_class_file *file = yd_class_file_create(path);
    CHECK(yd_class_file_refresh(file, &more) && yd_class_file_count(file) == 3);
    CHECK(yd_class_file_head(file, 2)->epoch == 2);
    yd_class_file_destroy(file);
}

static void sees_a_file_rewritten_in_place(void)
{
    new_path();
    bool more;
    for (int epoch = 0; epoch < 5; epoch++) append(epoch, 10 * (epoch + 1), YD_CLASS_EPOCH);
    yd_class_file *file = yd_class_file_create(path);
    CHECK(yd_class_file_refresh(file, &more) && yd_class_file_count(file) == 5);
    CHECK(yd_class_file_trim(path, 2, 20, NULL) == YD_OK);
    for (int i = 0; i < 8; i++) append(2, 21 + i, YD_CLASS_ASKED);
    CHECK(yd_class_file_refresh(file, &more) && yd_class_file_count(file) == 10);
    CHECK(yd_class_file_head(file, 2)->step == 21);
    yd_class_file_destroy(file);
}

static int64_t size_of(const char *name)
{
    struct stat info;
    return stat(name, &info) == 0 ? info.st_size : -1;
}

static void cuts_what_is_later(void)
{
    new_path();
    CHECK(yd_class_file_trim(path, 0, 0, NULL) == YD_OK && size_of(path) == -1);
    append(0, 10, YD_CLASS_EPOCH);
    append(1, 15, YD_CLASS_ASKED);
    int64_t two = size_of(path);
    append(1, 20, YD_CLASS_EPOCH);
    int64_t three = size_of(path);
    append(2, 25, YD_CLASS_ASKED);
    append_text("{\"epoch\": 2, \"st");
    CHECK(yd_class_file_trim(path, 2, 25, NULL) == YD_OK);
    CHECK(size_of(path) > three); /* the torn line alone went */
    CHECK(yd_class_file_trim(path, 2, 20, NULL) == YD_OK && size_of(path) == three);
    /* Stopped in the validation of epoch 1: it is done again. */
    CHECK(yd_class_file_trim(path, 1, 20, NULL) == YD_OK && size_of(path) == two);
    CHECK(yd_class_file_trim(path, 0, 0, NULL) == YD_OK && size_of(path) == 0);
}

static void reads_a_thousand_classes(void)
{
    enum { CLASSES = 1000 };
    static const char *many[CLASSES];
    static yd_class_row numbers[CLASSES];
    static yd_confusion_entry full[CLASSES];
    for (int c = 0; c < CLASSES; c++) {
        many[c] = "a class with some name";
        numbers[c] = (yd_class_row){.labels = c, .map50 = c / 1000.0};
        full[c] = (yd_confusion_entry){c, CLASSES - c, c + 1};
    }
    yd_class_report report = some_report(0, 1, YD_CLASS_FINAL), found;
    report.class_count = CLASSES, report.names = many, report.rows = numbers;
    report.entries = full, report.entry_count = CLASSES;
    yd_text line = {0};
    yd_class_report_write(&report, &line);
    REQUIRE(yd_class_report_read(line.data, line.length - 1, &found, NULL) == YD_OK);
    CHECK(found.class_count == CLASSES && found.rows[999].labels == 999 && found.entry_count == CLASSES);
    CHECK(yd_class_report_count(&found, 999, 1) == 1000);
    for (size_t cut = 0; cut < line.length - 1; cut += 97) {
        yd_class_report torn;
        CHECK(yd_class_report_read(line.data, cut, &torn, NULL) == YD_ERR_FORMAT);
    }
    yd_class_report_free(&found);
    yd_text_free(&line);
}

static const yd_test_case cases[] = {
    {"comes back as written", comes_back_as_written},
    {"refuses what is no line", refuses_what_is_no_line},
    {"follows a file", follows_a_file},
    {"later lines replace an epoch", later_lines_replace_an_epoch},
    {"sees a file rewritten in place", sees_a_file_rewritten_in_place},
    {"cuts what is later", cuts_what_is_later},
    {"reads a thousand classes", reads_a_thousand_classes},
};

TEST_MAIN(cases)
