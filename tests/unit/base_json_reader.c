#include "base/json.h"
#include "base/json_reader.h"
#include "support/test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static yd_json_reader on(const char *text)
{
    yd_json_reader reader;
    yd_json_read_start(&reader, text, strlen(text));
    return reader;
}

static void reads_what_the_writer_wrote(void)
{
    yd_text text = {0};
    yd_json json;
    yd_json_start(&json, &text);
    yd_json_open(&json, NULL, '{');
    yd_json_string(&json, "na\"me", "gr\303\266\303\237e\n\t\001\"\\");
    yd_json_open(&json, "numbers", '[');
    yd_json_number(&json, NULL, -0.125);
    yd_json_number(&json, NULL, (double)NAN);
    yd_json_integer(&json, NULL, INT64_MIN);
    yd_json_close(&json, ']');
    yd_json_bool(&json, "yes", true);
    yd_json_close(&json, '}');

    char key[32], value[64];
    double number;
    int64_t whole = 0;
    yd_json_reader reader = on(text.data);
    CHECK(yd_json_read_open(&reader, '{'));
    CHECK(yd_json_read_key(&reader, key, sizeof key));
    CHECK_TEXT(key, "na\"me");
    CHECK(yd_json_read_string(&reader, value, sizeof value));
    CHECK_TEXT(value, "gr\303\266\303\237e\n\t\001\"\\");
    CHECK(yd_json_read_key(&reader, key, sizeof key));
    CHECK(yd_json_read_open(&reader, '['));
    CHECK(yd_json_read_more(&reader) && yd_json_read_number(&reader, &number) && number == -0.125);
    CHECK(yd_json_read_more(&reader) && yd_json_read_number(&reader, &number) && isnan(number));
    CHECK(yd_json_read_more(&reader) && yd_json_read_integer(&reader, INT64_MIN, 0, &whole));
    CHECK(whole == INT64_MIN);
    CHECK(!yd_json_read_more(&reader) && !reader.failed);
    CHECK(yd_json_read_key(&reader, key, sizeof key) && yd_json_read_skip(&reader));
    CHECK(!yd_json_read_key(&reader, key, sizeof key));
    CHECK(yd_json_read_end(&reader));
    yd_text_free(&text);
}

static void decodes_strings(void)
{
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"\"\"", ""},
        {"\"\\u00e9\\u20AC\\ud83d\\ude00\"", "\303\251\342\202\254\360\237\230\200"},
        {"\"\\ud83d\"", "\357\277\275"}, /* half a pair */
        {"\"\\ud83dx\\udc00\"", "\357\277\275x\357\277\275"},
        {"\"\\ud83d\\u0041\"", "\357\277\275A"}, /* half a pair, then a character of its own */
        {"\"\\u0000\"", "\357\277\275"},
        {"\"a\\/\\b\\f\\r\\\"\"", "a/\b\f\r\""},
        {"\"\377\"", "\377"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[64];
        yd_json_reader reader = on(rows[i].text);
        CHECK(yd_json_read_string(&reader, out, sizeof out) && yd_json_read_end(&reader));
        CHECK_TEXT(out, rows[i].wanted);
    }
    char small[4];
    yd_json_reader reader = on("\"ab\342\202\254c\"");
    CHECK(yd_json_read_string(&reader, small, sizeof small) && yd_json_read_end(&reader));
    CHECK_TEXT(small, "ab"); /* no piece of a character, and nothing after one that did not fit */
}

static void refuses_what_is_no_json(void)
{
    static const char *const bad[] = {
        "",     "{",    "[1,]",      "[1 2]", "{\"a\"}",  "{\"a\":}", "{a:1}",  "[01]",  "[1.]",
        "[.5]", "[1e]", "[+1]",      "[nul]", "[truely]", "\"\\x\"",  "\"\n\"", "\"",    "\"\\u12\"",
        "[1]]", "[1}",  "{\"a\":1]", "{,}",   "[,1]",     "[--1]",    "nan",    "[inf]", "[1e999]x",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        yd_json_reader reader = on(bad[i]);
        bool whole = yd_json_read_skip(&reader) && yd_json_read_end(&reader);
        if (whole) yd_test_fatal(__FILE__, __LINE__, "taken: %s", bad[i]);
    }
}

static void skips_any_value(void)
{
    static const char *const good[] = {
        "null",         " true ", "-0.5e-3", "\"x\"", "[]", "{}", "[[],{\"a\":[1,{\"b\":null}]},\"]\"]",
        "[ 1 , 2 ]\r\n"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        yd_json_reader reader = on(good[i]);
        CHECK(yd_json_read_skip(&reader) && yd_json_read_end(&reader));
    }
    char deep[200];
    memset(deep, '[', sizeof deep);
    yd_json_reader reader;
    yd_json_read_start(&reader, deep, sizeof deep); /* unterminated too */
    CHECK(!yd_json_read_skip(&reader) && reader.failed);
}

static void checks_ranges(void)
{
    int64_t value = 7;
    static const char *const bad[] = {"5", "-1", "1.0", "1e2", "null", "\"1\"", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        yd_json_reader reader = on(bad[i]);
        CHECK(!yd_json_read_integer(&reader, 0, 4, &value) && reader.failed && value == 7);
    }
    double number;
    yd_json_reader reader = on("[1e999]");
    CHECK(yd_json_read_open(&reader, '[') && yd_json_read_more(&reader));
    CHECK(!yd_json_read_number(&reader, &number) && reader.failed); /* no finite number */
}

/* Any bytes: no step goes beyond the end, and what has failed stays failed. */
static void stands_noise(void)
{
    static const char alphabet[] = "{}[]\",:\\u0123eE+-.ntrufalse \n\377d8";
    srand(3);
    for (int round = 0; round < 20000; round++) {
        size_t length = (size_t)(rand() % 40);
        char *text = malloc(length + 1); /* its end is where ASan looks */
        REQUIRE(text);
        for (size_t i = 0; i < length; i++) text[i] = alphabet[(size_t)rand() % (sizeof alphabet - 1)];
        text = realloc(text, length ? length : 1);
        yd_json_reader reader;
        yd_json_read_start(&reader, text, length);
        bool done = yd_json_read_skip(&reader);
        CHECK(done == !reader.failed && reader.at <= reader.end);
        free(text);
    }
}

static const yd_test_case cases[] = {
    {"reads what the writer wrote", reads_what_the_writer_wrote},
    {"decodes strings", decodes_strings},
    {"refuses what is no JSON", refuses_what_is_no_json},
    {"skips any value", skips_any_value},
    {"checks ranges", checks_ranges},
    {"stands noise", stands_noise},
};

TEST_MAIN(cases)
