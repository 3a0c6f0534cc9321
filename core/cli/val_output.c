#include "cli/val_output.h"
#include "base/file.h"
#include "base/log.h"
#include "eval/report.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What mAP is measured with. */
static const double LEAST_CONFIDENCE = 0.001;

/* Options that do not do what their names say, or do it at a price. */
static void answer_options(const yd_options *options)
{
    if (options->save_hybrid)
        yd_log(YD_LOG_WARNING,
               "--save-hybrid: labels stand among the predictions, so that metrics are not the model's own");
    if (options->conf_thres > LEAST_CONFIDENCE && strcmp(options->task, "speed") != 0)
        yd_log(YD_LOG_WARNING,
               "--conf-thres %g: what is less sure than that does not count, so that mAP is lower than at %g",
               options->conf_thres, LEAST_CONFIDENCE);
    if (options->save_conf && !options->save_txt && !options->save_hybrid)
        yd_log(YD_LOG_WARNING, "--save-conf means nothing without --save-txt");
    if (options->half)
        yd_log(YD_LOG_WARNING, "--half: float16 is for GPUs; the processor computes in float32");
    if (options->dnn)
        yd_log(YD_LOG_WARNING,
               "--dnn: OpenCV would compute an ONNX file; weights are .pt here, and computed by YoloDeck");
}

yd_status yd_val_output_open(yd_val_output *output, const yd_options *options, const yd_dataset_yaml *data,
                             yd_error *error)
{
    bool speed = strcmp(options->task, "speed") == 0, study = strcmp(options->task, "study") == 0;
    bool json = options->save_json || options->coco_json[0] || yd_dataset_yaml_is_coco(data);
    answer_options(options);
    output->text = (options->save_txt || options->save_hybrid) && !study;
    output->confidence = options->save_conf;
    output->single_class = options->single_cls;
    if (!json || speed || study) return YD_OK;
    return yd_predictions_create(data, options->coco_json, options->single_cls, &output->predictions, error);
}

yd_status yd_val_output_begin(yd_val_output *output, const yd_options *options, const yd_preset *preset,
                              yd_error *error)
{
    if (output->folder[0]) return YD_OK;
    return yd_run_folder_choose(options->project, options->name, options->exist_ok, preset->run_numbering,
                                output->text ? "labels" : "", output->folder, error);
}

void yd_val_output_close(yd_val_output *output)
{
    yd_predictions_destroy(output->predictions);
    output->predictions = NULL;
}

/* A line: class, centre and size as shares of the picture, in float32 and six digits as the reference. */
static void add_line(yd_text *text, const yd_val_output *output, const yd_fit *fit, const float d[6])
{
    float width = (float)fit->native_width, height = (float)fit->native_height;
    yd_text_addf(text, "%d %g %g %g %g", output->single_class ? 0 : (int)d[5],
                 (double)((d[0] + d[2]) / 2 / width), (double)((d[1] + d[3]) / 2 / height),
                 (double)((d[2] - d[0]) / width), (double)((d[3] - d[1]) / height));
    if (output->confidence) yd_text_addf(text, " %g", (double)d[4]);
    yd_text_add(text, "\n");
}

/* One write for each picture, and no flush to disk as yd_file_write has: there are thousands of them. */
static yd_status write_text(const yd_val_output *output, const char *picture, const yd_fit *fit,
                            const float (*detections)[6], int count, yd_error *error)
{
    char path[2 * YD_PATH_MAX];
    yd_text text = {0};
    const char *name = yd_path_name(picture), *dot = strrchr(name, '.');
    snprintf(path, sizeof path, "%s/labels/%.*s.txt", output->folder,
             dot ? (int)(dot - name) : (int)strlen(name), name);
    if (unlink(path) != 0 && errno != ENOENT)
        return yd_fail_errno(error, YD_ERR_IO, "%s: cannot be replaced", path);
    if (!count) return YD_OK;
    for (int i = 0; i < count; i++) add_line(&text, output, fit, detections[i]);
    yd_status status = text.failed ? yd_fail(error, YD_ERR_MEMORY, "no memory to write %s", path)
                                   : yd_file_append(path, text.data, text.length, error);
    yd_text_free(&text);
    return status;
}

yd_status yd_val_output_take(void *context, const char *path, const yd_fit *fit, const float (*detections)[6],
                             int count, yd_error *error)
{
    const yd_val_output *output = context;
    if (output->text) YD_TRY(write_text(output, path, fit, detections, count, error));
    if (!output->predictions) return YD_OK;
    return yd_predictions_take(output->predictions, path, fit, detections, count, error);
}

static yd_status finish_predictions(yd_val_output *output, const char *weights, yd_validate_result *result,
                                    yd_error *error)
{
    char path[YD_PATH_MAX];
    yd_text text = {0};
    YD_TRY(yd_predictions_file(output->folder, weights, path, error));
    YD_TRY(yd_predictions_write(output->predictions, path, error));
    printf("COCO's results file: %s\n", path);
    if (!yd_predictions_annotations(output->predictions)) {
        yd_log(YD_LOG_INFO, "no COCO annotations are there to evaluate it by: --coco-json FILE names them");
        return YD_OK;
    }
    YD_TRY(yd_predictions_evaluate(output->predictions, result->coco, error));
    result->has_coco = true;
    yd_predictions_report(&text, result->coco);
    if (text.data) fputs(text.data, stdout);
    yd_text_free(&text);
    return YD_OK;
}

yd_status yd_val_output_finish(yd_val_output *output, const char *weights, const char *const *names,
                               yd_validate_result *result, yd_error *error)
{
    char path[YD_PATH_MAX];
    if (output->predictions) YD_TRY(finish_predictions(output, weights, result, error));
    if (!yd_path_join(path, sizeof path, output->folder, "metrics.json"))
        return yd_fail(error, YD_ERR_CONFIG, "%.64s…: the path of the run folder is too long",
                       output->folder);
    return yd_report_write_json(path, result, names, error);
}
