/* yolodeck val: evaluates weights on a data set, with the reference's numbers. */
#include "base/file.h"
#include "base/log.h"
#include "base/thread.h"
#include "cli/cli.h"
#include "cli/val_output.h"
#include "config/find.h"
#include "eval/report.h"
#include "image/font_advice.h"
#include "io/fetch.h"
#include "plot/validation_plots.h"
#include "train/class_line.h"
#include "train/evaluate.h"
#include "train/setup.h"
#include "train/snapshots.h"
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { KEPT_PLANS = 24, STUDY_FIRST = 256, STUDY_LAST = 1536, STUDY_STEP = 128 };

/* Thresholds of detection, by which --task speed measures. */
static const double SPEED_CONFIDENCE = 0.25, SPEED_IOU = 0.45;

/* All that a validation stands on; released in reverse order. */
typedef struct val_bench {
    const yd_options *options;
    yd_arena *arena;
    yd_preset preset;
    yd_hyp hyp;
    yd_dataset_yaml data;
    const yd_backend *backend;
    yd_device *device;
    yd_weights *weights;
    yd_model *model;
    yd_param_set values;
    yd_plan_cache *plans;
    yd_dataset *dataset;
    yd_loader *loader;
    yd_loss *loss;
    yd_metrics *metrics;
    yd_val_output output;
    int size; /* of the images, as asked for and rounded */
    bool speed;
    bool plots;
} val_bench;

/* Until the first picture is read a signal stops a download, which the next start goes on with. */
static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    interrupted = number;
}

static bool goes_on(void *context)
{
    (void)context;
    return !interrupted;
}

/* On the line, where somebody sees it. */
static void tell(void *context, const char *line)
{
    (void)context;
    if (isatty(STDERR_FILENO)) fprintf(stderr, "\r%s\033[K", line);
}

/* speed and study are of the validation pictures. */
static yd_split split_of(const char *task)
{
    yd_split split = YD_SPLIT_VAL;
    yd_split_parse(task, &split);
    return split;
}

/* The data set's YAML, and what is not there and can be downloaded. */
static yd_status fetch(val_bench *bench, yd_options *options, yd_error *error)
{
    char path[4096];
    const yd_fetch_watch watch = {goes_on, tell, NULL};
    struct sigaction before, action = {.sa_handler = interrupt};
    sigaction(SIGINT, &action, &before);
    yd_status status =
        yd_fetch_config(YD_CONFIG_DATA, &bench->preset, options->data, &watch, path, sizeof path, error);
    if (status == YD_OK)
        status = yd_dataset_yaml_load(path, &bench->preset, bench->arena, &bench->data, error);
    if (status == YD_OK)
        status = yd_fetch_dataset(&bench->data, 1u << split_of(options->task), &bench->preset, bench->arena,
                                  &watch, error);
    if (status == YD_OK) status = yd_fetch_weights(&options->weights, bench->arena, &watch, error);
    sigaction(SIGINT, &before, NULL);
    return status;
}

static yd_status load_configuration(val_bench *bench, yd_options *options, yd_error *error)
{
    char path[4096];
    YD_TRY(yd_preset_load(options->preset, bench->arena, &bench->preset, error));
    YD_TRY(yd_options_apply_preset(options, &bench->preset, error));
    YD_TRY(yd_config_find(YD_CONFIG_HYP, &bench->preset,
                          options->hyp && options->hyp[0] ? options->hyp : "hyp.scratch-low.yaml", path,
                          sizeof path, error));
    YD_TRY(yd_hyp_load(path, &bench->hyp, error));
    if (!options->data[0]) return yd_fail(error, YD_ERR_CONFIG, "--data is empty: name a data set YAML");
    YD_TRY(fetch(bench, options, error));
    if (options->single_cls) yd_dataset_yaml_single_class(&bench->data);
    return YD_OK;
}

/* Before the work is done, not after it. */
static yd_status check_json_place(const yd_options *options, yd_error *error)
{
    char folder[4096];
    if (!options->json_file[0]) return YD_OK;
    yd_path_parent(folder, sizeof folder, options->json_file);
    if (yd_folder_exists(folder) && access(folder, W_OK) == 0) return YD_OK;
    return yd_fail(error, YD_ERR_CONFIG, "--json %s: %s is no folder that can be written to",
                   options->json_file, folder);
}

static yd_status load_model(val_bench *bench, yd_error *error)
{
    const char *path = bench->options->weights;
    YD_TRY(yd_weights_load(path, &bench->weights, error));
    const yd_weights *weights = bench->weights;
    if (weights->nc != bench->data.nc && !bench->options->single_cls)
        return yd_fail(error, YD_ERR_CONFIG, "%s detects %d classes, %s has %d", path, weights->nc,
                       bench->data.file, bench->data.nc);
    YD_TRY(yd_setup_backend(bench->options, &bench->backend, &bench->device, error));
    YD_TRY(
        yd_weights_build(weights, path, bench->backend, bench->device, &bench->model, &bench->values, error));
    return yd_plan_cache_create(bench->model, KEPT_PLANS, &bench->plans, error);
}

static yd_status load_data(val_bench *bench, int size, yd_error *error)
{
    const yd_options *options = bench->options;
    int stride = bench->model->max_stride > 32 ? bench->model->max_stride : 32;
    bool square = bench->speed && bench->preset.speed_square;
    bench->size = yd_setup_image_size(size, stride, bench->preset.image_floor_strides, "validation");
    yd_open_split want = {.data = &bench->data,
                          .preset = &bench->preset,
                          .split = split_of(options->task),
                          .image_size = bench->size,
                          .batch_size = options->batch_size,
                          .stride = stride,
                          .rect = !square,
                          .pad = square ? 0 : 0.5,
                          .single_class = options->single_cls};
    YD_TRY(yd_setup_open_split(&want, &bench->dataset, error));
    yd_loader_options loader = {.dataset = bench->dataset,
                                .workers = yd_setup_workers(options, options->batch_size),
                                .one_epoch = true};
    YD_TRY(yd_loader_create(&loader, &bench->loader, error));
    return yd_val_output_begin(&bench->output, options, &bench->preset, error);
}

/* A counter on the line, where somebody sees it. */
static bool show_progress(void *context, const yd_validate_view *view)
{
    const val_bench *bench = context;
    yd_error error;
    if (bench->plots && yd_snapshots_write_validation(bench->output.folder, view, bench->data.names,
                                                      bench->data.nc, &error) != YD_OK)
        fprintf(stderr, "%s\n", error.message);
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\rvalidating: batch %d of %d%s", view->batch + 1, view->batches,
                view->batch + 1 == view->batches ? "\n" : "");
    return true;
}

static yd_status validate(val_bench *bench, yd_validate_result *result, yd_error *error)
{
    const yd_options *options = bench->options;
    yd_metrics_config metrics = yd_evaluate_metrics(&bench->preset, bench->data.nc, options->single_cls);
    double confidence = bench->speed ? SPEED_CONFIDENCE : options->conf_thres;
    double iou = bench->speed ? SPEED_IOU : options->iou_thres;
    metrics.confusion = bench->plots && bench->data.nc <= YD_CONFUSION_CLASSES;
    YD_TRY(yd_metrics_create(&metrics, &bench->metrics, error));
    YD_TRY(yd_setup_loss(bench->model, &bench->hyp, &bench->preset, bench->size, 0, &bench->loss, error));
    yd_validate_options what = {
        .plans = bench->plans,
        .model = bench->model,
        .set = &bench->values,
        .loader = bench->loader,
        .nms = yd_evaluate_nms(&bench->preset, confidence, iou, options->max_det, options->single_cls),
        .augment = options->augment,
        .augment_drops_tails = bench->preset.augment_drops_tails,
        .hybrid = options->save_hybrid,
        .threads = options->threads,
        .metrics = bench->metrics,
        .loss = yd_evaluate_loss,
        .loss_context = bench->loss,
        .take = yd_val_output_take,
        .take_context = &bench->output,
        .progress = show_progress,
        .progress_context = bench};
    return yd_validate(&what, result, error);
}

static void print_result(const val_bench *bench, const yd_validate_result *result)
{
    const yd_options *options = bench->options;
    yd_text text = {0};
    yd_report_header(&text, bench->preset.wording);
    yd_report_table(&text, bench->preset.wording, &result->metrics, bench->data.names,
                    options->verbose || bench->data.nc < 50);
    yd_report_speed(&text, result, options->batch_size, bench->size);
    if (text.data) fputs(text.data, stdout);
    yd_text_free(&text);
    if (bench->dataset->corrupt || result->broken)
        printf("%d images were left out\n", bench->dataset->corrupt + result->broken);
}

/* What belongs to one size. */
static void release_data(val_bench *bench)
{
    if (bench->loader) yd_loader_destroy(bench->loader);
    if (bench->dataset) yd_dataset_close(bench->dataset);
    yd_metrics_destroy(bench->metrics);
    yd_loss_destroy(bench->loss);
    bench->loader = NULL, bench->dataset = NULL, bench->metrics = NULL, bench->loss = NULL;
}

static yd_status draw_plots(const val_bench *bench, const yd_metrics_result *result, yd_error *error)
{
    bool drawn;
    char advice[512];
    if (bench->plots && yd_font_advice(bench->data.names, bench->data.nc, advice, sizeof advice))
        yd_log(YD_LOG_WARNING, "%s", advice);
    for (int i = 0; bench->plots && i < YD_VALIDATION_PLOTS; i++)
        YD_TRY(yd_plot_validation(bench->output.folder, i, result, bench->data.names, &drawn, error));
    return YD_OK;
}

static yd_status run_once(val_bench *bench, yd_error *error)
{
    const yd_options *options = bench->options;
    const char *const *names = bench->data.names;
    yd_validate_result result;
    YD_TRY(load_data(bench, yd_options_val_size(options), error));
    YD_TRY(validate(bench, &result, error));
    print_result(bench, &result);
    YD_TRY(yd_val_output_finish(&bench->output, options->weights, names, &result, error));
    YD_TRY(draw_plots(bench, &result.metrics, error));
    printf("Results saved to %s\n", bench->output.folder);
    return options->json_file[0] ? yd_report_write_json(options->json_file, &result, names, error) : YD_OK;
}

/* A line of the study: the seven results and the three times of a size. */
static void add_study_line(yd_text *text, const yd_validate_result *result)
{
    const yd_metrics_result *m = &result->metrics;
    const double columns[] = {m->precision,         m->recall,     m->map50,    m->map50_95,
                              result->box,          result->obj,   result->cls, result->load_ms,
                              result->inference_ms, result->nms_ms};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        yd_text_addf(text, "%s%10.4g", i ? " " : "", columns[i]);
    yd_text_add(text, "\n");
}

static int stem_length(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? (int)(dot - name) : (int)strlen(name);
}

/* Sizes from small to large, a line each, in the file that the reference's plot reads. */
static yd_status run_study(val_bench *bench, yd_error *error)
{
    char path[2 * YD_PATH_MAX];
    const char *data = yd_path_name(bench->data.file), *weights = yd_path_name(bench->options->weights);
    yd_text lines = {0};
    yd_status status = YD_OK;
    for (int size = STUDY_FIRST; size <= STUDY_LAST && status == YD_OK; size += STUDY_STEP) {
        yd_validate_result result;
        status = load_data(bench, size, error);
        if (status == YD_OK) status = validate(bench, &result, error);
        if (status == YD_OK) {
            print_result(bench, &result);
            add_study_line(&lines, &result);
        }
        release_data(bench);
    }
    snprintf(path, sizeof path, "%s/study_%.*s_%.*s.txt", bench->output.folder, stem_length(data), data,
             stem_length(weights), weights);
    if (status == YD_OK && lines.failed) status = yd_fail(error, YD_ERR_MEMORY, "no memory for %s", path);
    if (status == YD_OK) status = yd_file_write(path, lines.data, lines.length, error);
    if (status == YD_OK) printf("study in %s\n", path);
    yd_text_free(&lines);
    return status;
}

static void release(val_bench *bench)
{
    release_data(bench);
    yd_val_output_close(&bench->output);
    if (bench->plans) yd_plan_cache_destroy(bench->plans);
    if (bench->model) {
        yd_param_set_destroy(bench->model, &bench->values);
        yd_model_destroy(bench->model);
    }
    if (bench->device) bench->backend->close(bench->device);
    yd_weights_free(bench->weights);
}

int yd_cli_val(const yd_cli *cli, int argc, char **argv)
{
    (void)cli;
    yd_options options;
    yd_error error;
    int status;
    val_bench bench = {.arena = yd_arena_create(0), .options = &options};
    if (yd_cli_options(YD_FOR_VAL, argc, argv, bench.arena, &options, &status)) {
        bool study = strcmp(options.task, "study") == 0;
        bench.speed = strcmp(options.task, "speed") == 0;
        bench.plots = !options.noplots && !bench.speed && !study;
        yd_status found = options.batch_size < 1
                              ? yd_fail(&error, YD_ERR_USAGE, "--batch-size must be at least 1, found %d",
                                        options.batch_size)
                              : check_json_place(&options, &error);
        if (found == YD_OK) found = load_configuration(&bench, &options, &error);
        if (found == YD_OK) found = load_model(&bench, &error);
        if (found == YD_OK) found = yd_val_output_open(&bench.output, &options, &bench.data, &error);
        if (found == YD_OK) found = study ? run_study(&bench, &error) : run_once(&bench, &error);
        status = found == YD_OK ? 0 : yd_cli_fail(&error);
        if (found == YD_ERR_STOPPED && interrupted) status = 128 + SIGINT;
        release(&bench);
    }
    yd_arena_destroy(bench.arena);
    return status;
}
