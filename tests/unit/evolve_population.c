/* The files of evolution, as YOLOv5 of both generations writes them: lines, order, what is kept of a number.
 */
#include "base/file.h"
#include "evolve/population.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const yd_genome two = {.count = 2, .keys = {YD_HYP_lr0, YD_HYP_mosaic}};
static int number;

/* In a folder of its own, which is the working directory too. */
static yd_population opened(yd_wording wording)
{
    char folder[4096];
    yd_population population;
    yd_error error = {0};
    snprintf(folder, sizeof folder, "%s/%d", yd_test_folder(), number++);
    REQUIRE(yd_make_folders(folder, &error) == YD_OK && chdir(folder) == 0);
    REQUIRE(yd_population_open(&population, wording, &two, folder, &error) == YD_OK);
    return population;
}

static void add(yd_population *population, double map50_95, double lr0)
{
    yd_error error = {0};
    const yd_individual one = {.results = {.12345678, .5, .3, map50_95, 12345.678, 1e-7, NAN},
                               .values = {lr0, 1}};
    if (yd_population_add(population, &one, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
}

static void check_file(const char *path, const char *wanted)
{
    char *text;
    size_t length;
    yd_error error = {0};
    REQUIRE(yd_file_read(path, 0, &text, &length, &error) == YD_OK);
    CHECK_TEXT(text, wanted);
    free(text);
}

#define CSV_HEAD                                                                                             \
    "   metrics/precision,      metrics/recall,     metrics/mAP_0.5,metrics/mAP_0.5:0.95,        "           \
    "val/box_loss,        val/obj_loss,        val/cls_loss,                 lr0,              mosaic\n"
#define CSV_ROW(map, lr0)                                                                                    \
    "             0.12346,                 0.5,                 0.3," map ",               12346,          " \
    "     1e-07,                 nan," lr0 ",                   1\n"

static void test_csv(void)
{
    yd_population population = opened(YD_WORDING_V7);
    char path[4200];
    yd_error error = {0};
    REQUIRE(yd_population_read(&population, &error) == YD_OK);
    CHECK(yd_population_count(&population) == 0);
    CHECK(yd_population_write_best(&population, path, &error) == YD_OK && !yd_file_exists(path));
    add(&population, .2, .012345678);
    add(&population, .4, .02);
    add(&population, .1, .03);
    add(&population, .1, .03); /* told of twice, after a crash */
    check_file("evolve.csv", CSV_HEAD CSV_ROW("                 0.2", "            0.012346")
                                 CSV_ROW("                 0.4", "                0.02")
                                     CSV_ROW("                 0.1", "                0.03"));
    REQUIRE(yd_population_count(&population) == 3);
    const yd_individual *first = yd_population_at(&population, 0);
    CHECK(first->values[0] == .012346 && first->results[0] == .12346 && isnan(first->results[6]));
    REQUIRE(yd_population_write_best(&population, path, &error) == YD_OK);
    CHECK_TEXT(yd_path_name(path), "hyp_evolve.yaml");
    check_file(
        "hyp_evolve.yaml",
        "# YOLOv5 Hyperparameter Evolution Results\n# Best generation: 1\n# Last generation: 2\n"
        "#    metrics/precision,       metrics/recall,      metrics/mAP_0.5, metrics/mAP_0.5:0.95,     "
        "    val/box_loss,         val/obj_loss,         val/cls_loss\n"
        "#              0.12346,                  0.5,                  0.3,                  0.4,     "
        "           12346,                1e-07,                  nan\n\n"
        "lr0: 0.02\nmosaic: 1.0\n");
    yd_population_free(&population);
}

/* As an editor may leave it, or a write that was cut at the newline. */
static void test_csv_without_its_last_newline(void)
{
    yd_population population = opened(YD_WORDING_V7);
    const char *const text = CSV_HEAD CSV_ROW("                 0.2", "                0.02");
    yd_error error = {0};
    REQUIRE(yd_file_write("evolve.csv", text, strlen(text) - 1, &error) == YD_OK);
    add(&population, .4, .03);
    CHECK(yd_population_count(&population) == 2);
    yd_population_free(&population);
}

#define TXT_ROW(map, lr0)                                                                                    \
    "     0.123        0.5        0.3 " map "   1.23e+04      1e-07        nan " lr0 "          1\n"

static void test_txt(void)
{
    yd_population population = opened(YD_WORDING_SEED);
    char path[4200];
    yd_error error = {0};
    add(&population, .2, .012345678);
    add(&population, .4, .02);
    add(&population, .4, .01);
    add(&population, .1, .03);
    add(&population, .20001, .0123449); /* in three digits the first one */
    check_file("evolve.txt", TXT_ROW("       0.4", "      0.01") TXT_ROW("       0.4", "      0.02")
                                 TXT_ROW("       0.2", "    0.0123") TXT_ROW("       0.1", "      0.03"));
    REQUIRE(yd_population_write_best(&population, path, &error) == YD_OK);
    check_file("hyp_evolved.yaml", "# Hyperparameter Evolution Results\n# Generations: 4\n"
                                   "# Metrics:      0.123       0.5       0.3       0.4  1.23e+04     1e-07"
                                   "       nan\n\nlr0: 0.01\nmosaic: 1.0\n");
    yd_population_free(&population);
}

static void check_refused(yd_wording wording, const char *name, const char *text, const char *wanted)
{
    yd_population population = opened(wording);
    yd_error error = {0};
    REQUIRE(yd_file_write(name, text, strlen(text), &error) == YD_OK);
    CHECK(yd_population_read(&population, &error) == YD_ERR_FORMAT);
    const char *message = strstr(error.message, name);
    CHECK_TEXT(message ? message : error.message, wanted);
    yd_population_free(&population);
}

static void test_refused(void)
{
    check_refused(YD_WORDING_SEED, "evolve.txt", "1 2 3 4 5 6 7 8 9\n1 2 3\n",
                  "evolve.txt:2: wanted 9 numbers (7 results and the 2 hyperparameters of the file)");
    check_refused(YD_WORDING_SEED, "evolve.txt", "1 2 3 4 5 6 7 8 9 10\n",
                  "evolve.txt:1: wanted 9 numbers (7 results and the 2 hyperparameters of the file)");
    check_refused(YD_WORDING_SEED, "evolve.txt", "1 2 3 4 5 6 7 8 x\n",
                  "evolve.txt:1: wanted 9 numbers (7 results and the 2 hyperparameters of the file), found "
                  "something else");
    check_refused(YD_WORDING_V7, "evolve.csv", "", "evolve.csv: the file is empty");
    check_refused(YD_WORDING_V7, "evolve.csv", "a,b\n",
                  "evolve.csv:1: 2 columns, wanted 7 of results and one a hyperparameter");
    check_refused(YD_WORDING_V7, "evolve.csv", "1,2,3,4,5,6,7,lr0,lr0\n",
                  "evolve.csv:1: column 9 must name a hyperparameter of its own, found \"lr0\"");
    check_refused(YD_WORDING_V7, "evolve.csv", "1,2,3,4,5,6,7,lr0,box\n",
                  "evolve.csv:1: there is no column mosaic, which the hyperparameter file has");
    check_refused(YD_WORDING_V7, "evolve.csv", "1,2,3,4,5,6,7,lr0,mosaic\n1,2,3,4,5,6,7,8\n",
                  "evolve.csv:2: 8 columns, wanted 9 as in the header");
    check_refused(YD_WORDING_V7, "evolve.csv", "1,2,3,4,5,6,7,lr0,mosaic\n1,2,3,4,5,6,7,8,x\n",
                  "evolve.csv:2: column 9 must be a number, found \"x\"");
}

static void test_told(void)
{
    const yd_individual one = {.results = {.1, .2, .3, .4, .5, .6, .7}, .values = {.012345, 1}};
    yd_population population = opened(YD_WORDING_SEED);
    yd_text text = {0};
    yd_population_tell(&population, &one, &text);
    CHECK_TEXT(text.data, "       lr0    mosaic\n    0.0123         1\n"
                          "Evolved fitness:        0.1       0.2       0.3       0.4       0.5       0.6"
                          "       0.7\n");
    yd_text_free(&text);
    population.wording = YD_WORDING_V7;
    yd_population_tell(&population, &one, &text);
    const char head[] =
        "0 generations finished, current result:\n   metrics/precision,       metrics/recall,";
    CHECK(strncmp(text.data, head, sizeof head - 1) == 0);
    CHECK(strstr(text.data, ",             0.012345,                    1\n") != NULL);
    yd_text_free(&text);
    yd_population_free(&population);
}

static const yd_test_case cases[] = {
    {"evolve.csv", test_csv},
    {"evolve.csv without its last newline", test_csv_without_its_last_newline},
    {"evolve.txt", test_txt},
    {"what is refused", test_refused},
    {"what the log says", test_told},
};
TEST_MAIN(cases)
