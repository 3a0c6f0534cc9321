/* What a validation prints and writes, to the byte. */
#include "eval/report.h"
#include "support/test.h"
#include <math.h>

static const char *const names[3] = {"cat", "a \"dog\"\n", "bird"};
static const yd_class_result classes[2] = {
    {.cls = 0, .images = 3, .labels = 5, .precision = .5, .recall = .25, .map50 = .125, .map50_95 = .0625},
    {.cls = 1, .images = 4, .labels = 7, .precision = 1, .recall = .3333333333, .map50 = .9, .map50_95 = .1}};
static const yd_validate_result result = {.metrics = {.images = 10,
                                                      .labels = 12,
                                                      .precision = .75,
                                                      .recall = .2916666667,
                                                      .map50 = .5125,
                                                      .map50_95 = .08125,
                                                      .fitness = .124375,
                                                      .class_count = 2,
                                                      .classes = classes,
                                                      .nc = 3},
                                          .box = .05,
                                          .obj = .04,
                                          .cls = NAN,
                                          .load_ms = .25,
                                          .inference_ms = 12.5,
                                          .nms_ms = 1};

static void tables(void)
{
    yd_text text = {0};
    yd_report_header(&text, YD_WORDING_SEED);
    yd_report_table(&text, YD_WORDING_SEED, &result.metrics, names, false);
    CHECK_TEXT(text.data,
               "               Class     Images     Labels          P          R     mAP@.5 mAP@.5:.95\n"
               "                 all         10         12       0.75      0.292      0.512     0.0813\n");
    yd_text_clear(&text);
    yd_report_header(&text, YD_WORDING_V7);
    yd_report_table(&text, YD_WORDING_V7, &result.metrics, names, true);
    CHECK_TEXT(
        text.data,
        "                 Class     Images  Instances          P          R      mAP50   mAP50-95\n"
        "                   all         10         12       0.75      0.292      0.512     0.0813\n"
        "                   cat         10          5        0.5       0.25      0.125     0.0625\n"
        "           a \"dog\"\\x0a         10          7          1      0.333        0.9        0.1\n");
    yd_text_clear(&text);
    yd_metrics_result alone = result.metrics; /* the only class is all classes: it has no row of its own */
    alone.nc = alone.class_count = 1;
    yd_report_table(&text, YD_WORDING_V7, &alone, names, true);
    CHECK_TEXT(text.data,
               "                   all         10         12       0.75      0.292      0.512     0.0813\n");
    yd_text_free(&text);
}

static void json(void)
{
    yd_text text = {0};
    yd_report_json(&text, &result, names);
    CHECK_TEXT(text.data,
               "{\"images\": 10, \"labels\": 12, \"metrics\": {\"precision\": 0.75, \"recall\": 0.291666667, "
               "\"map50\": 0.5125, \"map50_95\": 0.08125, \"fitness\": 0.124375}, "
               "\"loss\": {\"box\": 0.05, \"obj\": 0.04, \"cls\": null}, "
               "\"classes\": [{\"name\": \"cat\", \"images\": 3, \"labels\": 5, \"precision\": 0.5, "
               "\"recall\": 0.25, \"map50\": 0.125, \"map50_95\": 0.0625}, "
               "{\"name\": \"a \\\"dog\\\"\\u000a\", \"images\": 4, \"labels\": 7, \"precision\": 1, "
               "\"recall\": 0.333333333, \"map50\": 0.9, \"map50_95\": 0.1}], "
               "\"speed_ms\": {\"load\": 0.25, \"inference\": 12.5, \"nms\": 1}}\n");
    yd_text_free(&text);
}

static void unwritable(void)
{
    yd_error error;
    CHECK(yd_report_write_json("/does/not/exist/val.json", &result, names, &error) == YD_ERR_IO);
}

static const yd_test_case cases[] = {{"tables", tables}, {"json", json}, {"unwritable", unwritable}};
TEST_MAIN(cases)
