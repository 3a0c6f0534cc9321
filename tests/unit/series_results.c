#include "series/results_reader.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER "epoch,train/box_loss,metrics/mAP_0.5:0.95,x/lr0\n"

static yd_status read_text(const char *text, size_t length, yd_results *results, yd_error *error)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/results.csv", yd_test_folder());
    FILE *file = fopen(path, "wb");
    REQUIRE(file && fwrite(text, 1, length, file) == length && fclose(file) == 0);
    return yd_results_read(path, results, error);
}

static yd_results read_good(const char *text)
{
    yd_results results;
    yd_error error = {0};
    REQUIRE(read_text(text, strlen(text), &results, &error) == YD_OK);
    return results;
}

static void reads_what_yolov5_writes(void)
{
    yd_results results =
        read_good("               epoch,      train/box_loss,      train/obj_loss,      train/cls_loss,   "
                  "metrics/precision,"
                  "      metrics/recall,     metrics/mAP_0.5,metrics/mAP_0.5:0.95,        val/box_loss,      "
                  "  val/obj_loss,"
                  "        val/cls_loss,               x/lr0,               x/lr1,               x/lr2\n"
                  "                   0,            0.092618,            0.061424,            0.032517,      "
                  "       0.26118,"
                  "             0.35115,             0.28542,              0.1062,            0.067417,      "
                  "      0.045241,"
                  "            0.019142,             0.07015,              0.0033,              0.0033\n"
                  "                   1,               0.061,            0.061424,            0.032517,      "
                  "           nan,"
                  "             0.35115,             0.28542,              0.1062,            0.067417,      "
                  "      0.045241,"
                  "            0.019142,             0.07015,              0.0033,              0.0033\r\n");
    CHECK(results.count == 2 && results.skipped == 0);
    CHECK(results.rows[0].epoch == 0 && results.rows[1].epoch == 1);
    CHECK_NEAR(results.rows[0].train_box, 0.092618, 1e-8);
    CHECK_NEAR(results.rows[0].recall, 0.35115, 1e-7);
    CHECK_NEAR(results.rows[0].map50, 0.28542, 1e-7);
    CHECK_NEAR(results.rows[0].map50_95, 0.1062, 1e-7);
    CHECK_NEAR(results.rows[0].val_cls, 0.019142, 1e-8);
    CHECK_NEAR(results.rows[0].lr[0], 0.07015, 1e-8);
    CHECK_NEAR(results.rows[1].lr[2], 0.0033, 1e-8);
    CHECK(isnan(results.rows[1].precision));
    yd_results_free(&results);
}

static void finds_columns_by_name(void)
{
    yd_results results = read_good("x/lr2,unheard of, epoch ,train/box_loss\n0.1,word,7,0.5\n");
    REQUIRE(results.count == 1);
    CHECK(results.rows[0].epoch == 7);
    CHECK_NEAR(results.rows[0].train_box, 0.5, 0);
    CHECK_NEAR(results.rows[0].lr[2], 0.1, 1e-8);
    CHECK(isnan(results.rows[0].map50) && isnan(results.rows[0].lr[0]));
    yd_results_free(&results);
}

static void leaves_out_what_is_torn(void)
{
    yd_results results =
        read_good(HEADER "0,0.9,0.1,0.01\n1,0.8,0.1\n2,0.7,0.1,0.01,9\n\n3,0.6,0.1,0.01\n4,0.5,0.1,0.0");
    CHECK(results.count == 2);
    CHECK(results.rows[1].epoch == 3);
    CHECK(results.skipped == 4);
    yd_results_free(&results);
}

static void later_rows_replace_earlier_ones(void)
{
    yd_results results = read_good(HEADER "0,1,0,0\n1,1,0,0\n2,1,0,0\n1,2,0,0\n2,2,0,0\n");
    REQUIRE(results.count == 3);
    CHECK_NEAR(results.rows[0].train_box, 1, 0);
    CHECK_NEAR(results.rows[1].train_box, 2, 0);
    CHECK_NEAR(results.rows[2].train_box, 2, 0);
    yd_results_free(&results);
}

static void stands_hostile_rows(void)
{
    yd_results results =
        read_good(HEADER "-1,1,0,0\n1e300,1,0,0\nnan,1,0,0\n,1,0,0\n5,1e300,inf,0x10\n6, , ,\n");
    REQUIRE(results.count == 2);
    CHECK(results.rows[0].epoch == 5 && isinf(results.rows[0].train_box) && isnan(results.rows[0].map50_95));
    CHECK(isnan(results.rows[0].lr[0]));
    CHECK(results.rows[1].epoch == 6 && isnan(results.rows[1].train_box));
    CHECK(results.skipped == 4);
    yd_results_free(&results);
}

static void reads_the_seeds_table(void)
{
    /* training.md, 15 */
    yd_results results = read_good("       0/1        0G    0.0971   0.00911    0.0229    0.1291         4   "
                                   "     64       nan         0         0"
                                   "         0   0.07649  0.004009   0.01816\n"
                                   "       1/1     1.25G   0.09521   0.00922   0.02285    0.1273         2   "
                                   "     64         0       0.5         0"
                                   "      0.25   0.07649  0.004009   0.01816\n"
                                   "       2/1        0G   0.09521\n");
    REQUIRE(results.count == 2 && results.skipped == 1);
    CHECK(results.rows[1].epoch == 1 && isnan(results.rows[0].precision));
    CHECK_NEAR(results.rows[1].train_box, 0.09521, 1e-8);
    CHECK_NEAR(results.rows[1].train_cls, 0.02285, 1e-8);
    CHECK_NEAR(results.rows[1].recall, 0.5, 0);
    CHECK_NEAR(results.rows[1].map50_95, 0.25, 0);
    CHECK_NEAR(results.rows[1].val_cls, 0.01816, 1e-8);
    CHECK(isnan(results.rows[1].lr[0])); /* it has none */
    yd_results_free(&results);
}

typedef struct visit {
    char names[256];
    int rows, epochs, present, not_finite;
} visit;

static void see_columns(void *context, const char *const *names, int count)
{
    visit *own = context;
    for (int i = 0; i < count; i++) {
        strcat(own->names, names[i]);
        strcat(own->names, "|");
    }
}

static bool see_row(void *context, int epoch, const double *values, const bool *present)
{
    visit *own = context;
    own->rows++;
    own->epochs += epoch;
    for (int i = 0; i < 4; i++) {
        own->present += present[i];
        own->not_finite += present[i] && !isfinite(values[i]);
    }
    return own->rows < 4;
}

static void visits_all_columns(void)
{
    visit own = {0};
    char path[4200];
    yd_results_visitor visitor = {.context = &own, .columns = see_columns, .row = see_row};
    yd_results_free(&(yd_results){0});
    yd_results results = read_good(
        " epoch, lr/pg0, a b,time\n1,-inf,nan,3\n2,,x,0x1\n3,1e999,-nan,inf\nbad\n4,1,1,1\n5,1,1,1\n");
    CHECK(results.count == 5 && isnan(results.rows[0].train_box));
    yd_results_free(&results);
    snprintf(path, sizeof path, "%s/results.csv", yd_test_folder());
    REQUIRE(yd_results_visit(path, &visitor, NULL) == YD_OK);
    CHECK_TEXT(own.names, "|lr/pg0|a b|time|");
    CHECK(own.rows == 4 && own.epochs == 10 && own.present == 3 + 0 + 2 + 3 && own.not_finite == 4);
    CHECK(visitor.skipped == 1);
}

static void refuses_what_is_no_results_file(void)
{
    static const char *const bad[] = {"", "epoch", "a,b,c\n1,2,3\n", "\0\0\0\n", "epoch,train/box_loss"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        yd_results results;
        yd_error error = {0};
        CHECK(read_text(bad[i], strlen(bad[i]), &results, &error) == YD_ERR_FORMAT);
        CHECK(strstr(error.message, "results.csv:1:") != NULL);
        CHECK(results.rows == NULL && results.count == 0);
    }
    char wide[4096] = "epoch";
    for (int i = 0; i < 500; i++) strcat(wide, ",x");
    strcat(wide, "\n");
    yd_results results;
    CHECK(read_text(wide, strlen(wide), &results, NULL) ==
          YD_ERR_FORMAT); /* more columns than any version has */
    CHECK(yd_results_read("/no/such/file", &results, NULL) == YD_ERR_IO);
    CHECK(yd_results_read(yd_test_folder(), &results, NULL) == YD_ERR_FORMAT);
    char fifo[4200];
    snprintf(fifo, sizeof fifo, "%s/fifo", yd_test_folder());
    REQUIRE(mkfifo(fifo, 0600) == 0);
    CHECK(yd_results_read(fifo, &results, NULL) == YD_ERR_IO); /* and does not wait for a writer */
}

/* Any byte may be anything. */
static void stands_noise(void)
{
    static const char alphabet[] = "0123456789.,,,\n\n -e\t\r\0\377x";
    char text[2048], path[64];
    int fd = memfd_create("results", MFD_CLOEXEC);
    REQUIRE(fd >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    srand(5);
    for (int round = 0; round < 500; round++) {
        memcpy(text, HEADER, sizeof HEADER - 1);
        for (size_t i = sizeof HEADER - 1; i < sizeof text; i++)
            text[i] = alphabet[(size_t)rand() % (sizeof alphabet - 1)];
        yd_results results;
        REQUIRE(pwrite(fd, text, sizeof text, 0) == (ssize_t)sizeof text);
        REQUIRE(yd_results_read(path, &results, NULL) == YD_OK);
        for (int i = 0; i < results.count; i++) {
            CHECK(results.rows[i].epoch >= 0);
            CHECK(i == 0 || results.rows[i].epoch > results.rows[i - 1].epoch);
        }
        yd_results_free(&results);
    }
    close(fd);
}

static const yd_test_case cases[] = {
    {"reads what YOLOv5 writes", reads_what_yolov5_writes},
    {"finds columns by name", finds_columns_by_name},
    {"leaves out what is torn", leaves_out_what_is_torn},
    {"later rows replace earlier ones", later_rows_replace_earlier_ones},
    {"stands hostile rows", stands_hostile_rows},
    {"reads the seed's table", reads_the_seeds_table},
    {"visits all columns", visits_all_columns},
    {"refuses what is no results file", refuses_what_is_no_results_file},
    {"stands noise", stands_noise},
};

TEST_MAIN(cases)
