#include "train/evaluate.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "eval/predictions.h"
#include "eval/report.h"
#include "train/class_line.h"
#include "train/control.h"
#include "train/plots.h"
#include "train/progress.h"
#include "train/setup.h"
#include "train/snapshots.h"
#include "train/wandb_run.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

yd_metrics_config yd_evaluate_metrics(const yd_preset *preset, int nc, bool single_class)
{
    return (yd_metrics_config){.nc = nc,
                               .single_cls = single_class,
                               .match = preset->matching,
                               .match_eps = preset->match_iou_eps,
                               .tail = preset->ap_tail,
                               .f1_smoothing = preset->f1_smoothing,
                               .confusion_counts_missed = preset->matching == YD_MATCH_PER_THRESHOLD};
}

yd_nms_config yd_evaluate_nms(const yd_preset *preset, double confidence, double iou, int most,
                              bool single_class)
{
    return (yd_nms_config){.conf = confidence,
                           .iou = iou,
                           .multi_label = true,
                           .agnostic = single_class,
                           .max_det = most,
                           .max_wh = preset->nms_max_wh};
}

yd_status yd_evaluate_loss(void *context, const yd_head *heads, const float *targets, int count,
                           double items[3], yd_error *error)
{
    yd_loss_items found;
    YD_TRY(yd_loss_compute(context, heads, targets, count, &found, error));
    items[0] = found.box;
    items[1] = found.obj;
    items[2] = found.cls;
    return YD_OK;
}

typedef struct validation_onlooker {
    yd_run *run;
    bool may_stop;
} validation_onlooker;

/* Between batches of a validation: progress for whoever watches, and commands. */
static bool look_on(void *context, const yd_validate_view *view)
{
    validation_onlooker *onlooker = context;
    yd_run *run = onlooker->run;
    yd_status_block *block = yd_telemetry_lock(&run->telemetry);
    block->validation_batch = view->batch + 1;
    block->validation_batches = view->batches;
    yd_telemetry_unlock(&run->telemetry);
    yd_snapshots_validation(run, view);
    yd_telemetry_progress(&run->telemetry);
    yd_control_poll(run);
    return !(onlooker->may_stop && run->requests.stop == YD_STOP_NOW);
}

static void publish(yd_run *run, yd_evaluate_why why, const yd_validate_result *result, double seconds)
{
    const yd_metrics_result *metrics = &result->metrics;
    bool best = why == YD_EVALUATE_EPOCH && metrics->fitness > run->progress.best.fitness;
    yd_event_body body = {.validation = {.epoch = run->progress.epoch,
                                         .best = best,
                                         .asked = why == YD_EVALUATE_ASKED,
                                         .precision = (float)metrics->precision,
                                         .recall = (float)metrics->recall,
                                         .map50 = (float)metrics->map50,
                                         .map50_95 = (float)metrics->map50_95,
                                         .fitness = (float)metrics->fitness,
                                         .box = (float)result->box,
                                         .obj = (float)result->obj,
                                         .cls = (float)result->cls,
                                         .seconds = (float)seconds}};
    yd_status_block *block = yd_telemetry_lock(&run->telemetry);
    block->precision = body.validation.precision;
    block->recall = body.validation.recall;
    block->map50 = body.validation.map50;
    block->map50_95 = body.validation.map50_95;
    block->fitness = body.validation.fitness;
    block->val_box = body.validation.box;
    block->val_obj = body.validation.obj;
    block->val_cls = body.validation.cls;
    block->validation_batch = block->validation_batches = 0;
    yd_telemetry_unlock(&run->telemetry);
    run->telemetry.validation_seconds = seconds;
    yd_ring_publish(run->ring, YD_EVENT_VALIDATION, &body);
}

static void keep(yd_progress *progress, const yd_validate_result *result)
{
    const yd_metrics_result *metrics = &result->metrics;
    const double results[7] = {metrics->precision, metrics->recall, metrics->map50, metrics->map50_95,
                               result->box,        result->obj,     result->cls};
    memcpy(progress->results, results, sizeof results);
    memcpy(progress->maps, metrics->maps, (size_t)metrics->nc * sizeof *metrics->maps);
}

static yd_class_head head_of(const yd_run *run, yd_evaluate_why why)
{
    static const yd_class_why whys[] = {[YD_EVALUATE_EPOCH] = YD_CLASS_EPOCH,
                                        [YD_EVALUATE_ASKED] = YD_CLASS_ASKED,
                                        [YD_EVALUATE_BEST] = YD_CLASS_FINAL,
                                        [YD_EVALUATE_LAST] = YD_CLASS_FINAL};
    int best = run->progress.best.epoch > 0 ? run->progress.best.epoch : 0;
    return (yd_class_head){.epoch = why == YD_EVALUATE_BEST ? best : run->progress.epoch,
                           .step = yd_progress_step(run),
                           .why = whys[why]};
}

static bool is_final(yd_evaluate_why why)
{
    return why == YD_EVALUATE_BEST || why == YD_EVALUATE_LAST;
}

/* Pictures of every epoch would be much of the same: those of the best and of the last one, and whatever was
 * asked for. */
static bool is_worth_pictures(const yd_run *run, yd_evaluate_why why, const yd_validate_result *result)
{
    bool last = run->progress.epoch + 1 >= run->epochs;
    return why != YD_EVALUATE_EPOCH || last || result->metrics.fitness >= run->progress.best.fitness;
}

/* predictions: of COCO's last validation, which has an IoU of its own for NMS; else NULL. */
static yd_status evaluate(yd_run *run, yd_evaluate_why why, yd_predictions *predictions,
                          yd_validate_result *result, yd_error *error)
{
    double iou = predictions ? run->preset.coco_final_iou : 0.6;
    int64_t start = yd_clock_ns();
    YD_TRY(yd_setup_val_loader(run, error));
    validation_onlooker onlooker = {run, !is_final(why)};
    const yd_validate_member member = {.plans = run->plans, .model = run->model, .set = &run->average};
    yd_validate_options options = {
        .members = &member,
        .member_count = 1,
        .loader = run->val_loader,
        .nms = yd_evaluate_nms(&run->preset, 0.001, iou, 300, run->options.single_cls),
        .threads = run->options.threads,
        .metrics = run->metrics,
        .loss = yd_evaluate_loss,
        .loss_context = run->loss,
        .take = predictions ? yd_predictions_take : NULL,
        .take_context = predictions,
        .progress = look_on,
        .progress_context = &onlooker};
    yd_status status = yd_validate(&options, result, error);
    int period = (int)run->tweaks.value[YD_TWEAK_plot_period];
    bool by_period = why == YD_EVALUATE_EPOCH && ((period > 0 && run->progress.epoch % period == 0) ||
                                                  yd_wandb_wants_boxes(run, run->progress.epoch));
    yd_snapshots_validated(run, status == YD_OK && is_worth_pictures(run, why, result),
                           status == YD_OK && by_period);
    YD_TRY(status);
    if (why == YD_EVALUATE_EPOCH) keep(&run->progress, result);
    if (why != YD_EVALUATE_EPOCH) yd_plots_validation(run, &result->metrics);
    yd_class_line_write(run, head_of(run, why), &result->metrics);
    yd_alarm_validation(&run->alarm, run->progress.epoch, yd_progress_step(run),
                        result->box + result->obj + result->cls);
    if (!is_final(why)) publish(run, why, result, (double)(yd_clock_ns() - start) * 1e-9);
    return YD_OK;
}

yd_status yd_evaluate(yd_run *run, yd_evaluate_why why, yd_validate_result *result, yd_error *error)
{
    return evaluate(run, why, NULL, result, error);
}

/* Lines of the log from a text of several. */
static void log_lines(yd_text *text)
{
    for (char *line = text->data, *next; line && *line; line = next) {
        char *end = strchr(line, '\n');
        next = end ? end + 1 : NULL;
        if (end) *end = 0;
        yd_log(YD_LOG_INFO, "%s", line);
    }
}

/* Of a final validation: all classes, and each of them where there are fewer than 50 (training.md, 7.2). */
static void log_table(const yd_run *run, const yd_metrics_result *metrics)
{
    yd_text text = {0};
    yd_report_header(&text, run->preset.wording);
    yd_report_table(&text, run->preset.wording, metrics, run->names, run->nc < 50);
    log_lines(&text);
    yd_text_free(&text);
}

/* COCO's results file in the run folder, and its twelve numbers where the annotations are there. */
static yd_status finish_predictions(yd_run *run, const char *weights, yd_predictions *predictions,
                                    yd_error *error)
{
    char path[4096];
    double numbers[YD_COCO_NUMBERS];
    yd_text text = {0};
    YD_TRY(yd_predictions_file(run->folder, weights, path, error));
    YD_TRY(yd_predictions_write(predictions, path, error));
    yd_log(YD_LOG_INFO, "COCO's results file: %s", path);
    if (!yd_predictions_annotations(predictions)) return YD_OK;
    YD_TRY(yd_predictions_evaluate(predictions, numbers, error));
    yd_predictions_report(&text, numbers);
    log_lines(&text);
    yd_text_free(&text);
    return YD_OK;
}

static yd_status validate_file(yd_run *run, const char *path, yd_evaluate_why why, yd_error *error)
{
    yd_weights *weights;
    yd_predictions *predictions = NULL;
    yd_error trouble;
    /* The run is trained and saved: what is wrong with COCO's files is said, and does not end it. */
    if (yd_dataset_yaml_is_coco(&run->data) &&
        yd_predictions_create(&run->data, "", run->options.single_cls, &predictions, &trouble) != YD_OK)
        yd_log(YD_LOG_WARNING, "no evaluation as COCO's: %s", trouble.message);
    yd_validate_result result;
    yd_status status = yd_weights_load(path, &weights, error);
    if (status != YD_OK) goto out;
    int transferred;
    yd_weights_transfer(weights, run->model, &run->average, NULL, &transferred);
    yd_weights_free(weights);
    run->average.version++;
    yd_log(YD_LOG_INFO, "Validating %s...", path);
    status = evaluate(run, why, predictions, &result, error);
    if (status != YD_OK) goto out;
    log_table(run, &result.metrics);
    if (predictions && finish_predictions(run, path, predictions, &trouble) != YD_OK)
        yd_log(YD_LOG_WARNING, "no evaluation as COCO's: %s", trouble.message);
out:
    yd_predictions_destroy(predictions);
    return status;
}

/* Where no further validation follows, the last epoch's has the table and the plots. Today best.pt is
 * validated; in mid-2021 COCO alone was, and last.pt before best.pt (training.md, 9). */
static yd_status show_last(yd_run *run, yd_error *error)
{
    yd_metrics_result result;
    YD_TRY(yd_metrics_finish(run->metrics, &result, error));
    if (result.images == 0) return YD_OK;
    log_table(run, &result);
    yd_plots_validation(run, &result);
    return YD_OK;
}

static yd_status strip(yd_run *run, const char *name, bool *there, char path[4200], yd_error *error)
{
    snprintf(path, 4200, "%s/%s", run->weights_folder, name);
    *there = yd_file_exists(path);
    if (!*there) return YD_OK;
    YD_TRY(yd_checkpoint_strip(path, error));
    struct stat info;
    double megabytes = stat(path, &info) == 0 ? (double)info.st_size / 1e6 : 0;
    yd_log(YD_LOG_INFO, "Optimizer stripped from %s, %.1fMB", path, megabytes);
    return YD_OK;
}

yd_status yd_finish(yd_run *run, yd_error *error)
{
    char last[4200], best[4200];
    bool has_last, has_best;
    yd_log(YD_LOG_INFO, "%d epochs completed in %.3f hours.", run->progress.epoch,
           (double)(yd_clock_ns() - run->session_start_ns) / 3.6e12);
    /* last.pt comes last: as long as it is whole, a run that is killed here can be resumed, and finishes. */
    YD_TRY(strip(run, "best.pt", &has_best, best, error));
    YD_TRY(strip(run, "last.pt", &has_last, last, error));
    const bool coco = yd_dataset_yaml_is_coco(&run->data), both = coco && !run->preset.validate_best_at_end;
    if (both && has_last) YD_TRY(validate_file(run, last, YD_EVALUATE_LAST, error));
    if (has_best && (coco || run->preset.validate_best_at_end))
        YD_TRY(validate_file(run, best, YD_EVALUATE_BEST, error));
    else if (!both)
        YD_TRY(show_last(run, error));
    yd_log(YD_LOG_INFO, "Results saved to %s", run->folder);
    yd_log(YD_LOG_INFO, "done: %s, last train state sha256 %s", run->folder, run->hash);
    return YD_OK;
}
