#include "eval/report.h"
#include "base/file.h"
#include "base/json.h"
#include <string.h>

static int name_width(yd_wording wording)
{
    return wording == YD_WORDING_SEED ? 20 : 22;
}

void yd_report_header(yd_text *text, yd_wording wording)
{
    bool seed = wording == YD_WORDING_SEED;
    yd_text_addf(text, "%*s%11s%11s%11s%11s%11s%11s\n", name_width(wording), "Class", "Images",
                 seed ? "Labels" : "Instances", "P", "R", seed ? "mAP@.5" : "mAP50",
                 seed ? "mAP@.5:.95" : "mAP50-95");
}

static void add_row(yd_text *text, yd_wording wording, const char *name, int images, int64_t labels,
                    const double numbers[4])
{
    char escaped[256];
    yd_escape(escaped, sizeof escaped, name);
    int surplus = (int)strlen(escaped) - yd_utf8_characters(escaped); /* printf counts bytes */
    yd_text_addf(text, "%*s%11d%11lld", name_width(wording) + surplus, escaped, images, (long long)labels);
    for (int k = 0; k < 4; k++) yd_text_addf(text, "%11.3g", numbers[k]);
    yd_text_add(text, "\n");
}

void yd_report_table(yd_text *text, yd_wording wording, const yd_metrics_result *result,
                     const char *const *names, bool per_class)
{
    const double all[4] = {result->precision, result->recall, result->map50, result->map50_95};
    add_row(text, wording, "all", result->images, result->labels, all);
    for (int c = 0; per_class && result->nc > 1 && c < result->class_count; c++) {
        const yd_class_result *one = &result->classes[c];
        const double numbers[4] = {one->precision, one->recall, one->map50, one->map50_95};
        add_row(text, wording, names[one->cls], result->images, one->labels, numbers);
    }
}

void yd_report_speed(yd_text *text, const yd_validate_result *result, int batch, int size)
{
    yd_text_addf(
        text, "Speed: %.1fms pre-process, %.1fms inference, %.1fms NMS per image at shape (%d, 3, %d, %d)\n",
        result->load_ms, result->inference_ms, result->nms_ms, batch, size, size);
}

static void add_numbers(yd_json *json, double precision, double recall, double map50, double map50_95)
{
    yd_json_number(json, "precision", precision);
    yd_json_number(json, "recall", recall);
    yd_json_number(json, "map50", map50);
    yd_json_number(json, "map50_95", map50_95);
}

static void add_classes(yd_json *json, const yd_metrics_result *metrics, const char *const *names)
{
    yd_json_open(json, "classes", '[');
    for (int c = 0; c < metrics->class_count; c++) {
        const yd_class_result *one = &metrics->classes[c];
        yd_json_open(json, NULL, '{');
        yd_json_string(json, "name", names[one->cls]);
        yd_json_integer(json, "images", one->images);
        yd_json_integer(json, "labels", one->labels);
        add_numbers(json, one->precision, one->recall, one->map50, one->map50_95);
        yd_json_close(json, '}');
    }
    yd_json_close(json, ']');
}

static void add_coco(yd_json *json, const double numbers[YD_COCO_NUMBERS])
{
    static const char *const keys[YD_COCO_NUMBERS] = {"AP",        "AP50",     "AP75",      "AP_small",
                                                      "AP_medium", "AP_large", "AR1",       "AR10",
                                                      "AR100",     "AR_small", "AR_medium", "AR_large"};
    yd_json_open(json, "coco", '{');
    for (int i = 0; i < YD_COCO_NUMBERS; i++) yd_json_number(json, keys[i], numbers[i]);
    yd_json_close(json, '}');
}

void yd_report_json(yd_text *text, const yd_validate_result *result, const char *const *names)
{
    const yd_metrics_result *metrics = &result->metrics;
    yd_json json;
    yd_json_start(&json, text);
    yd_json_open(&json, NULL, '{');
    yd_json_integer(&json, "images", metrics->images);
    yd_json_integer(&json, "labels", metrics->labels);
    yd_json_open(&json, "metrics", '{');
    add_numbers(&json, metrics->precision, metrics->recall, metrics->map50, metrics->map50_95);
    yd_json_number(&json, "fitness", metrics->fitness);
    yd_json_close(&json, '}');
    yd_json_open(&json, "loss", '{');
    yd_json_number(&json, "box", result->box);
    yd_json_number(&json, "obj", result->obj);
    yd_json_number(&json, "cls", result->cls);
    yd_json_close(&json, '}');
    add_classes(&json, metrics, names);
    if (result->has_coco) add_coco(&json, result->coco);
    yd_json_open(&json, "speed_ms", '{');
    yd_json_number(&json, "load", result->load_ms);
    yd_json_number(&json, "inference", result->inference_ms);
    yd_json_number(&json, "nms", result->nms_ms);
    yd_json_close(&json, '}');
    yd_json_close(&json, '}');
    yd_text_add(text, "\n");
}

yd_status yd_report_write_json(const char *path, const yd_validate_result *result, const char *const *names,
                               yd_error *error)
{
    yd_text text = {0};
    yd_report_json(&text, result, names);
    return yd_file_write_text(path, &text, error);
}
