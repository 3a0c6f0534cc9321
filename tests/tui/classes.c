/* The screen Classes in the real console: the file is followed, sorted, filtered, and looked at cell by cell.
 */
#include "base/file.h"
#include "series/class_report.h"
#include "support/console.h"
#include "support/test.h"
#include <stdio.h>
#include <string.h>

static yd_test_console console;

static void append(int epoch, double map)
{
    static const char *const names[] = {"cat", "dog\033[2J"};
    const yd_class_row rows[] = {
        {.images = 5, .labels = 8, .precision = .5, .recall = .4, .map50 = .3, .map50_95 = map},
        {.images = 3, .labels = 4, .precision = .9, .recall = .8, .map50 = .7, .map50_95 = .6}};
    const yd_confusion_entry entries[] = {{0, 0, 6}, {0, 1, 1}, {1, 1, 3}, {2, 0, 2}};
    const yd_class_report report = {.head = {.epoch = epoch, .step = 50 * (epoch + 1)},
                                    .images = 7,
                                    .labels = 12,
                                    .map50_95 = (map + .6) / 2,
                                    .class_count = 2,
                                    .names = names,
                                    .rows = rows,
                                    .has_confusion = true,
                                    .entry_count = 4,
                                    .entries = entries};
    char path[4400];
    yd_text line = {0};
    snprintf(path, sizeof path, "%s/classes.jsonl", console.folder);
    yd_class_report_write(&report, &line);
    REQUIRE(yd_file_append(path, line.data, line.length, NULL) == YD_OK);
    yd_text_free(&line);
}

static void begin(int width, int height)
{
    yd_test_console_engine(&console, &(yd_fake_run){.epochs = 1000});
    yd_test_console_start(&console, NULL, width, height, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    yd_test_console_type(&console, "4");
}

static void follows_and_steps_back(void)
{
    begin(80, 24);
    CHECK(yd_test_console_wait(&console, "No validation yet", 8000));
    append(0, .25);
    CHECK(yd_test_console_wait(&console, "0.250", 8000));
    CHECK(yd_test_console_wait(&console, "dog\\x1b[2J", 2000));
    CHECK(yd_test_console_wait(&console, "validation 1 of 1 (follows)", 2000));
    append(1, .375);
    CHECK(yd_test_console_wait(&console, "+0.125", 8000));
    yd_test_console_type(&console, "[");
    CHECK(yd_test_console_wait(&console, "validation 1 of 2", 8000));
    append(2, .45);
    CHECK(yd_test_console_wait(&console, "validation 1 of 3", 8000)); /* stays where it is */
    yd_test_console_type(&console, "]]");
    CHECK(yd_test_console_wait(&console, "validation 3 of 3 (follows)", 8000));
    yd_test_console_end(&console);
}

static void shows_the_matrix_cell_by_cell(void)
{
    begin(80, 24);
    append(0, .25);
    CHECK(yd_test_console_wait(&console, "cat", 8000));
    yd_test_console_type(&console, "m");
    CHECK(yd_test_console_wait(&console, "0.750 (6 of 8)  true cat predicted as cat", 8000));
    yd_test_console_type(&console, "\033[B\033[B");
    CHECK(yd_test_console_wait(&console, "0.250 (2 of 8)  cat missed", 8000));
    yd_test_console_type(&console, "\033[A\033[C");
    CHECK(yd_test_console_wait(&console, "true dog\\x1b[2J predicted as dog", 8000));
    yd_test_console_type(&console, "m");
    CHECK(yd_test_console_wait(&console, "cat missed", 8000));
    yd_test_console_type(&console, "j\r"); /* the second: a dog taken for a cat */
    CHECK(yd_test_console_wait(&console, "true dog\\x1b[2J predicted as cat", 8000));
    CHECK(console.screen.unknown == 0);
    yd_test_console_end(&console);
}

static void filters_and_shows_all_where_there_is_room(void)
{
    begin(200, 60);
    append(0, .25);
    CHECK(yd_test_console_wait(&console, "worst confusions", 8000));
    CHECK(yd_vterm_find(&console.screen, "true cat predicted as cat") >= 0);
    CHECK(yd_vterm_find(&console.screen, "@.5:.95") >= 0);
    yd_test_console_type(&console, "/dog\r");
    CHECK(yd_test_console_wait(&console, "1 of 2 classes: dog", 8000));
    yd_test_console_type(&console, "\033");
    CHECK(yd_test_console_wait_gone(&console, "classes: dog", 8000));
    char path[4400];
    snprintf(path, sizeof path, "%s/classes.jsonl", console.folder);
    REQUIRE(yd_file_write(path, "{\"epoch\": 0, \"step\": 1, \"why\": \"epoch\", \"names\": [\n", 52, NULL) ==
            YD_OK);
    CHECK(yd_test_console_wait(&console, "no whole line", 8000)); /* a torn file is said, and nothing else */
    CHECK(!console.over);
    yd_test_console_end(&console);
}

static const yd_test_case cases[] = {
    {"follows and steps back", follows_and_steps_back},
    {"shows the matrix cell by cell", shows_the_matrix_cell_by_cell},
    {"filters and shows all where there is room", filters_and_shows_all_where_there_is_room},
};

TEST_MAIN(cases)
