/* Model YAMLs: the shipped ones against the tables of the specification, JSON, and what is refused. */
#include "base/file.h"
#include "config/model_yaml.h"
#include "support/test.h"
#include <stdio.h>
#include <string.h>

static yd_arena *arena;

static const char *shipped(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/configs/models/%s", YD_SOURCE_DIR, name);
    return path;
}

static yd_model_yaml load(const char *path)
{
    yd_model_yaml yaml;
    yd_error error = {0};
    if (yd_model_yaml_load(path, arena, &yaml, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return yaml;
}

/* A row as one line: "[-1,6] x1 Concat(1)". */
static const char *row_text(const yd_model_row *row)
{
    static char text[256];
    size_t n = 0;
    for (int i = 0; i < row->from_count; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%d", i ? "," : "", row->from[i]);
    n += (size_t)snprintf(text + n, sizeof text - n, " x%d %s(", row->number, row->module);
    for (int i = 0; i < row->arg_count; i++) {
        const yd_arg *arg = &row->args[i];
        if (i) n += (size_t)snprintf(text + n, sizeof text - n, ",");
        if (arg->kind == YD_ARG_INT || arg->kind == YD_ARG_FLOAT)
            n += (size_t)snprintf(text + n, sizeof text - n, "%g", arg->number);
        else if (arg->kind == YD_ARG_TEXT)
            n += (size_t)snprintf(text + n, sizeof text - n, "'%s'", arg->text);
        else if (arg->kind == YD_ARG_LIST)
            for (int j = 0; j < arg->list_count; j++)
                n += (size_t)snprintf(text + n, sizeof text - n, "%s%d", j ? ":" : "", arg->list[j]);
        else
            n += (size_t)snprintf(text + n, sizeof text - n, "%s",
                                  arg->kind == YD_ARG_NONE      ? "None"
                                  : arg->kind == YD_ARG_NC      ? "nc"
                                  : arg->kind == YD_ARG_ANCHORS ? "anchors"
                                  : arg->number != 0            ? "True"
                                                                : "False");
    }
    snprintf(text + n, sizeof text - n, ")");
    return text;
}

/* model_and_loss.md, 7.1 and 7.2 */
static const char *const v5_rows[] = {"-1 x1 Focus(64,3)",
                                      "-1 x1 Conv(128,3,2)",
                                      "-1 x3 C3(128)",
                                      "-1 x1 Conv(256,3,2)",
                                      "-1 x9 C3(256)",
                                      "-1 x1 Conv(512,3,2)",
                                      "-1 x9 C3(512)",
                                      "-1 x1 Conv(1024,3,2)",
                                      "-1 x1 SPP(1024,5:9:13)",
                                      "-1 x3 C3(1024,False)",
                                      "-1 x1 Conv(512,1,1)",
                                      "-1 x1 nn.Upsample(None,2,'nearest')",
                                      "-1,6 x1 Concat(1)",
                                      "-1 x3 C3(512,False)",
                                      "-1 x1 Conv(256,1,1)",
                                      "-1 x1 nn.Upsample(None,2,'nearest')",
                                      "-1,4 x1 Concat(1)",
                                      "-1 x3 C3(256,False)",
                                      "-1 x1 Conv(256,3,2)",
                                      "-1,14 x1 Concat(1)",
                                      "-1 x3 C3(512,False)",
                                      "-1 x1 Conv(512,3,2)",
                                      "-1,10 x1 Concat(1)",
                                      "-1 x3 C3(1024,False)",
                                      "17,20,23 x1 Detect(nc,anchors)"};

static void check_rows(const yd_model_yaml *yaml, bool v6)
{
    CHECK(yaml->row_count == 25 && yaml->backbone_count == 10);
    for (int i = 0; i < 25; i++) {
        const char *wanted = v5_rows[i];
        if (v6) wanted = i == 0 ? "-1 x1 Conv(64,6,2,2)" : i == 4 ? "-1 x6 C3(256)" : wanted;
        if (v6) wanted = i == 8 ? "-1 x3 C3(1024)" : i == 9 ? "-1 x1 SPPF(1024,5)" : wanted;
        CHECK_TEXT(row_text(&yaml->rows[i]), wanted);
        CHECK(yaml->rows[i].line > 0 && (i == 0 || yaml->rows[i].line > yaml->rows[i - 1].line));
    }
}

static void test_shipped(void)
{
    static const struct {
        const char *name;
        double depth, width;
    } models[] = {
        {"yolov5n.yaml", .33, .25},      {"yolov5s.yaml", .33, .5},    {"yolov5m.yaml", .67, .75},
        {"yolov5l.yaml", 1, 1},          {"yolov5x.yaml", 1.33, 1.25}, {"v5.0/yolov5s.yaml", .33, .5},
        {"v5.0/yolov5m.yaml", .67, .75}, {"v5.0/yolov5l.yaml", 1, 1},  {"v5.0/yolov5x.yaml", 1.33, 1.25}};
    static const double anchors[3][6] = {
        {10, 13, 16, 30, 33, 23}, {30, 61, 62, 45, 59, 119}, {116, 90, 156, 198, 373, 326}};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        yd_model_yaml yaml = load(shipped(models[i].name));
        CHECK(yaml.nc == 80 && yaml.channels == 3 && !yaml.activation);
        CHECK(yaml.depth_multiple == models[i].depth && yaml.width_multiple == models[i].width);
        CHECK(yaml.level_count == 3 && yaml.anchor_count == 3);
        for (int level = 0; level < 3; level++)
            for (int k = 0; k < 6; k++) CHECK(yaml.anchors[level][k] == anchors[level][k]);
        check_rows(&yaml, models[i].name[0] == 'y');
    }
}

/* The golden packs' models are JSON. */
static void test_golden(void)
{
    yd_model_yaml v6 = load(yd_test_shared("golden/micro_v6.yaml")),
                  v5 = load(yd_test_shared("golden/micro_v5.yaml"));
    CHECK(v6.nc == 3 && v6.width_multiple == .0625 && v6.row_count == 25);
    CHECK_TEXT(row_text(&v6.rows[11]), "-1 x1 nn.Upsample(None,2,'nearest')");
    CHECK_TEXT(row_text(&v6.rows[24]), "17,20,23 x1 Detect(nc,anchors)");
    CHECK_TEXT(row_text(&v5.rows[0]), "-1 x1 Focus(64,3)");
}

static const char *written(const char *text)
{
    static char path[4096];
    yd_error error;
    snprintf(path, sizeof path, "%s/m.yaml", yd_test_folder());
    REQUIRE(yd_file_write(path, text, strlen(text), &error) == YD_OK);
    return path;
}

#define TOP "nc: 2\ndepth_multiple: 1\nwidth_multiple: 1.0\n"

static void test_forms(void)
{
    yd_model_yaml yaml =
        load(written(TOP "anchors: 3\nch: 1\nactivation: nn.LeakyReLU(0.1)\ninplace: true\n"
                         "backbone: [[-1, 1, Conv, [8, [1, 1], 0.5]]]\n"
                         "head:\n  - [-1, 1, M, ['None', null, ~, True, 'False', '2', '.5', x]]\n"
                         "  - [[-1, -2, 0], 1, Detect, [nc, anchors]]\n"));
    CHECK(yaml.level_count == 0 && yaml.anchor_count == 3 && yaml.channels == 1);
    CHECK_TEXT(yaml.activation, "nn.LeakyReLU(0.1)");
    CHECK_TEXT(row_text(&yaml.rows[0]), "-1 x1 Conv(8,1:1,0.5)");
    CHECK_TEXT(row_text(&yaml.rows[1]), "-1 x1 M(None,None,None,True,False,2,0.5,'x')");
    CHECK_TEXT(row_text(&yaml.rows[2]), "-1,-2,0 x1 Detect(nc,anchors)");
    CHECK(yaml.rows[2].line == 11);
}

static void check_refused(const char *text, const char *wanted)
{
    yd_model_yaml yaml;
    yd_error error = {0};
    const char *path = written(text);
    CHECK(yd_model_yaml_load(path, arena, &yaml, &error) == YD_ERR_CONFIG);
    size_t length = strlen(path);
    CHECK(strncmp(error.message, path, length) == 0);
    CHECK_TEXT(error.message + length, wanted);
}

#define ROWS           "backbone: [[-1, 1, Conv, [8]]]\nhead: [[-1, 1, Detect, [nc, anchors]]]\n"
#define BODY(backbone) TOP "anchors: 3\nbackbone:\n" backbone "head: [[-1, 1, Detect, [nc, anchors]]]\n"

static void test_refused(void)
{
    check_refused("", ":1: a model must be a mapping with nc, anchors, backbone and head, found nothing");
    check_refused("- 1",
                  ":1: a model must be a mapping with nc, anchors, backbone and head, found a list of 1");
    check_refused("nc: many", ":1: nc must be a whole number from 1 to 100000, found \"many\"");
    check_refused("nc: 0", ":1: nc must be a whole number from 1 to 100000, found \"0\"");
    check_refused("nc: 2", ": depth_multiple is missing; it must be a number in (0, 100]");
    check_refused("nc: 2\ndepth_multiple: 1\nwidth_multiple: 0\n",
                  ":3: width_multiple must be a number in (0, 100], found \"0\"");
    check_refused(TOP ROWS,
                  ": anchors is missing; it must be a list of 1 to 8 levels, or how many anchors (1 to 5) "
                  "each level has");
    check_refused(
        TOP "anchors:\n  - [1,2,3]\n" ROWS,
        ":5: anchors of level 0 must be a list of 1 to 5 pairs of width and height, found a list of 3");
    check_refused(TOP "anchors:\n  - [1,2,3,4]\n  - [1,2]\n" ROWS,
                  ":6: anchors of level 1 must be 2 pairs, as in level 0, found a list of 2");
    check_refused(TOP "anchors:\n  - [1,-2]\n" ROWS,
                  ":5: anchors of level 0 must be a number in (0, 100000], found \"-2\"");
    check_refused(TOP "anchors: 3\n", ": backbone is missing; it must be a list of 1 to 1000 rows");
    check_refused(TOP "anchors: 3\nbackbone: []\n",
                  ":5: backbone must be a list of 1 to 1000 rows, found a list of 0");
    check_refused(
        BODY("  - [-1, 1, Conv]\n"),
        ":6: backbone row 0 must be a list of four: [from, number, module, args], found a list of 3");
    check_refused(BODY("  - [0, 1, Conv, [8]]\n"),
                  ":6: \"from\" of backbone row 0 must be -1: no layer stands before the first, found \"0\"");
    check_refused(
        BODY("  - [-2, 1, Conv, [8]]\n"),
        ":6: \"from\" of backbone row 0 must be -1: no layer stands before the first, found \"-2\"");
    check_refused(BODY("  - [-1, 1, Conv, [8]]\n  - [-1, 1, Conv, [8]]\n  - [[-1, 2], 1, Concat, [1]]\n"),
                  ":8: \"from\" of backbone row 2 must be a layer before this one: -2 to 1, found \"2\"");
    check_refused(BODY("  - [[], 1, Concat, [1]]\n"),
                  ":6: \"from\" of backbone row 0 must be a list of 1 to 8 layers, found a list of 0");
    check_refused(BODY("  - [-1, 0, Conv, [8]]\n"),
                  ":6: \"number\" of backbone row 0 must be a whole number from 1 to 1000, found \"0\"");
    check_refused(BODY("  - [-1, 1, 7, [8]]\n"),
                  ":6: \"module\" of backbone row 0 must be text, found \"7\"");
    check_refused(BODY("  - [-1, 1, Conv, 8]\n"),
                  ":6: \"args\" of backbone row 0 must be a list of at most 8, found \"8\"");
    check_refused(BODY("  - [-1, 1, Conv, [1,2,3,4,5,6,7,8,9]]\n"),
                  ":6: \"args\" of backbone row 0 must be a list of at most 8, found a list of 9");
    check_refused(
        BODY("  - [-1, 1, Conv, [[1, [2]]]]\n"),
        ":6: \"args\" of backbone row 0 must be a whole number from -100000 to 100000, found a list of 1");
    check_refused(
        BODY("  - [-1, 1, Conv, [.inf]]\n"),
        ":6: \"args\" of backbone row 0 must be numbers, words or lists of whole numbers, found \".inf\"");
    check_refused(TOP
                  "anchors: 3\nbackbone: [[-1, 1, Conv, [8]]]\nhead:\n  - [1, 1, Detect, [nc, anchors]]\n",
                  ":7: \"from\" of head row 0 must be a layer before this one: -1 to 0, found \"1\"");
}

int main(int argc, char **argv)
{
    static const yd_test_case cases[] = {
        {"shipped models equal the tables", test_shipped},
        {"JSON", test_golden},
        {"all forms", test_forms},
        {"what is refused", test_refused},
    };
    arena = yd_arena_create(0);
    int status = yd_test_main(argc, argv, cases, (int)(sizeof cases / sizeof *cases));
    yd_arena_destroy(arena);
    return status;
}
