/* yolodeck val: evaluates weights on a data set, with the reference's numbers. */
#include "base/file.h"
#include "base/log.h"
#include "base/thread.h"
#include "cli/cli.h"
#include "cli/val_models.h"
#include "cli/val_output.h"
#include "config/find.h"
#include "eval/report.h"
#include "image/font_advice.h"
#include "io/fetch.h"
#include "plot/study_plot.h"
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

/* Thresholds of detection, by which --task speed measures. */
static const double SPEED_CONFIDENCE = 0.25, SPEED_IOU = 0.45;

/* All that a validation stands on; released in reverse order. */
typedef struct val_bench {
    const yd_options *options;
    yd_arena *arena;
    yd_preset preset;
    yd_hyp hyp;
    yd_dataset_yaml data;
    yd_val_models models;
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
    for (int i = 0; i < options->val_weights.count && status == YD_OK; i++)
        status = yd_fetch_weights(&options->val_weights.values[i], bench->arena, &watch, error);
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

/* Those that are validated together: all of --weights, or one where each is measured by itself. */
static yd_status load_models(val_bench *bench, const char *const *paths, int count, yd_error *error)
{
    yd_val_models_close(&bench->models);
    YD_TRY(yd_val_models_open(&bench->models, paths, count, &bench->data, bench->options->single_cls, error));
    if (count > 1) printf("Ensemble of %d models, whose boxes go through one NMS\n", count);
    return YD_OK;
}

static yd_status load_data(val_bench *bench, int size, yd_error *error)
{
    const yd_options *options = bench->options;
    int stride = yd_val_models_stride(&bench->models);
    bool square = bench->speed && bench->preset.speed_square;
    bench->size = yd_setup_image_size(size, stride, 1, "validation"); /* the floor is training's alone */
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
    if (bench->models.count == 1)
        YD_TRY(yd_setup_loss(bench->models.model[0], &bench->hyp, &bench->preset, bench->size, 0,
                             &bench->loss, error));
    yd_validate_options what = {
        .members = bench->models.members,
        .member_count = bench->models.count,
        .loader = bench->loader,
        .nms = yd_evaluate_nms(&bench->preset, confidence, iou, options->max_det, options->single_cls),
        .augment = options->augment,
        .augment_drops_tails = bench->preset.augment_drops_tails,
        .hybrid = options->save_hybrid,
        .threads = options->threads,
        .metrics = bench->metrics,
        .loss = bench->loss ? yd_evaluate_loss : NULL,
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
    YD_TRY(yd_val_output_finish(&bench->output, options->val_weights.values[0], names, &result, error));
    YD_TRY(draw_plots(bench, &result.metrics, error));
    printf("Results saved to %s\n", bench->output.folder);
    return options->json_file[0] ? yd_report_write_json(options->json_file, &result, names, error) : YD_OK;
}

static yd_status run_together(val_bench *bench, yd_error *error)
{
    const yd_word_list *weights = &bench->options->val_weights;
    YD_TRY(load_models(bench, weights->values, weights->count, error));
    return run_once(bench, error);
}

/* The times of each model by itself, in a folder of its own. */
static yd_status run_speed(val_bench *bench, yd_error *error)
{
    const yd_word_list *weights = &bench->options->val_weights;
    for (int i = 0; i < weights->count; i++) {
        if (weights->count > 1) printf("%s:\n", weights->values[i]);
        YD_TRY(load_models(bench, &weights->values[i], 1, error));
        bench->output.folder[0] = '\0';
        YD_TRY(run_once(bench, error));
        release_data(bench);
    }
    return YD_OK;
}

static yd_study_row study_row(const yd_validate_result *result)
{
    const yd_metrics_result *m = &result->metrics;
    return (yd_study_row){.precision = m->precision,
                          .recall = m->recall,
                          .map50 = m->map50,
                          .map50_95 = m->map50_95,
                          .box = result->box,
                          .obj = result->obj,
                          .cls = result->cls,
                          .load_ms = result->load_ms,
                          .inference_ms = result->inference_ms,
                          .nms_ms = result->nms_ms};
}

/* Sizes from small to large, a line each, in the file that the reference's plot reads. */
static yd_status study_model(val_bench *bench, const char *weights, yd_error *error)
{
    char name[600], path[YD_PATH_MAX + sizeof name];
    yd_text lines = {0};
    yd_status status = load_models(bench, &weights, 1, error);
    for (int size = YD_STUDY_FIRST; size <= YD_STUDY_LAST && status == YD_OK; size += YD_STUDY_STEP) {
        yd_validate_result result;
        status = load_data(bench, size, error);
        if (status == YD_OK) status = validate(bench, &result, error);
        if (status == YD_OK) {
            const yd_study_row row = study_row(&result);
            print_result(bench, &result);
            yd_study_add_row(&lines, &row);
        }
        release_data(bench);
    }
    yd_study_file_name(name, sizeof name, yd_path_name(bench->data.file), yd_path_name(weights));
    snprintf(path, sizeof path, "%s/%s", bench->output.folder, name);
    if (status == YD_OK && lines.failed) status = yd_fail(error, YD_ERR_MEMORY, "no memory for %s", path);
    if (status == YD_OK) status = yd_file_write(path, lines.data, lines.length, error);
    if (status == YD_OK) printf("study in %s\n", path);
    yd_text_free(&lines);
    return status;
}

/* Each model by itself, and the plot of all of them. */
static yd_status run_study(val_bench *bench, yd_error *error)
{
    const yd_options *options = bench->options;
    char path[YD_PATH_MAX + 16];
    for (int i = 0; i < options->val_weights.count; i++)
        YD_TRY(study_model(bench, options->val_weights.values[i], error));
    if (options->noplots) return YD_OK;
    snprintf(path, sizeof path, "%s/study.png", bench->output.folder);
    return yd_plot_study_folder(bench->output.folder, path, error);
}

static void release(val_bench *bench)
{
    release_data(bench);
    yd_val_output_close(&bench->output);
    yd_val_models_close(&bench->models);
    if (bench->models.device) bench->models.backend->close(bench->models.device);
}

typedef yd_status task(val_bench *bench, yd_error *error);

static yd_status run(val_bench *bench, yd_options *options, yd_error *error)
{
    const bool study = strcmp(options->task, "study") == 0;
    bench->speed = strcmp(options->task, "speed") == 0;
    bench->plots = !options->noplots && !bench->speed && !study;
    task *how = study ? run_study : bench->speed ? run_speed : run_together;
    if (options->batch_size < 1)
        return yd_fail(error, YD_ERR_USAGE, "--batch-size must be at least 1, found %d", options->batch_size);
    YD_TRY(check_json_place(options, error));
    YD_TRY(load_configuration(bench, options, error));
    YD_TRY(yd_setup_backend(options, &bench->models.backend, &bench->models.device, error));
    YD_TRY(yd_val_output_open(&bench->output, options, &bench->data, error));
    return how(bench, error);
}

int yd_cli_val(const yd_cli *cli, int argc, char **argv)
{
    (void)cli;
    yd_options options;
    yd_error error;
    int status;
    val_bench bench = {.arena = yd_arena_create(0), .options = &options};
    if (yd_cli_options(YD_FOR_VAL, argc, argv, bench.arena, &options, &status)) {
        yd_status found = run(&bench, &options, &error);
        status = found == YD_OK ? 0 : yd_cli_fail(&error);
        if (found == YD_ERR_STOPPED && interrupted) status = 128 + SIGINT;
        release(&bench);
    }
    yd_arena_destroy(bench.arena);
    return status;
}
