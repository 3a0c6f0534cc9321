/* results.csv and results.txt: the formats to the byte, and what a resume cuts. */
#include "sink/results.h"
#include "base/file.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const yd_epoch_row example = {.epoch = 0,
                                     .epochs = 300,
                                     .box = .1126,
                                     .obj = .0801,
                                     .cls = .0312,
                                     .total = .2239,
                                     .precision = .6,
                                     .recall = .936,
                                     .map50 = .896,
                                     .map50_95 = .684,
                                     .val_box = .0115,
                                     .val_obj = .00805,
                                     .val_cls = .00146,
                                     .lr = {.001, .002, .1},
                                     .last_labels = 123,
                                     .last_width = 640,
                                     .device_memory_bytes = 3260000000};

/* training.md, 16 */
static void text_row(void)
{
    char line[512];
    REQUIRE(yd_results_txt_row(line, sizeof line, &example) > 0);
    CHECK_TEXT(line,
               "     0/299     3.26G    0.1126    0.0801    0.0312    0.2239       123       640       0.6"
               "     0.936     0.896     0.684    0.0115   0.00805   0.00146\n");
    yd_epoch_row toy = {.epoch = 1,
                        .epochs = 2,
                        .box = .09521,
                        .obj = .00922,
                        .cls = .02285,
                        .total = .12728,
                        .val_box = .07649,
                        .val_obj = .004009,
                        .val_cls = .01816,
                        .last_labels = 2,
                        .last_width = 64};
    REQUIRE(yd_results_txt_row(line, sizeof line, &toy) > 0);
    CHECK_TEXT(line,
               "       1/1        0G   0.09521   0.00922   0.02285    0.1273         2        64         0"
               "         0         0         0   0.07649  0.004009   0.01816\n");
}

static void csv_rows(void)
{
    char line[1024];
    REQUIRE(yd_results_csv_header(line, sizeof line) == 14 * 21);
    CHECK(strncmp(line, "               epoch,      train/box_loss,", 42) == 0);
    CHECK(strstr(line, ",metrics/mAP_0.5:0.95,") != NULL);
    REQUIRE(yd_results_csv_row(line, sizeof line, &example, YD_RESULTS_BIAS_FIRST) == 14 * 21);
    CHECK_TEXT(line, "                   0,              0.1126,              0.0801,              0.0312,"
                     "                 0.6,               0.936,               0.896,               0.684,"
                     "              0.0115,             0.00805,             0.00146,                 0.1,"
                     "               0.002,               0.001\n");
    REQUIRE(yd_results_csv_row(line, sizeof line, &example, YD_RESULTS_NORM_FIRST) == 14 * 21);
    CHECK(strstr(line, "               0.001,               0.002,                 0.1\n") != NULL);
    yd_epoch_row odd = example;
    odd.box = -(double)NAN, odd.obj = INFINITY;
    REQUIRE(yd_results_csv_row(line, sizeof line, &odd, YD_RESULTS_BIAS_FIRST) > 0);
    CHECK(strstr(line, "                 nan,                 inf,") != NULL && !strstr(line, "-nan"));
}

static void no_room(void)
{
    char line[1024];
    for (size_t capacity = 1; capacity < 150; capacity += 7)
        CHECK(yd_results_txt_row(line, capacity, &example) == 0);
    for (size_t capacity = 1; capacity < 290; capacity += 13) {
        CHECK(yd_results_csv_row(line, capacity, &example, YD_RESULTS_BIAS_FIRST) == 0);
        CHECK(yd_results_csv_header(line, capacity) == 0);
    }
}

static const char *fresh_folder(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", yd_test_folder(), name);
    mkdir(path, 0700);
    return path;
}

static char *contents(const char *folder, const char *name)
{
    char path[4200], *data = NULL;
    size_t length;
    yd_error error;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (yd_file_read(path, 0, &data, &length, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return data;
}

static void append(const char *folder, int from, int to)
{
    for (int epoch = from; epoch < to; epoch++) {
        yd_epoch_row row = example;
        yd_error error;
        row.epoch = epoch, row.box = .1 / (1 + epoch);
        REQUIRE(yd_results_append(folder, &row, YD_RESULTS_BIAS_FIRST, &error) == YD_OK);
    }
}

static void spoil(const char *folder, const char *name, const char *tail, size_t length)
{
    char path[4200];
    yd_error error;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    REQUIRE(yd_file_append(path, tail, length, &error) == YD_OK);
}

/* Whatever a killed run left behind: after the trim and the epochs once more, both files are those of a run
 * that was never cut. */
static void resumed_files_equal_uncut_ones(void)
{
    static const char *const tails[] = {"",
                                        "                   7,      ",
                                        "       7/299        0G\n",
                                        "garbage\n",
                                        "\0\0\0\0\n",
                                        ",,,,,,,,,,,,,\n"};
    static const size_t lengths[] = {0, 27, 22, 8, 5, 14};
    char whole[4096];
    yd_error error;
    snprintf(whole, sizeof whole, "%s", fresh_folder("whole"));
    append(whole, 0, 9);
    char *csv = contents(whole, "results.csv"), *txt = contents(whole, "results.txt");
    for (size_t t = 0; t < sizeof tails / sizeof *tails; t++) {
        char name[16];
        snprintf(name, sizeof name, "cut%zu", t);
        const char *cut = fresh_folder(name);
        append(cut, 0, 7);
        spoil(cut, "results.csv", tails[t], lengths[t]);
        spoil(cut, "results.txt", tails[t], lengths[t]);
        REQUIRE(yd_results_trim(cut, 5, &error) == YD_OK);
        append(cut, 5, 9);
        char *again = contents(cut, "results.csv");
        CHECK_TEXT(again, csv);
        free(again);
        again = contents(cut, "results.txt");
        CHECK_TEXT(again, txt);
        free(again);
    }
    free(csv);
    free(txt);
}

static void trims_to_nothing(void)
{
    const char *folder = fresh_folder("nothing");
    yd_error error;
    REQUIRE(yd_results_trim(folder, 0, &error) == YD_OK); /* no files: fine */
    append(folder, 0, 2);
    REQUIRE(yd_results_trim(folder, 0, &error) == YD_OK);
    char *txt = contents(folder, "results.txt"), *csv = contents(folder, "results.csv");
    CHECK_TEXT(txt, "");
    CHECK(strstr(csv, "epoch") && strchr(csv, '\n') == csv + strlen(csv) - 1);
    free(txt);
    free(csv);
    CHECK(yd_results_append("/does/not/exist", &example, YD_RESULTS_BIAS_FIRST, &error) == YD_ERR_IO);
    CHECK(strstr(error.message, "/does/not/exist") != NULL);
}

static const yd_test_case cases[] = {
    {"text row", text_row},
    {"csv rows", csv_rows},
    {"no room", no_room},
    {"resumed files equal uncut ones", resumed_files_equal_uncut_ones},
    {"trims to nothing", trims_to_nothing},
};
TEST_MAIN(cases)
