#include "base/error.h"
#include "base/json.h"
#include "base/rng.h"
#include "base/text.h"
#include "support/test.h"
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *escaped(const char *source)
{
    static char out[256];
    return yd_escape(out, sizeof out, source);
}

static void escape_shows_what_a_terminal_would_obey(void)
{
    CHECK_TEXT(escaped("plain text, größer, 猫, 🐈"), "plain text, größer, 猫, 🐈");
    CHECK_TEXT(escaped("a\x1b[31mb\r\n\t\x7f"), "a\\x1b[31mb\\x0d\\x0a\\x09\\x7f");
    CHECK_TEXT(escaped("\xc2\x9b"
                       "31m"),
               "\\xc2\\x9b31m");                   /* CSI of the C1 set */
    CHECK_TEXT(escaped("\xff\xfe"), "\\xff\\xfe"); /* never in UTF-8 */
    CHECK_TEXT(escaped("\xc3"), "\\xc3");          /* cut off */
    CHECK_TEXT(escaped("\xe7\x8c"
                       "x"),
               "\\xe7\\x8cx");                                                /* cut off, then text */
    CHECK_TEXT(escaped("\xc0\x80\xe0\x80\x80"), "\\xc0\\x80\\xe0\\x80\\x80"); /* overlong */
    CHECK_TEXT(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80");                   /* a surrogate */
    CHECK_TEXT(escaped("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");          /* above U+10FFFF */
}

static void escape_never_writes_half_a_character(void)
{
    char out[8];
    CHECK_TEXT(yd_escape(out, 5, "abc猫"), "abc");
    CHECK_TEXT(yd_escape(out, 7, "abc猫"), "abc猫");
    CHECK_TEXT(yd_escape(out, 4, "\x01"), "");
    CHECK_TEXT(yd_escape(out, 5, "\x01"), "\\x01");
    CHECK_TEXT(yd_escape(out, 1, "abc"), "");
    out[0] = 'k';
    yd_escape(out, 0, "abc");
    CHECK(out[0] == 'k');
}

static void copies_are_cut_and_terminated(void)
{
    char out[4] = "xxx";
    yd_copy_text(out, sizeof out, "abcdef");
    CHECK_TEXT(out, "abc");
    yd_copy_text(out, 0, "zzz");
    CHECK_TEXT(out, "abc");
}

static void doubles_are_parsed_strictly(void)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},  {"1.5", 1.5},  {"-2e-3", -2e-3}, {"+.5", .5},
                {"1.", 1}, {"1E3", 1000}, {"0.1", 0.1}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double value = -77;
        CHECK(yd_parse_double(good[i].text, &value));
        CHECK(value == good[i].value);
    }
    static const char *const bad[] = {"",      " 1",     "1 ",  "1x",   "0x10",    "inf", "nan",
                                      "1e999", "-1e999", "1,5", "1_0",  "--1",     "1e",  "e5",
                                      ".",     "+",      "1\n", "1..2", "Infinity"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double value = -77;
        CHECK(!yd_parse_double(bad[i], &value));
        CHECK(value == -77);
    }
}

/* The short way to a number against strtod: all digits that there can be, the point anywhere. */
static void plain_numbers_equal_strtod(void)
{
    char text[64];
    double value;
    yd_rng rng = yd_rng_make(1, 0, 0, 0);
    for (int i = 0; i < 200000; i++) {
        int digits = 1 + (int)yd_rng_below(&rng, 17), point = (int)yd_rng_below(&rng, 20), length = 0;
        for (int k = 0; k <= digits; k++) {
            if (k == point) text[length++] = '.';
            if (k < digits) text[length++] = (char)('0' + yd_rng_below(&rng, 10));
        }
        memcpy(text + length, " 7", 3);
        const char *end = yd_scan_plain(text, text + length + 2, &value);
        CHECK((end != NULL) == (digits <= 15));
        if (end) CHECK(end == text + length && value == strtod(text, NULL));
        text[length] = '\0';
        CHECK(yd_parse_double(text, &value) && value == strtod(text, NULL));
    }
    static const char *const none[] = {"", ".", "-1", "+1", "e", " 1", "1234567890123456", "..1"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        CHECK(!yd_scan_plain(none[i], none[i] + strlen(none[i]), &value));
    const char unended[2] = {'1', '2'};
    CHECK(yd_scan_plain(unended, unended + 2, &value) == unended + 2 && value == 12);
}

static void doubles_do_not_depend_on_the_locale(void)
{
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8")) yd_test_skip("needs the locale de_DE.UTF-8");
    double value = 0;
    CHECK(yd_parse_double("1.5", &value) && value == 1.5);
    CHECK(!yd_parse_double("1,5", &value));
    setlocale(LC_NUMERIC, "C");
}

static void integers_are_parsed_strictly(void)
{
    int64_t value = 0;
    CHECK(yd_parse_int("-9223372036854775808", &value) && value == INT64_MIN);
    CHECK(yd_parse_int("9223372036854775807", &value) && value == INT64_MAX);
    CHECK(yd_parse_int("+7", &value) && value == 7);
    CHECK(yd_parse_int("010", &value) && value == 10);
    value = 5;
    static const char *const bad[] = {
        "", "9223372036854775808", "-9223372036854775809", " 1", "1 ", "1.0", "0x1", "1e3", "-", "+-1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK(!yd_parse_int(bad[i], &value));
    CHECK(value == 5);
}

static const char *repr(double value)
{
    static char out[40];
    yd_format_double(out, sizeof out, value);
    return out;
}

/* What Python 3 prints for the same numbers. */
static void doubles_are_printed_as_python_prints_them(void)
{
    CHECK_TEXT(repr(0), "0.0");
    CHECK_TEXT(repr(-0.0), "-0.0");
    CHECK_TEXT(repr(3), "3.0");
    CHECK_TEXT(repr(0.01), "0.01");
    CHECK_TEXT(repr(1e-5), "1e-05");
    CHECK_TEXT(repr(0.0001), "0.0001");
    CHECK_TEXT(repr(0.1 + 0.2), "0.30000000000000004");
    CHECK_TEXT(repr(1.0 / 3), "0.3333333333333333");
    CHECK_TEXT(repr(1e15), "1000000000000000.0");
    CHECK_TEXT(repr(1e16), "1e+16");
    CHECK_TEXT(repr(123456789012345678.0), "1.2345678901234568e+17");
    CHECK_TEXT(repr(-1.5e-7), "-1.5e-07");
    CHECK_TEXT(repr(5e-324), "5e-324");
    CHECK_TEXT(repr(1.7976931348623157e308), "1.7976931348623157e+308");
    CHECK_TEXT(repr(NAN), "nan");
    CHECK_TEXT(repr(-INFINITY), "-inf");
}

static void edit_distance_is_levenshteins(void)
{
    CHECK(yd_edit_distance("", "") == 0);
    CHECK(yd_edit_distance("", "abc") == 3);
    CHECK(yd_edit_distance("kitten", "sitting") == 3);
    CHECK(yd_edit_distance("batch-size", "batchsize") == 1);
    char longer[1000];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    CHECK(yd_edit_distance(longer, "b") == 128); /* what is behind 128 does not count */
}

static void text_grows(void)
{
    yd_text text = {0};
    for (int i = 0; i < 1000; i++) yd_text_addf(&text, "%d,", i);
    CHECK(!text.failed && text.length == strlen(text.data));
    CHECK(strncmp(text.data, "0,1,2,", 6) == 0);
    yd_text_clear(&text);
    CHECK(text.length == 0 && text.data[0] == '\0');
    yd_text_add_bytes(&text, "a\0b", 3);
    CHECK(text.length == 3 && memcmp(text.data, "a\0b", 4) == 0);
    yd_text_free(&text);
    CHECK(!text.data);
}

static void a_text_too_large_fails_for_good(void)
{
    yd_text text = {0};
    yd_text_add(&text, "kept");
    yd_text_add_bytes(&text, "x", SIZE_MAX / 2);
    CHECK(text.failed);
    yd_text_add(&text, "not added");
    CHECK_TEXT(text.data, "kept");
    yd_text_free(&text);
}

static void errors_are_one_clean_line(void)
{
    yd_error error = {0};
    CHECK(yd_fail(&error, YD_ERR_CONFIG, "%s:%d: found \"%s\"", "a\nb.yaml", 7, "\x1b[2J") == YD_ERR_CONFIG);
    CHECK(error.status == YD_ERR_CONFIG);
    CHECK_TEXT(error.message, "a\\x0ab.yaml:7: found \"\\x1b[2J\"");
    yd_fail(&error, YD_ERR_IO, "while loading: %s", error.message); /* its own message as an argument */
    CHECK_TEXT(error.message, "while loading: a\\x0ab.yaml:7: found \"\\x1b[2J\"");
    errno = ENOSPC;
    CHECK(yd_fail_errno(&error, YD_ERR_IO, "last.pt") == YD_ERR_IO);
    CHECK_TEXT(error.message, "last.pt: No space left on device");
    CHECK(yd_fail(NULL, YD_ERR_DATA, "nobody listens") == YD_ERR_DATA);
    char longer[5000];
    memset(longer, '\x01', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    yd_fail(&error, YD_ERR_DATA, "%s", longer);
    CHECK(strlen(error.message) < sizeof error.message && strlen(error.message) > 1000);
}

static void exit_codes_are_the_documented_ones(void)
{
    CHECK(yd_exit_code(YD_OK) == 0);
    CHECK(yd_exit_code(YD_ERR_USAGE) == 2 && yd_exit_code(YD_ERR_CONFIG) == 2 &&
          yd_exit_code(YD_ERR_DATA) == 2);
    CHECK(yd_exit_code(YD_ERR_IO) == 3 && yd_exit_code(YD_ERR_MEMORY) == 3 &&
          yd_exit_code(YD_ERR_INTERNAL) == 3);
    CHECK(yd_exit_code(YD_ERR_STOPPED) == 4);
}

static void json_is_well_formed(void)
{
    yd_text text = {0};
    yd_json json;
    yd_json_start(&json, &text);
    yd_json_open(&json, NULL, '{');
    yd_json_string(&json, "na\"me", "a\\b\n\xff é");
    yd_json_number(&json, "x", 0.1);
    yd_json_number(&json, "none", NAN);
    yd_json_open(&json, "list", '[');
    yd_json_integer(&json, NULL, INT64_MIN);
    yd_json_bool(&json, NULL, true);
    yd_json_open(&json, NULL, '[');
    yd_json_close(&json, ']');
    yd_json_number(&json, NULL, INFINITY);
    yd_json_close(&json, ']');
    yd_json_bool(&json, "last", false);
    yd_json_close(&json, '}');
    CHECK_TEXT(text.data, "{\"na\\\"me\": \"a\\\\b\\u000a\\ufffd é\", \"x\": 0.1, \"none\": null, "
                          "\"list\": [-9223372036854775808, true, [], null], \"last\": false}");
    yd_text_free(&text);
}

static void shell_words_read_back(void)
{
    static const struct {
        const char *raw, *word;
    } rows[] = {{"exp3", "exp3"},
                {"runs/train/exp-3.1", "runs/train/exp-3.1"},
                {"", "''"},
                {"my run", "'my run'"},
                {"a$(reboot);b", "'a$(reboot);b'"},
                {"it's", "'it'\\''s'"},
                {"\346\227\245", "\346\227\245"},
                {"a\033[31mb'c", "$'a\\x1b[31mb\\x27c'"},
                {"\xff", "$'\\xff'"}};
    char out[64];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_TEXT(yd_shell_word(out, sizeof out, rows[i].raw), rows[i].word);
}

static void characters_are_counted(void)
{
    CHECK(yd_utf8_characters("") == 0 && yd_utf8_characters("abc") == 3 && yd_utf8_characters("a猫ü") == 3);
}

static const yd_test_case cases[] = {
    {"characters are counted", characters_are_counted},
    {"shell words read back", shell_words_read_back},
    {"escape shows what a terminal would obey", escape_shows_what_a_terminal_would_obey},
    {"escape never writes half a character", escape_never_writes_half_a_character},
    {"copies are cut and terminated", copies_are_cut_and_terminated},
    {"doubles are parsed strictly", doubles_are_parsed_strictly},
    {"plain numbers equal strtod", plain_numbers_equal_strtod},
    {"doubles do not depend on the locale", doubles_do_not_depend_on_the_locale},
    {"integers are parsed strictly", integers_are_parsed_strictly},
    {"doubles are printed as Python prints them", doubles_are_printed_as_python_prints_them},
    {"edit distance is Levenshtein's", edit_distance_is_levenshteins},
    {"text grows", text_grows},
    {"a text too large fails for good", a_text_too_large_fails_for_good},
    {"errors are one clean line", errors_are_one_clean_line},
    {"exit codes are the documented ones", exit_codes_are_the_documented_ones},
    {"json is well formed", json_is_well_formed},
};
TEST_MAIN(cases)
