/* Label files, good and bad, in both generations' forms. */
#include "data/labels.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static yd_arena *arena;

static yd_status parse(const char *text, size_t length, const yd_data_rules *rules, yd_labels *labels,
                       yd_error *error)
{
    if (!arena) arena = yd_arena_create(0);
    /* A copy without a terminator: reading beyond the end shows under the address sanitizer. */
    char *copy = malloc(length ? length : 1);
    REQUIRE(copy);
    memcpy(copy, text, length);
    yd_status status = yd_labels_parse(copy, length, "x.txt", rules, arena, labels, error);
    free(copy);
    return status;
}

static yd_labels must_parse(const char *text, const yd_data_rules *rules)
{
    yd_labels labels;
    yd_error error;
    if (parse(text, strlen(text), rules, &labels, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s: %s", text, error.message);
    return labels;
}

static void check_row(const yd_labels *labels, int row, float class, float x, float y, float w, float h)
{
    const float wanted[5] = {class, x, y, w, h};
    REQUIRE(row < labels->count);
    for (int i = 0; i < 5; i++) CHECK_NEAR((double)labels->rows[row * 5 + i], (double)wanted[i], 1e-7);
}

static void boxes(void)
{
    yd_labels l = must_parse("1 0.5 0.25 0.5 0.125\n\n  0\t.1 .2 3e-1 1 \r\n12 0 0 0 1", &yd_data_rules_v7);
    CHECK(l.count == 3 && !l.ends && !l.points && l.duplicates == 0);
    check_row(&l, 0, 1, .5f, .25f, .5f, .125f);
    check_row(&l, 1, 0, .1f, .2f, .3f, 1);
    check_row(&l, 2, 12, 0, 0, 0, 1);
    CHECK(l.largest_class == 12 && l.largest_line == 4);
}

static void nothing(void)
{
    static const char *const texts[] = {"", "\n", " \t \r\n\n", "\xEF\xBB\xBF"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        yd_labels l = must_parse(texts[i], &yd_data_rules_v7);
        CHECK(l.count == 0 && l.largest_class == -1);
    }
}

/* Boxes that stick out, of no size, from Windows, or rounding to 1 in float are fine. */
static void tolerated(void)
{
    static const char *const texts[] = {
        "0 .9 .9 .5 .5",   "0 0.5 0.5 0 0",  "0 .5 .5 1.00000001 .5", "\xEF\xBB\xBF\x30 0 0 0 0",
        "0 .1 .1 .1 .1\r", "-0 .1 .1 .1 .1", "0.0 .1 .1 .1 .1",       "1e0 .1 .1 .1 .1"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK(must_parse(texts[i], &yd_data_rules_v7).count == 1);
}

static void bad(void)
{
    static const struct {
        const char *text, *message;
    } table[] = {
        {"0 .5 .5 .5", "x.txt:1: 5 columns are wanted (class cx cy w h), found 4"},
        {"0 .5 .5 .5 .5\n0 .5 .5 .5 .5 .5", "x.txt:2: 5 columns are wanted (class cx cy w h), found 6"},
        {"0", "x.txt:1: 5 columns are wanted (class cx cy w h), found 1"},
        {"0 .5 .5 .5 .5\n\n1 .5 -.5 .5 .5", "x.txt:3: coordinates must be normalised to 0..1, found -0.5"},
        {"0 .5 .5 .5 1.01", "x.txt:1: coordinates must be normalised to 0..1, found 1.01"},
        {"0 320 240 50 50", "x.txt:1: coordinates must be normalised to 0..1, found 320"},
        {"-1 .5 .5 .5 .5", "x.txt:1: the class must be a whole number from 0, found -1"},
        {"1.5 .5 .5 .5 .5", "x.txt:1: the class must be a whole number from 0, found 1.5"},
        {"1e20 .5 .5 .5 .5", "x.txt:1: the class must be a whole number from 0, found 1e+20"},
        {"nan .5 .5 .5 .5", "x.txt:1: a number is wanted, found \"nan\""},
        {"0 .5 .5 inf .5", "x.txt:1: a number is wanted, found \"inf\""},
        {"0 .5 .5 1e999 .5", "x.txt:1: a number is wanted, found \"1e999\""},
        {"0 .5 .5 0x1 .5", "x.txt:1: a number is wanted, found \"0x1\""},
        {"0,.5,.5,.5,.5", "x.txt:1: a number is wanted, found \"0,.5,.5,.5,.5\""},
        {"cat .5 .5 .5 .5", "x.txt:1: a number is wanted, found \"cat\""},
        {"0 .5 .5 .5 .5\n\x01\x02", "x.txt:2: a number is wanted, found \"\\x01\\x02\""},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        yd_labels labels;
        yd_error error = {0};
        CHECK(parse(table[i].text, strlen(table[i].text), &yd_data_rules_v7, &labels, &error) ==
              YD_ERR_FORMAT);
        CHECK_TEXT(error.message, table[i].message);
        CHECK(labels.count == 0 && labels.rows == NULL);
    }
}

static void binary(void)
{
    yd_labels labels;
    yd_error error;
    char noise[4096], word[300];
    uint32_t state = 1;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)((state = state * 1664525u + 1013904223u) >> 24);
    CHECK(parse(noise, sizeof noise, &yd_data_rules_v7, &labels, &error) == YD_ERR_FORMAT);
    CHECK(parse("0 \0 .5 .5 .5", 12, &yd_data_rules_v7, &labels, &error) == YD_ERR_FORMAT);
    memset(word, '1', sizeof word);
    CHECK(parse(word, sizeof word, &yd_data_rules_v7, &labels, &error) == YD_ERR_FORMAT);
}

static void duplicates(void)
{
    const char *text = "2 .5 .5 .1 .1\n0 .3 .3 .1 .1\n2 .5 .5 .1 .1\n1 .3 .3 .1 .1\n";
    yd_labels l = must_parse(text, &yd_data_rules_v7), labels;
    CHECK(l.count == 3 && l.duplicates == 1);
    check_row(&l, 0, 0, .3f, .3f, .1f, .1f); /* sorted, because one was dropped */
    check_row(&l, 1, 1, .3f, .3f, .1f, .1f);
    check_row(&l, 2, 2, .5f, .5f, .1f, .1f);
    yd_error error;
    CHECK(parse(text, strlen(text), &yd_data_rules_seed, &labels, &error) == YD_ERR_FORMAT);
    CHECK_TEXT(error.message, "x.txt:3: the same label as in line 1");
    l = must_parse("2 .5 .5 .1 .1\n0 .3 .3 .1 .1\n", &yd_data_rules_seed);
    check_row(&l, 0, 2, .5f, .5f, .1f, .1f); /* unsorted, because none was */
}

static void polygons(void)
{
    yd_labels l = must_parse("3 .1 .2 .5 .2 .5 .6\n1 .0 .0 .2 .0 .2 .4 .0 .4\n", &yd_data_rules_v7), labels;
    REQUIRE(l.count == 2 && l.ends && l.points);
    check_row(&l, 0, 3, .3f, .4f, .4f, .4f);
    check_row(&l, 1, 1, .1f, .2f, .2f, .4f);
    CHECK(l.ends[0] == 3 && l.ends[1] == 7 && l.misread == 0);
    CHECK(l.points[2] == .5f && l.points[3] == .2f && l.points[6] == 0 && l.points[10] == .2f);
    yd_error error;
    /* Seven columns are a polygon since v6.2; before, they condemn the file. */
    const char *triangle = "3 .1 .2 .5 .2 .5 .6\n";
    CHECK(parse(triangle, strlen(triangle), &yd_data_rules_seed, &labels, &error) == YD_ERR_FORMAT);
    CHECK_TEXT(error.message, "x.txt:1: 5 columns are wanted (class cx cy w h), found 7");
    CHECK(must_parse("1 .0 .0 .2 .0 .2 .4 .0 .4\n", &yd_data_rules_seed).count == 1);
    /* One polygon makes the whole file polygons: a plain line is then read as two points. */
    l = must_parse("1 .0 .0 .2 .0 .2 .4 .0 .4\n0 .1 .3 .5 .7\n", &yd_data_rules_v7);
    check_row(&l, 1, 0, .3f, .5f, .4f, .4f);
    CHECK(l.misread == 1);
    const char *odd = "1 .0 .0 .2 .0 .2 .4 .0 .4\n0 .1 .3 .5 .7 .9\n",
               *alone = "1 .0 .0 .2 .0 .2 .4 .0 .4\n0\n";
    CHECK(parse(odd, strlen(odd), &yd_data_rules_v7, &labels, &error) == YD_ERR_FORMAT);
    CHECK_TEXT(error.message, "x.txt:2: a class and pairs of x y are wanted, found 6 columns");
    CHECK(parse(alone, strlen(alone), &yd_data_rules_v7, &labels, &error) == YD_ERR_FORMAT);
}

static void polygon_duplicates(void)
{
    yd_labels l = must_parse("3 .1 .2 .5 .2 .5 .6\n1 .0 .0 .2 .0 .2 .4 .0 .4\n3 .1 .6 .5 .2 .5 .2\n",
                             &yd_data_rules_v7);
    REQUIRE(l.count == 2 && l.duplicates == 1); /* another polygon, but the same box */
    check_row(&l, 0, 1, .1f, .2f, .2f, .4f);
    CHECK(l.ends[0] == 4 && l.ends[1] == 7 && l.points[8] == .1f && l.points[9] == .2f);
}

static void many(void)
{
    enum { ROWS = 100000 };
    char *text = malloc(ROWS * 32), *at = text;
    REQUIRE(text);
    for (int i = 0; i < ROWS; i++) at += sprintf(at, "%d .5 .5 .%05d .1\n", i % 80, i);
    yd_labels labels;
    CHECK(parse(text, (size_t)(at - text), &yd_data_rules_v7, &labels, NULL) == YD_OK);
    CHECK(labels.count == ROWS && labels.largest_class == 79 && labels.largest_line == 80);
    free(text);
}

static const yd_test_case cases[] = {
    {"boxes", boxes},         {"nothing", nothing},
    {"tolerated", tolerated}, {"bad", bad},
    {"binary", binary},       {"duplicates", duplicates},
    {"polygons", polygons},   {"polygon duplicates", polygon_duplicates},
    {"many", many},
};
TEST_MAIN(cases)
