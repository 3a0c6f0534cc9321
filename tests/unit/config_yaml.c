/* The YAML dialect against what PyYAML 6.0 makes of the same text, the messages, the limits and the writer.
 */
#include "base/file.h"
#include "config/yaml.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static yd_arena *arena;

static yd_status parse(const char *text, yd_yaml *yaml, yd_error *error)
{
    return yd_yaml_parse("t.yaml", text, strlen(text), arena, yaml, error);
}

static const yd_yaml_node *value_of(const char *text)
{
    yd_yaml yaml;
    yd_error error = {0};
    if (parse(text, &yaml, &error) != YD_OK) yd_test_fatal(__FILE__, __LINE__, "%s: %s", text, error.message);
    return yd_yaml_find(yaml.root, "a");
}

static void check_fails(const char *text, const char *message)
{
    yd_yaml yaml;
    yd_error error = {0};
    CHECK(parse(text, &yaml, &error) == YD_ERR_CONFIG);
    CHECK_TEXT(error.message, message);
}

static void test_scalars(void)
{
    static const struct {
        const char *text;
        yd_yaml_kind kind;
        double number;
    } cases[] = {
        {"1", YD_YAML_INT, 1},
        {"-12", YD_YAML_INT, -12},
        {"+12", YD_YAML_INT, 12},
        {"0", YD_YAML_INT, 0},
        {"010", YD_YAML_INT, 8},
        {"-017", YD_YAML_INT, -15},
        {"01_7", YD_YAML_INT, 15},
        {"0_", YD_YAML_INT, 0},
        {"1_0", YD_YAML_INT, 10},
        {"1__", YD_YAML_INT, 1},
        {"0x1F", YD_YAML_INT, 31},
        {"-0x1f", YD_YAML_INT, -31},
        {"0b11", YD_YAML_INT, 3},
        {"1:30", YD_YAML_INT, 90},
        {"-1:30", YD_YAML_INT, -90},
        {"190:20:30", YD_YAML_INT, 685230},
        {"08", YD_YAML_TEXT, 0},
        {"0o17", YD_YAML_TEXT, 0},
        {"0b2", YD_YAML_TEXT, 0},
        {"0x", YD_YAML_TEXT, 0},
        {"1:60", YD_YAML_TEXT, 0},
        {"--1", YD_YAML_TEXT, 0},
        {"+", YD_YAML_TEXT, 0},
        {"1,000", YD_YAML_TEXT, 0},
        {"0.01", YD_YAML_FLOAT, .01},
        {".5", YD_YAML_FLOAT, .5},
        {"3.", YD_YAML_FLOAT, 3},
        {"0.", YD_YAML_FLOAT, 0},
        {"1.0e-05", YD_YAML_FLOAT, 1e-5},
        {"1.e-5", YD_YAML_FLOAT, 1e-5},
        {"1.5e+3", YD_YAML_FLOAT, 1500},
        {"1._e+1", YD_YAML_FLOAT, 10},
        {"1_000.5_0", YD_YAML_FLOAT, 1000.5},
        {"1:30.5", YD_YAML_FLOAT, 90.5},
        {"-2.5", YD_YAML_FLOAT, -2.5},
        {".inf", YD_YAML_FLOAT, INFINITY},
        {"-.INF", YD_YAML_FLOAT, -INFINITY},
        {"+.Inf", YD_YAML_FLOAT, INFINITY},
        {".nan", YD_YAML_FLOAT, NAN},
        {"1e-5", YD_YAML_TEXT, 0},
        {"1E5", YD_YAML_TEXT, 0},
        {"1.0e5", YD_YAML_TEXT, 0},
        {"-.5", YD_YAML_TEXT, 0},
        {"+.5", YD_YAML_TEXT, 0},
        {"-.nan", YD_YAML_TEXT, 0},
        {".", YD_YAML_TEXT, 0},
        {"._", YD_YAML_TEXT, 0},
        {".e+1", YD_YAML_TEXT, 0},
        {"1.2.3", YD_YAML_TEXT, 0},
        {"inf", YD_YAML_TEXT, 0},
        {"2001-12-14", YD_YAML_TEXT, 0},
        {"no", YD_YAML_BOOL, 0},
        {"Off", YD_YAML_BOOL, 0},
        {"FALSE", YD_YAML_BOOL, 0},
        {"yes", YD_YAML_BOOL, 1},
        {"On", YD_YAML_BOOL, 1},
        {"TRUE", YD_YAML_BOOL, 1},
        {"y", YD_YAML_TEXT, 0},
        {"oN", YD_YAML_TEXT, 0},
        {"~", YD_YAML_NULL, 0},
        {"", YD_YAML_NULL, 0},
        {"null", YD_YAML_NULL, 0},
        {"Null", YD_YAML_NULL, 0},
        {"nULL", YD_YAML_TEXT, 0},
        {"None", YD_YAML_TEXT, 0},
        {"9223372036854775807", YD_YAML_INT, 0x1p63},
        {"-9223372036854775808", YD_YAML_INT, -0x1p63},
        {"9223372036854775808", YD_YAML_FLOAT, 0x1p63},
        {"1.0e+999", YD_YAML_FLOAT, INFINITY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        snprintf(text, sizeof text, "a: %s", cases[i].text);
        const yd_yaml_node *node = value_of(text);
        bool same = node && node->kind == cases[i].kind;
        if (same && isnan(cases[i].number))
            same = isnan(node->number);
        else if (same && cases[i].kind != YD_YAML_TEXT && cases[i].kind != YD_YAML_NULL)
            same = node->number == cases[i].number;
        if (!same) fprintf(stderr, "case \"%s\"\n", cases[i].text);
        CHECK(same);
    }
    CHECK(value_of("a: 9223372036854775807")->integer == INT64_MAX);
    CHECK(value_of("a: -9223372036854775808")->integer == INT64_MIN);
}

static void test_quoted_and_tagged(void)
{
    CHECK(value_of("a: 'no'")->kind == YD_YAML_TEXT && value_of("a: 'no'")->quoted);
    CHECK(value_of("a: \"12\"")->kind == YD_YAML_TEXT);
    CHECK(value_of("a: |\n  12\n")->kind == YD_YAML_TEXT);
    CHECK_TEXT(value_of("a: |\n  12\n")->text, "12\n");
    CHECK(value_of("a: !!str 12")->kind == YD_YAML_TEXT);
    CHECK(value_of("a: !!float 1")->kind == YD_YAML_FLOAT && value_of("a: !!float 1")->number == 1);
    CHECK(value_of("a: !!int '7'")->kind == YD_YAML_INT && value_of("a: !!int '7'")->integer == 7);
    CHECK_TEXT(value_of("a: \"\\u00e9\"")->text, "é");
    check_fails("a: !!int x", "t.yaml:1: tagged !!int, but found \"x\"");
    check_fails(
        "\na: !!python/object/apply:os.system ['id']",
        "t.yaml:2: the tag tag:yaml.org,2002:python/object/apply:os.system is not one of YAML's own types "
        "that can stand here");
    check_fails("a: !mine 1", "t.yaml:1: the tag !mine is not one of YAML's own types that can stand here");
    check_fails("a: \"x\\0y\"", "t.yaml:1: a text holds a zero byte");
}

static void test_trees(void)
{
    yd_yaml yaml;
    yd_error error = {0};
    REQUIRE(parse("# first\nb: [1, {c: 2}]\nd:\n  - x\n  - y: z\na: 3\na: 4\n", &yaml, &error) == YD_OK);
    CHECK(yaml.root->kind == YD_YAML_MAPPING && yaml.root->count == 4 && yaml.root->line == 2);
    const yd_yaml_node *b = yd_yaml_find(yaml.root, "b"), *d = yd_yaml_find(yaml.root, "d");
    CHECK(b->kind == YD_YAML_SEQUENCE && b->count == 2 && b->items[1]->kind == YD_YAML_MAPPING);
    CHECK(d->items[0]->line == 4 && d->items[1]->line == 5 && d->weight == 5 && d->height == 2);
    CHECK(yd_yaml_find(yaml.root, "a")->integer == 4); /* the last of two */
    CHECK(!yd_yaml_find(yaml.root, "none") && !yd_yaml_find(b, "c") && !yd_yaml_find(NULL, "c"));
    REQUIRE(parse("{\"a\": [1, \"None\", false], \"b\": {\"c\": null}}", &yaml, &error) == YD_OK); /* JSON */
    CHECK(yd_yaml_find(yaml.root, "a")->items[2]->kind == YD_YAML_BOOL);
    REQUIRE(parse("", &yaml, &error) == YD_OK && yaml.root->kind == YD_YAML_NULL);
    REQUIRE(parse("# nothing\n", &yaml, &error) == YD_OK && yaml.root->kind == YD_YAML_NULL);
}

static void test_aliases(void)
{
    yd_yaml yaml;
    yd_error error = {0};
    REQUIRE(parse("x: &x {p: 1, q: 2}\na: {<<: *x, q: 3}\nb: {q: 4, <<: [*x, {p: 5, r: 6}]}\nc: *x\n", &yaml,
                  &error) == YD_OK);
    const yd_yaml_node *a = yd_yaml_find(yaml.root, "a"), *b = yd_yaml_find(yaml.root, "b");
    CHECK(yd_yaml_find(a, "p")->integer == 1 && yd_yaml_find(a, "q")->integer == 3);
    CHECK(yd_yaml_find(b, "p")->integer == 1 && yd_yaml_find(b, "q")->integer == 4);
    CHECK(yd_yaml_find(b, "r")->integer == 6);
    CHECK(yd_yaml_find(yaml.root, "c") == yd_yaml_find(yaml.root, "x"));
    check_fails("a: *x", "t.yaml:1: *x names nothing");
    check_fails("a: &x [1, *x]", "t.yaml:1: *x stands inside itself");
    check_fails("a: {<<: 3}", "t.yaml:1: << needs a mapping or a list of mappings");
}

static void test_bombs(void)
{
    yd_text text = {0};
    for (int i = 0; i < 12; i++) {
        yd_text_addf(&text, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++) i ? yd_text_addf(&text, "*a%d,", i - 1) : yd_text_add(&text, "lol,");
        yd_text_add(&text, "]\n");
    }
    check_fails(text.data, "t.yaml:6: more than 200000 values, aliases counted as often as they stand");
    yd_text_clear(&text);
    yd_text_add(&text, "m0: &m0 {a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8}\n");
    for (int i = 1; i < 12; i++)
        yd_text_addf(&text, "m%d: &m%d {<<: [*m%d,*m%d,*m%d,*m%d,*m%d,*m%d,*m%d,*m%d]}\n", i, i, i - 1, i - 1,
                     i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    check_fails(text.data, "t.yaml:6: more than 200000 values, aliases counted as often as they stand");
    yd_text_clear(&text);
    for (int i = 0; i < 5000; i++) yd_text_add(&text, "[");
    check_fails(text.data, "t.yaml:1: nested deeper than 32");
    yd_text_clear(&text);
    yd_text_add(&text, "a0: &a0 []\n"); /* each line is shallow, the tree is not */
    for (int i = 1; i < 40; i++) yd_text_addf(&text, "a%d: &a%d [*a%d]\n", i, i, i - 1);
    check_fails(text.data, "t.yaml:34: nested deeper than 32");
    yd_text_free(&text);
}

static void test_broken_files(void)
{
    yd_yaml yaml;
    yd_error error = {0};
    check_fails("a: [1, 2",
                "t.yaml:2: not YAML: did not find expected ',' or ']' while parsing a flow sequence");
    check_fails("a: 1\n b: 2\n", "t.yaml:2: not YAML: mapping values are not allowed in this context");
    check_fails("a: 1\n---\nb: 2\n", "t.yaml:2: a second document begins; one is wanted");
    check_fails("? [1, 2]\n: x\n", "t.yaml:1: a key must be a word or a number");
    CHECK(parse("a: \xff\xfe", &yaml, &error) == YD_ERR_CONFIG);
    CHECK(strstr(error.message, "UTF-8") != NULL);
    CHECK(yd_yaml_load("/nonexistent/x.yaml", arena, &yaml, &error) == YD_ERR_CONFIG);
    CHECK(strstr(error.message, "/nonexistent/x.yaml: cannot open") != NULL);
    CHECK(yd_yaml_load("/", arena, &yaml, &error) == YD_ERR_CONFIG);
}

/* The message that a getter gives for key a of text. */
static const char *message_of(const char *text, char getter)
{
    static yd_error error;
    yd_yaml yaml;
    error = (yd_error){0};
    REQUIRE(parse(text, &yaml, &error) == YD_OK);
    const yd_yaml_node *node = yd_yaml_find(yaml.root, "a");
    int64_t integer;
    double number;
    bool truth;
    const char *string;
    yd_status status = getter == 'i'   ? yd_yaml_integer(&yaml, node, "a", 1, 9, &integer, &error)
                       : getter == 'n' ? yd_yaml_number(&yaml, node, "a", "(0, 1]", &number, &error)
                       : getter == 'b' ? yd_yaml_bool(&yaml, node, "a", &truth, &error)
                                       : yd_yaml_text(&yaml, node, "a", &string, &error);
    CHECK(status == YD_ERR_CONFIG && error.status == YD_ERR_CONFIG);
    return error.message;
}

static void test_messages(void)
{
    CHECK_TEXT(message_of("\n\na: fast", 'n'), "t.yaml:3: a must be a number in (0, 1], found \"fast\"");
    CHECK_TEXT(message_of("a: 0", 'n'), "t.yaml:1: a must be a number in (0, 1], found \"0\"");
    CHECK_TEXT(message_of("a: .nan", 'n'), "t.yaml:1: a must be a number in (0, 1], found \".nan\"");
    CHECK_TEXT(
        message_of("a: 1e-3", 'n'),
        "t.yaml:1: a must be a number in (0, 1], found \"1e-3\", which YAML reads as text; write 0.001");
    CHECK_TEXT(
        message_of("a: 1e-5", 'n'),
        "t.yaml:1: a must be a number in (0, 1], found \"1e-5\", which YAML reads as text; write 1.0e-05");
    CHECK_TEXT(message_of("a: no", 's'), "t.yaml:1: a must be text, found \"no\", which YAML reads as false");
    CHECK_TEXT(message_of("a: ~", 's'), "t.yaml:1: a must be text, found \"~\", which YAML reads as nothing");
    CHECK_TEXT(message_of("a:", 's'), "t.yaml:1: a must be text, found nothing");
    CHECK_TEXT(message_of("b: 1", 'b'), "t.yaml: a is missing; it must be true or false");
    CHECK_TEXT(message_of("a: 10", 'i'), "t.yaml:1: a must be a whole number from 1 to 9, found \"10\"");
    CHECK_TEXT(message_of("a: 1.0", 'i'), "t.yaml:1: a must be a whole number from 1 to 9, found \"1.0\"");
    CHECK_TEXT(message_of("a: [1, 2]", 'i'),
               "t.yaml:1: a must be a whole number from 1 to 9, found a list of 2");
    CHECK_TEXT(message_of("a: \"\\e[2J\"", 'b'), "t.yaml:1: a must be true or false, found \"\\x1b[2J\"");
}

static void test_intervals(void)
{
    CHECK(yd_interval_holds("(0, 1]", 1) && !yd_interval_holds("(0, 1]", 0) &&
          !yd_interval_holds("(0, 1]", NAN));
    CHECK(yd_interval_holds("[0, inf)", 1e300) && !yd_interval_holds("[0, inf)", INFINITY));
    CHECK(yd_interval_holds("[-1, 0.5)", -1) && !yd_interval_holds("[-1, 0.5)", .5));
}

/* What yaml.safe_dump(…, sort_keys=False) of PyYAML 6.0 writes for the same values. */
static void test_writer(void)
{
    static const char wanted[] = "lr0: 0.01\ntiny: 1.0e-05\nbig: 1.0e+20\nwhole: 3.0\nnan: .nan\ninf: -.inf\n"
                                 "count: 16\nempty: ''\nword: SGD\nnumberlike: '0'\nfloatlike: '1.5'\n"
                                 "expo: 1e-5\ntruth: 'no'\nnothing: null\n'yes': true\n'no': false\n"
                                 "list:\n- 640\n- 640\nnone: []\nhyp:\n  box: 0.05\n  deep:\n  - x\n"
                                 "colon: 'a: b'\nhash: 'a #b'\nlead: -x y\naccent: \"caf\\xE9\"\n";
    yd_text text = {0};
    yd_error error = {0};
    yd_yaml_writer *w = yd_yaml_write_start(&text);
    yd_yaml_write_number(w, "lr0", .01);
    yd_yaml_write_number(w, "tiny", 1e-5);
    yd_yaml_write_number(w, "big", 1e20);
    yd_yaml_write_number(w, "whole", 3);
    yd_yaml_write_number(w, "nan", NAN);
    yd_yaml_write_number(w, "inf", -INFINITY);
    yd_yaml_write_integer(w, "count", 16);
    yd_yaml_write_text(w, "empty", "");
    yd_yaml_write_text(w, "word", "SGD");
    yd_yaml_write_text(w, "numberlike", "0");
    yd_yaml_write_text(w, "floatlike", "1.5");
    yd_yaml_write_text(w, "expo", "1e-5");
    yd_yaml_write_text(w, "truth", "no");
    yd_yaml_write_null(w, "nothing");
    yd_yaml_write_bool(w, "yes", true);
    yd_yaml_write_bool(w, "no", false);
    yd_yaml_write_open(w, "list", '[');
    yd_yaml_write_integer(w, NULL, 640);
    yd_yaml_write_integer(w, NULL, 640);
    yd_yaml_write_close(w);
    yd_yaml_write_open(w, "none", '[');
    yd_yaml_write_close(w);
    yd_yaml_write_open(w, "hyp", '{');
    yd_yaml_write_number(w, "box", .05);
    yd_yaml_write_open(w, "deep", '[');
    yd_yaml_write_text(w, NULL, "x");
    yd_yaml_write_close(w);
    yd_yaml_write_close(w);
    yd_yaml_write_text(w, "colon", "a: b");
    yd_yaml_write_text(w, "hash", "a #b");
    yd_yaml_write_text(w, "lead", "-x y");
    yd_yaml_write_text(w, "accent", "café");
    REQUIRE(yd_yaml_write_finish(w, &error) == YD_OK);
    CHECK_TEXT(text.data, wanted);
    yd_yaml yaml;
    REQUIRE(parse(text.data, &yaml, &error) == YD_OK);
    CHECK(yd_yaml_find(yaml.root, "tiny")->number == 1e-5);
    CHECK_TEXT(yd_yaml_find(yaml.root, "accent")->text, "café");
    yd_text_free(&text);
}

/* Text that is not UTF-8 (a file name may be) is kept readable and the file stays YAML. */
static void test_writer_odd_text(void)
{
    yd_text text = {0};
    yd_error error = {0};
    yd_yaml yaml;
    yd_yaml_writer *w = yd_yaml_write_start(&text);
    yd_yaml_write_text(w, "bytes", "a\xff\xfe");
    yd_yaml_write_text(w, "control", "a\x1b[2J\n");
    REQUIRE(yd_yaml_write_finish(w, &error) == YD_OK);
    REQUIRE(parse(text.data, &yaml, &error) == YD_OK);
    CHECK_TEXT(yd_yaml_find(yaml.root, "bytes")->text, "a\\xff\\xfe");
    CHECK_TEXT(yd_yaml_find(yaml.root, "control")->text, "a\x1b[2J\n");
    yd_text_free(&text);
}

int main(int argc, char **argv)
{
    static const yd_test_case cases[] = {
        {"scalars resolve as in PyYAML", test_scalars},
        {"quotes and tags", test_quoted_and_tagged},
        {"trees, lines, repeated keys", test_trees},
        {"aliases and merges", test_aliases},
        {"bombs", test_bombs},
        {"broken files", test_broken_files},
        {"messages", test_messages},
        {"intervals", test_intervals},
        {"the writer equals safe_dump", test_writer},
        {"the writer and odd text", test_writer_odd_text},
    };
    arena = yd_arena_create(0);
    int status = yd_test_main(argc, argv, cases, (int)(sizeof cases / sizeof *cases));
    yd_arena_destroy(arena);
    return status;
}
