/* evolve.jsonl and evolve.csv: what is written reads back as it was, torn and foreign lines are left out, the
 * spread of a gene. */
#include "base/file.h"
#include "series/evolution.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static yd_generation_record made(int number, double fitness, double lr0, double box)
{
    yd_generation_record record = {
        .number = number, .fitness = fitness, .seconds = 1.5, .wall_ns = 1000000000};
    for (int i = 0; i < YD_EVOLUTION_RESULTS; i++) record.results[i] = fitness / 3 + i;
    for (int i = 0; i < YD_EVOLUTION_GENES; i++) record.values[i] = (double)NAN;
    record.values[0] = lr0, record.values[1] = box;
    return record;
}

static void written(yd_text *text)
{
    yd_evolution evolution = YD_EVOLUTION;
    evolution.begin = 2, evolution.wanted = 9;
    yd_copy_text(evolution.population, sizeof evolution.population, "/a \"b\"/evolve.csv");
    yd_evolution_begin_line(&evolution, 5000000000, text);
    CHECK(yd_evolution_add_gene(&evolution, "lr0") == 0 && yd_evolution_add_gene(&evolution, "box") == 1);
    CHECK(yd_evolution_add_gene(&evolution, "lr0") == 0 && yd_evolution_gene(&evolution, "cls") == -1);
    yd_generation_record records[] = {made(2, 1.0 / 3, 0.1, NAN), made(3, 0.5, 0.3, 0.05),
                                      made(4, 0.5, 0.2, 0.07)};
    yd_copy_text(records[0].failed, sizeof records[0].failed, "ended by signal 9 (Killed)");
    for (int i = 0; i < 3; i++) yd_evolution_line(&evolution, &records[i], text);
    yd_evolution_free(&evolution);
}

static void test_ledger(void)
{
    yd_text text = {0};
    yd_evolution evolution = YD_EVOLUTION;
    written(&text);
    REQUIRE(yd_evolution_parse(&evolution, text.data, text.length) == 0);
    CHECK(evolution.begin == 2 && evolution.wanted == 9);
    CHECK_TEXT(evolution.population, "/a \"b\"/evolve.csv");
    REQUIRE(yd_evolution_count(&evolution) == 3 && evolution.gene_count == 2);
    const yd_generation_record *first = yd_evolution_at(&evolution, 0);
    CHECK(first->number == 2 && first->fitness == 1.0 / 3 && first->results[6] == 1.0 / 9 + 6);
    CHECK(first->values[0] == 0.1 && isnan(first->values[1]) && first->wall_ns == 1000000000);
    CHECK_TEXT(first->failed, "ended by signal 9 (Killed)");
    CHECK(yd_evolution_best(&evolution) == 1); /* of equals the first */
    yd_evolution_spread lr = yd_evolution_spread_of(&evolution, 0, 0, 3),
                        none = yd_evolution_spread_of(&evolution, 1, 0, 1);
    CHECK_NEAR(lr.mean, 0.2, 1e-15);
    CHECK(lr.low == 0.1 && lr.high == 0.3 && isnan(none.low) && isnan(none.mean));
    yd_evolution_free(&evolution);
    yd_text_free(&text);
}

/* However the file is cut, the whole lines count and nothing else. */
static void test_torn(void)
{
    yd_text text = {0};
    written(&text);
    for (size_t length = 0; length <= text.length; length++) {
        yd_evolution evolution = YD_EVOLUTION;
        int lines = 0;
        for (size_t i = 0; i < length; i++) lines += text.data[i] == '\n';
        bool torn = length && text.data[length - 1] != '\n';
        CHECK(yd_evolution_parse(&evolution, text.data, length) == torn);
        CHECK(yd_evolution_count(&evolution) == (lines ? lines - 1 : 0));
        yd_evolution_free(&evolution);
    }
    yd_text_free(&text);
}

static void test_foreign(void)
{
    static const char lines[] =
        "nonsense\n{\"generation\": -1}\n{}\n[1]\n\n{\"generation\": 1, \"fitness\": null}\n"
        "{\"generation\": 2, \"results\": [1, 2]}\n{\"generation\": 2, \"more\": {\"a\": [1]}}\n"
        "{\"generation\": 1, \"fitness\": 0.7}\n";
    yd_evolution evolution = YD_EVOLUTION;
    CHECK(yd_evolution_parse(&evolution, lines, strlen(lines)) == 5);
    REQUIRE(yd_evolution_count(&evolution) == 1); /* told of again: what came after it is void */
    CHECK(yd_evolution_at(&evolution, 0)->fitness == 0.7);
    yd_evolution_free(&evolution);
}

static void test_table(void)
{
    static const char table[] =
        "P, R, a, b, c, d, e, lr0, box\n 1, 2, 0.5, 0.25, 5, 6, nan, 0.01, 0.05\n1,2,nan,3,4,5,6,7,8\n";
    char path[4200];
    yd_evolution evolution = YD_EVOLUTION;
    yd_error error = {0};
    snprintf(path, sizeof path, "%s/evolve.csv", yd_test_folder());
    CHECK(yd_evolution_read(&evolution, yd_test_folder(), &error) == YD_ERR_DATA);
    REQUIRE(yd_file_write(path, table, strlen(table), &error) == YD_OK);
    REQUIRE(yd_evolution_read(&evolution, yd_test_folder(), &error) == YD_OK);
    REQUIRE(yd_evolution_count(&evolution) == 2 && evolution.gene_count == 2);
    CHECK_NEAR(yd_evolution_at(&evolution, 0)->fitness, 0.275, 1e-15);
    CHECK(yd_evolution_at(&evolution, 1)->fitness == 0 && yd_evolution_at(&evolution, 1)->values[1] == 8);
    yd_evolution_free(&evolution);
}

static const yd_test_case cases[] = {
    {"the ledger reads back", test_ledger},
    {"torn files", test_torn},
    {"foreign lines", test_foreign},
    {"a table of YOLOv5's", test_table},
};
TEST_MAIN(cases)
