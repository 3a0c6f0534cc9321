#include "train/setup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/thread.h"
#include "config/find.h"
#include "config/run_folder.h"
#include "config/title.h"
#include "data/quad.h"
#include "event/registry.h"
#include "io/fetch.h"
#include "io/unfinished.h"
#include "sink/results.h"
#include "train/answers.h"
#include "train/auto_batch.h"
#include "train/autoanchor.h"
#include "train/branch.h"
#include "train/carry_on.h"
#include "train/class_line.h"
#include "train/evaluate.h"
#include "train/save.h"
#include "train/snapshots.h"
#include "train/studio.h"
#include "train/tweaks.h"
#include "train/wandb_run.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOMINAL_BATCH = 64, KEPT_PLANS = 24 };

int yd_setup_workers(const yd_options *options, int batch_size)
{
    int workers = options->workers, cpus = yd_cpu_count();
    if (workers > cpus) workers = cpus;
    return batch_size > 1 ? (workers < batch_size ? workers : batch_size) : 0;
}

int yd_setup_image_size(int size, int stride, int least_strides, const char *which)
{
    int rounded = (size + stride - 1) / stride * stride;
    if (rounded < least_strides * stride) rounded = least_strides * stride;
    if (rounded != size)
        yd_log(YD_LOG_WARNING,
               "%s image size %d is changed to %d: a multiple of the model's stride, %d, is "
               "wanted, at least %d",
               which, size, rounded, stride, least_strides * stride);
    return rounded;
}

/* The mixed-precision twin of the backend that is wanted, where there is one and the processor can. */
static yd_status open_mixed(const yd_options *options, int threads, const yd_backend **backend,
                            yd_device **device, yd_error *error)
{
    char name[64];
    yd_error why;
    snprintf(name, sizeof name, "%s-bf16", options->backend);
    const yd_backend *mixed = yd_backend_find(name);
    if (!mixed)
        return yd_fail(error, YD_ERR_CONFIG,
                       "--amp bf16: --backend %s has no mixed precision; give --amp off", options->backend);
    if (mixed->open(threads, device, &why) != YD_OK)
        return yd_fail(error, YD_ERR_CONFIG, "--amp bf16: %s; give --amp off", why.message);
    *backend = mixed;
    return YD_OK;
}

yd_status yd_setup_backend(const yd_options *options, const yd_backend **backend, yd_device **device,
                           yd_error *error)
{
    YD_TRY(yd_answers_device(options->device, error));
    *backend = yd_backend_find(options->backend);
    if (!*backend)
        return yd_fail(error, YD_ERR_CONFIG, "--backend %s is not part of this build", options->backend);
    const int threads = options->threads ? options->threads : yd_cpu_count();
    if (threads > yd_cpu_count())
        yd_log(YD_LOG_WARNING,
               "--threads %d: this process has %d cores; more threads than that wait for one "
               "another, and training is slower for it",
               threads, yd_cpu_count());
    if (strcmp(options->amp, "off") != 0 && open_mixed(options, threads, backend, device, error) == YD_OK)
        return YD_OK;
    if (strcmp(options->amp, "bf16") == 0) return YD_ERR_CONFIG;
    return (*backend)->open(threads, device, error);
}

static yd_data_rules data_rules(const yd_preset *preset)
{
    return (yd_data_rules){.polygon_tokens = preset->polygon_tokens,
                           .drop_duplicates = preset->duplicates_removed,
                           .keep_unended_jpeg = preset->jpeg_repair,
                           .dot_slash_anywhere = preset->list_dot_everywhere,
                           .shuffle = preset->shuffle,
                           .shuffle_tiles = preset->mosaic_shuffles_tiles,
                           .label_margin = preset->label_clip,
                           .close_polygons = preset->segments_closed,
                           .paste_by_mask = preset->copy_paste_polygon,
                           .aspect_limit = preset->aspect_limit};
}

static void log_dataset(const yd_dataset *dataset, yd_split split)
{
    for (int i = 0; i < dataset->message_count; i++) {
        const yd_data_message *message = &dataset->messages[i];
        yd_log(YD_LOG_WARNING, "%s: %s%s", message->path, message->text,
               message->left_out ? " (left out)" : "");
    }
    yd_log(YD_LOG_INFO, "%s: %d images, %lld labels, %d backgrounds, %d left out%s", yd_split_name(split),
           dataset->count, (long long)dataset->label_count, dataset->missing + dataset->empty,
           dataset->corrupt, dataset->from_cache ? " (cached)" : "");
}

yd_status yd_setup_open_split(const yd_open_split *want, yd_dataset **dataset, yd_error *error)
{
    const yd_split_entries *entries;
    YD_TRY(yd_dataset_yaml_split(want->data, want->split, &entries, error));
    yd_dataset_options options = {.entries = entries->paths,
                                  .entry_count = entries->count,
                                  .image_size = want->image_size,
                                  .batch_size = want->batch_size,
                                  .stride = want->stride,
                                  .augment = want->augment,
                                  .rect = want->rect,
                                  .pad = want->pad,
                                  .single_class = want->single_class,
                                  .classes = want->data->nc,
                                  .keep_in_memory = want->keep_in_memory,
                                  .keep_on_disk = want->keep_on_disk,
                                  .rules = data_rules(want->preset)};
    YD_TRY(yd_dataset_open(&options, dataset, error));
    log_dataset(*dataset, want->split);
    return YD_OK;
}

/* --resume of an unfinished run of YOLOv5's own: a new run beside it, with its options, hyperparameters,
 * weights, average, optimizer and epoch (carry_on.h). Its folder is left as it is. */
static yd_status take_over(yd_run *run, const char *path, const char *opt, yd_error *error)
{
    /* Defaults in its opt.yaml are no wish for W&B. */
    static const yd_option_id loggers[] = {YD_OPT_entity, YD_OPT_upload_dataset, YD_OPT_bbox_interval};
    yd_options *options = &run->options;
    char hyp[4200];
    snprintf(hyp, sizeof hyp, "%s/hyp.yaml", run->folder);
    YD_TRY(yd_options_resume(options, opt, error));
    options->weights = path;
    options->cfg = "";
    options->resume = NULL;
    options->exist_ok = false;
    for (size_t i = 0; i < sizeof loggers / sizeof *loggers; i++) options->given[loggers[i]] = false;
    options->hyp = yd_arena_strdup(run->arena, hyp);
    if (!options->hyp) return yd_fail(error, YD_ERR_MEMORY, "no memory");
    run->folder[0] = 0;
    run->carried.asked = true;
    yd_log(YD_LOG_INFO, "%s is of a run of YOLOv5: a new run goes on with it", path);
    return YD_OK;
}

/* The checkpoint that --resume means, into options.weights, and its run folder. */
static yd_status find_resumed(yd_run *run, yd_error *error)
{
    char *path = yd_arena_alloc(run->arena, 4096, 1);
    if (!path) return yd_fail(error, YD_ERR_MEMORY, "no memory");
    YD_TRY(yd_resume_locate("--resume", run->options.resume, run->options.project, path, run->folder, error));
    char opt[4200];
    bool foreign;
    snprintf(opt, sizeof opt, "%s/opt.yaml", run->folder);
    YD_TRY(yd_unfinished_is_foreign(path, &foreign, error));
    if (foreign) return take_over(run, path, opt, error);
    yd_tweaks_ask_options(run);
    YD_TRY(yd_options_resume(&run->options, opt, error));
    run->options.weights = path;
    run->options.cfg = "";
    run->resumed = run->restores = true;
    yd_log(YD_LOG_INFO, "resuming %s", path);
    return YD_OK;
}

static bool goes_on(void *context)
{
    const yd_run *run = context;
    return !run->stop_signal || !atomic_load_explicit(run->stop_signal, memory_order_relaxed);
}

static void note(void *context, const char *line)
{
    const yd_run *run = context;
    if (run->note) run->note(run->note_context, line);
}

static yd_status absolute(yd_run *run, const char **path, yd_error *error)
{
    char *whole = realpath(*path, NULL);
    if (!whole) return yd_fail_errno(error, YD_ERR_CONFIG, "%s", *path);
    *path = yd_arena_strdup(run->arena, whole);
    free(whole);
    return *path ? YD_OK : yd_fail(error, YD_ERR_MEMORY, "no memory");
}

/* A file that a user named, found where shipped files are too, or downloaded, as an absolute path: a run can
 * be resumed from anywhere. */
static yd_status locate(yd_run *run, yd_config_kind kind, const char **name, yd_error *error)
{
    char found[4096];
    const char *path = found;
    if (!(*name)[0]) return YD_OK;
    const yd_fetch_watch watch = {goes_on, note, run};
    YD_TRY(yd_fetch_config(kind, &run->preset, *name, &watch, found, sizeof found, error));
    YD_TRY(absolute(run, &path, error));
    *name = path;
    return YD_OK;
}

static yd_status load_hyp(yd_run *run, yd_error *error)
{
    char path[4200];
    if (run->options.hyp[0]) {
        YD_TRY(locate(run, YD_CONFIG_HYP, &run->options.hyp, error));
        return yd_hyp_load(run->options.hyp, &run->hyp, error);
    }
    if (!run->resumed && !run->branch.on)
        return yd_fail(error, YD_ERR_CONFIG, "--hyp is empty: name a hyperparameter file");
    snprintf(path, sizeof path, "%s/hyp.yaml", run->resumed ? run->folder : run->branch.folder);
    return yd_hyp_load(path, &run->hyp, error);
}

static yd_status set_hyp(yd_run *run, yd_error *error)
{
    const yd_word_list *words = &run->options.set;
    for (int i = 0; i < words->count; i++) YD_TRY(yd_hyp_set(&run->hyp, words->values[i], error));
    return YD_OK;
}

/* A generation writes no checkpoints but when it is stopped, draws no pictures, and is validated at its end
 * (training.md, 11.2). */
static void take_order(yd_run *run)
{
    const yd_generation_order *order = &run->generation->order;
    yd_options *options = &run->options;
    options->nosave = options->noval = options->noplots = true;
    options->resume = NULL;
    if (!order->checkpoint[0]) return;
    options->weights = order->checkpoint;
    options->cfg = "";
    run->resumed = run->restores = true;
    yd_path_parent(run->weights_folder, sizeof run->weights_folder, order->checkpoint);
    yd_path_parent(run->folder, sizeof run->folder, run->weights_folder);
}

static yd_status load_data_set(yd_run *run, yd_error *error)
{
    const yd_fetch_watch watch = {goes_on, note, run};
    const unsigned splits = 1u << YD_SPLIT_TRAIN | 1u << YD_SPLIT_VAL;
    YD_TRY(yd_dataset_yaml_load(run->options.data, &run->preset, run->arena, &run->data, error));
    YD_TRY(yd_fetch_dataset(&run->data, splits, &run->preset, run->arena, &watch, error));
    const yd_split_entries *entries; /* all there, before hours may go into looking through one of them */
    YD_TRY(yd_dataset_yaml_split(&run->data, YD_SPLIT_TRAIN, &entries, error));
    YD_TRY(yd_dataset_yaml_split(&run->data, YD_SPLIT_VAL, &entries, error));
    if (run->options.single_cls) yd_dataset_yaml_single_class(&run->data);
    return YD_OK;
}

static yd_status load_configuration(yd_run *run, yd_error *error)
{
    yd_options *options = &run->options;
    if (run->generation)
        take_order(run);
    else if (options->resume)
        YD_TRY(find_resumed(run, error));
    else if (options->branch[0])
        YD_TRY(yd_branch_find(run, error));
    YD_TRY(yd_alarm_configure(&run->alarm, options, error));
    YD_TRY(yd_preset_load(options->preset, run->arena, &run->preset, error));
    YD_TRY(yd_options_apply_preset(options, &run->preset, error));
    YD_TRY(yd_answers_give(options, error));
    if (run->generation)
        run->hyp = run->generation->order.hyp;
    else
        YD_TRY(load_hyp(run, error));
    if (!run->generation) YD_TRY(set_hyp(run, error));
    YD_TRY(locate(run, YD_CONFIG_DATA, &options->data, error));
    if (!options->data[0]) return yd_fail(error, YD_ERR_CONFIG, "--data is empty: name a data set YAML");
    YD_TRY(locate(run, YD_CONFIG_MODEL, &options->cfg, error));
    if (!options->cfg[0] && !options->weights[0])
        return yd_fail(error, YD_ERR_CONFIG,
                       "neither --cfg nor --weights is given: there is no model to train");
    YD_TRY(load_data_set(run, error));
    run->nc = run->data.nc;
    run->names = run->data.names;
    run->epochs = options->epochs;
    return YD_OK;
}

static yd_status load_weights(yd_run *run, yd_weights **weights, yd_error *error)
{
    *weights = NULL;
    if (!run->options.weights[0]) return YD_OK;
    const char *path = run->options.weights;
    size_t length = strlen(path);
    if (length < 4 || strcmp(path + length - 3, ".pt") != 0)
        return yd_fail(error, YD_ERR_CONFIG, "--weights %s: must be a .pt file, or '' to start from scratch",
                       path);
    const yd_fetch_watch watch = {goes_on, note, run};
    YD_TRY(yd_fetch_weights(&run->options.weights, run->arena, &watch, error));
    YD_TRY(absolute(run, &run->options.weights, error));
    return yd_weights_load(run->options.weights, weights, error);
}

/* As the hyperparameters ask for; 0: the model's own. Where there are any, they are placeholders until they
 * are fitted to the labels. */
static int anchors_of_each_level(const yd_run *run)
{
    return (int)nearbyint(run->hyp.anchors);
}

/* A run goes on with the classes that it began with. */
static yd_status check_classes(const yd_run *run, const yd_weights *weights, yd_error *error)
{
    if (!run->resumed || !weights) return YD_OK;
    if (weights->nc != run->nc)
        return yd_fail(
            error, YD_ERR_CONFIG,
            "%s has %d classes now, and %s was trained with %d: resume it with the data set that it "
            "had, or begin a new run with --weights",
            run->options.data, run->nc, run->options.weights, weights->nc);
    for (int i = 0; weights->names && i < run->nc; i++)
        if (strcmp(weights->names[i], run->names[i]) != 0)
            yd_log(YD_LOG_WARNING, "class %d is %s in %s now, and was %s when the run began", i,
                   run->names[i], run->options.data, weights->names[i]);
    return YD_OK;
}

static yd_status create_model(yd_run *run, const yd_weights *weights, yd_error *error)
{
    yd_model_yaml yaml;
    if (run->options.cfg[0])
        YD_TRY(yd_model_yaml_load(run->options.cfg, run->arena, &yaml, error));
    else if (weights && weights->yaml.row_count)
        yaml = weights->yaml;
    else
        return yd_fail(error, YD_ERR_FORMAT, "%s: holds no model description; name one with --cfg",
                       run->options.weights);
    YD_TRY(check_classes(run, weights, error));
    if (anchors_of_each_level(run)) {
        yaml.level_count = 0;
        yaml.anchor_count = anchors_of_each_level(run);
    }
    yaml.anchor_order = run->preset.anchor_order;
    if (yaml.nc != run->nc)
        yd_log(YD_LOG_INFO, "the model's nc %d is replaced by the data set's %d", yaml.nc, run->nc);
    YD_TRY(yd_setup_backend(&run->options, &run->backend, &run->device, error));
    YD_TRY(yd_model_create(&yaml, run->nc, run->backend, run->device, &run->model, error));
    const yd_int_list *freeze = &run->options.freeze;
    int frozen = yd_model_freeze(run->model, freeze->values, freeze->count);
    if (frozen && yd_model_is_frozen(run->model))
        return yd_fail(error, YD_ERR_CONFIG,
                       "--freeze: all of the model's layers are frozen, nothing is left to train");
    if (frozen) yd_log(YD_LOG_INFO, "%d entries are frozen", frozen);
    if (!run->preset.all_parameters_train) yd_model_leave_out_unnamed(run->model);
    run->max_stride = run->model->max_stride > 32 ? run->model->max_stride : 32;
    return YD_OK;
}

/* What the weights hold is copied, the rest drawn. */
static yd_status transfer(yd_run *run, const yd_weights *weights, yd_error *error)
{
    int transferred;
    bool new_anchors = run->options.cfg[0] || anchors_of_each_level(run);
    const char *exclude = new_anchors && !run->resumed ? "anchor" : NULL;
    bool *given = yd_arena_alloc(run->arena, (size_t)run->model->param_count, sizeof *given);
    if (!given) return yd_fail(error, YD_ERR_MEMORY, "no memory for the model's entries");
    yd_weights_fit(weights, run->model, exclude, given);
    yd_model_init_rest(run->model, &run->values, (uint64_t)run->options.seed,
                       run->preset.class_bias_denominator, given);
    yd_weights_transfer(weights, run->model, &run->values, exclude, &transferred);
    if (!transferred)
        return yd_fail(error, YD_ERR_CONFIG, "%s: none of its %d tensors fits the model of %s",
                       run->options.weights, weights->tensor_count,
                       run->options.cfg[0] ? run->options.cfg : "its own description");
    yd_log(YD_LOG_INFO, "Transferred %d/%d items from %s", transferred, run->model->param_count,
           run->options.weights);
    return YD_OK;
}

/* All weights go through float16 once before training, after the average was copied, as in the reference
 * (model_and_loss.md, 13). */
static void round_weights(yd_run *run)
{
    for (int region = 0; region < YD_REGION_COUNT; region++)
        run->backend->round_half(run->device, run->model->region_elements[region],
                                 run->values.region[region]);
    run->values.version++;
}

/* The loss takes the anchors as training has them: fitted, rounded, or as the weights brought them. */
static yd_status settle_anchors(yd_run *run, yd_error *error)
{
    const float(*first)[2] = run->model->anchors_pixels[0];
    yd_model_read_anchors(run->model, &run->values);
    if (!run->restores) YD_TRY(yd_autoanchor_fit(run, error));
    if (!(first[0][0] > 0))
        yd_log(YD_LOG_WARNING,
               "the model's anchors are placeholders: without --noautoanchor they would be fitted");
    return YD_OK;
}

static yd_status create_state(yd_run *run, const yd_weights *weights, yd_error *error)
{
    YD_TRY(yd_param_set_create(run->model, YD_SET_VALUES, &run->values, error));
    YD_TRY(yd_param_set_create(run->model, YD_SET_VALUES, &run->average, error));
    YD_TRY(yd_param_set_create(run->model, YD_SET_GRADIENTS, &run->gradients, error));
    YD_TRY(yd_param_set_create(run->model, YD_SET_GRADIENTS, &run->momenta, error));
    if (yd_optimizer_find(run->options.optimizer) != YD_OPTIMIZER_SGD)
        YD_TRY(yd_param_set_create(run->model, YD_SET_GRADIENTS, &run->squares, error));
    if (weights)
        YD_TRY(transfer(run, weights, error));
    else
        yd_model_init(run->model, &run->values, (uint64_t)run->options.seed,
                      run->preset.class_bias_denominator);
    YD_TRY(yd_carry_on_take(run, error));
    YD_TRY(settle_anchors(run, error));
    if (!run->carried.average) yd_param_set_copy(run->model, &run->average, &run->values);
    run->average.version++;
    if (!run->resumed) round_weights(run);
    yd_model_read_anchors(run->model, &run->values);
    yd_model_write_anchors(run->model, &run->average); /* rounded, too: a checkpoint holds them in float16 */
    return yd_plan_cache_create(run->model, KEPT_PLANS, &run->plans, error);
}

static bool keeps_pictures(const yd_options *options, const char *where)
{
    return options->cache && strcmp(options->cache, where) == 0;
}

static yd_status choose_sizes(yd_run *run, yd_error *error)
{
    yd_options *options = &run->options;
    run->image_size = yd_setup_image_size(options->img_size.values[0], run->max_stride,
                                          run->preset.image_floor_strides, "training");
    if (options->batch_size < 0)
        YD_TRY(yd_auto_batch(run->model, run->image_size, &options->batch_size, error));
    run->batch_size = options->batch_size;
    return YD_OK;
}

static yd_status set_up_data(yd_run *run, yd_error *error)
{
    int stride = run->max_stride;
    const yd_options *options = &run->options;
    int val_size = yd_setup_image_size(yd_options_val_size(options), stride, run->preset.image_floor_strides,
                                       "validation");
    yd_open_split want = {.data = &run->data,
                          .preset = &run->preset,
                          .split = YD_SPLIT_TRAIN,
                          .image_size = run->image_size,
                          .batch_size = run->batch_size,
                          .stride = stride,
                          .augment = true,
                          .rect = options->rect && !options->image_weights,
                          .single_class = options->single_cls,
                          .keep_in_memory = keeps_pictures(options, "ram"),
                          .keep_on_disk = keeps_pictures(options, "disk")};
    YD_TRY(yd_setup_open_split(&want, &run->train_set, error));
    want.split = YD_SPLIT_VAL;
    want.image_size = val_size;
    want.batch_size = 2 * run->batch_size;
    want.augment = false;
    want.rect = true;
    want.pad = 0.5;
    want.keep_in_memory &= !options->noval;
    want.keep_on_disk &= !options->noval;
    return yd_setup_open_split(&want, &run->val_set, error);
}

yd_status yd_setup_loss(const yd_model *model, const yd_hyp *hyp, const yd_preset *preset, int image_size,
                        double label_smoothing, yd_loss **loss, yd_error *error)
{
    int nl = model->nl;
    double levels = 3.0 / nl, size = image_size / 640.0;
    yd_loss_config config = {.nc = model->nc,
                             .nl = nl,
                             .na = model->na,
                             .box = hyp->box * levels,
                             .cls = hyp->cls * model->nc / 80.0 * levels,
                             .obj = hyp->obj * size * size * levels,
                             .cls_pw = hyp->cls_pw,
                             .obj_pw = hyp->obj_pw,
                             .anchor_t = hyp->anchor_t,
                             .fl_gamma = hyp->fl_gamma,
                             .label_smoothing = label_smoothing,
                             .eps_form = (int)preset->loss_eps,
                             .backend = model->backend,
                             .device = model->device};
    yd_loss_default_balance(nl, config.balance);
    for (int level = 0; level < nl; level++) {
        if (model->stride[level] == 16) config.stride16_level = level;
        for (int a = 0; a < model->na; a++)
            for (int side = 0; side < 2; side++)
                config.anchors[level][a][side] = model->anchors_pixels[level][a][side] / model->stride[level];
    }
    return yd_loss_create(&config, loss, error);
}

static yd_augment augmentation(const yd_hyp *hyp)
{
    return (yd_augment){.hsv_h = hyp->hsv_h,
                        .hsv_s = hyp->hsv_s,
                        .hsv_v = hyp->hsv_v,
                        .degrees = hyp->degrees,
                        .translate = hyp->translate,
                        .scale = hyp->scale,
                        .shear = hyp->shear,
                        .perspective = hyp->perspective,
                        .flipud = hyp->flipud,
                        .fliplr = hyp->fliplr,
                        .mosaic = hyp->mosaic,
                        .mosaic9 = hyp->mosaic9,
                        .mixup = hyp->mixup,
                        .copy_paste = hyp->copy_paste};
}

static yd_status weigh_pictures(yd_run *run, yd_error *error)
{
    if (!run->options.image_weights) return YD_OK;
    if (!run->picture_weights)
        run->picture_weights =
            yd_arena_alloc(run->arena, (size_t)run->train_set->count, sizeof *run->picture_weights);
    if (!run->picture_weights) return yd_fail(error, YD_ERR_MEMORY, "no memory for the weights of pictures");
    yd_dataset_picture_weights(run->train_set, run->progress.maps, run->picture_weights);
    return YD_OK;
}

yd_status yd_setup_train_loader(yd_run *run, yd_error *error)
{
    yd_loader_options options = {.dataset = run->train_set,
                                 .augment = augmentation(&run->hyp),
                                 .mosaic = true,
                                 .quad = run->options.quad,
                                 .order = run->options.image_weights ? YD_ORDER_WEIGHTED
                                          : run->preset.shuffle      ? YD_ORDER_SHUFFLED
                                                                     : YD_ORDER_SEQUENTIAL,
                                 .seed = (uint64_t)run->options.seed,
                                 .workers = yd_setup_workers(&run->options, run->batch_size),
                                 .epoch = run->progress.epoch,
                                 .batch = run->progress.batch};
    YD_TRY(weigh_pictures(run, error));
    options.weights = run->picture_weights;
    /* Where the epoch's validation is still to come, so are the weights of the next. */
    if (options.batch == run->batches && !options.weights) options.epoch++, options.batch = 0;
    YD_TRY(yd_tweaks_loader(run, &options, error));
    return yd_loader_create(&options, &run->train_loader, error);
}

yd_status yd_setup_next_epoch(yd_run *run, yd_error *error)
{
    if (!run->picture_weights) return YD_OK;
    YD_TRY(weigh_pictures(run, error));
    return yd_loader_restart(run->train_loader, run->progress.epoch, 0, run->picture_weights, error);
}

yd_status yd_setup_val_loader(yd_run *run, yd_error *error)
{
    if (run->val_loader) return yd_loader_restart(run->val_loader, 0, 0, NULL, error);
    const yd_loader_options options = {.dataset = run->val_set,
                                       .workers = yd_setup_workers(&run->options, run->batch_size),
                                       .one_epoch = true};
    return yd_loader_create(&options, &run->val_loader, error);
}

static void set_up_schedule(yd_run *run)
{
    const yd_hyp *hyp = &run->hyp;
    run->schedule = (yd_schedule){
        .lr0 = hyp->lr0,
        .lrf = hyp->lrf,
        .momentum = hyp->momentum,
        .warmup_bias_lr = hyp->warmup_bias_lr,
        .warmup_momentum = hyp->warmup_momentum,
        .epochs = run->epochs,
        .batches = run->batches,
        .batch_size = run->batch_size,
        .nominal_batch = NOMINAL_BATCH,
        .warmup = yd_schedule_warmup(hyp->warmup_epochs, run->batches, run->preset.warmup_floor),
        .cosine = run->options.cos_lr,
        .linear_to_last = run->preset.linear_to_last,
        .scale = 1};
}

static yd_status begin_progress(yd_run *run, yd_error *error)
{
    run->batches = yd_loader_batches_of(run->train_set, run->options.quad);
    if (!run->batches)
        return yd_fail(error, YD_ERR_DATA, "--quad makes one picture of %d, but the training set has %d",
                       YD_QUAD, run->train_set->count);
    set_up_schedule(run);
    yd_tweaks_start(run);
    run->progress = (yd_progress){.epoch = run->carried.epochs,
                                  .last_step = -1,
                                  .best.epoch = -1,
                                  .row.epoch = -1,
                                  .maps = yd_arena_alloc(run->arena, (size_t)run->nc, sizeof(double))};
    return run->progress.maps ? YD_OK : yd_fail(error, YD_ERR_MEMORY, "no memory for %d classes", run->nc);
}

static void log_optimizer(const yd_run *run)
{
    int entries[YD_REGION_COUNT] = {0};
    for (int i = 0; i < run->model->param_count; i++)
        if (!run->model->params[i].counter && !run->model->params[i].left_out)
            entries[run->model->params[i].region]++;
    yd_log(YD_LOG_INFO, "optimizer: %s of %d norm weights, %d weights (decay %.6g), %d biases",
           run->options.optimizer, entries[YD_REGION_NORM], entries[YD_REGION_WEIGHT],
           run->optimizer.config.weight_decay, entries[YD_REGION_BIAS]);
}

static yd_status set_up_training(yd_run *run, yd_error *error)
{
    const yd_optimizer_config optimizer = {
        .kind = yd_optimizer_find(run->options.optimizer),
        .weight_decay = yd_schedule_decay(run->hyp.weight_decay, run->batch_size, NOMINAL_BATCH),
        .clip_norm = run->preset.clip_norm,
        .beta1 = run->hyp.momentum};
    YD_TRY(yd_optimizer_create(run->model, &optimizer, &run->optimizer, error));
    log_optimizer(run);
    YD_TRY(yd_setup_loss(run->model, &run->hyp, &run->preset, run->image_size, run->options.label_smoothing,
                         &run->loss, error));
    yd_loss_settings(run->loss)->samples_each = run->options.quad ? YD_QUAD : 1;
    yd_metrics_config metrics = yd_evaluate_metrics(&run->preset, run->nc, run->options.single_cls);
    metrics.confusion = run->nc <= YD_CONFUSION_CLASSES;
    YD_TRY(yd_metrics_create(&metrics, &run->metrics, error));
    if (run->restores) YD_TRY(yd_resume_restore(run, error));
    return yd_save_open(run, error);
}

/* The plan of the batches to come, made while the first of them is loaded. */
static yd_status prepare_plan(yd_run *run, yd_error *error)
{
    yd_plan *plan;
    int count = run->train_set->count < run->batch_size ? run->train_set->count : run->batch_size;
    yd_batch_shape shape = yd_dataset_shape(run->train_set, run->progress.batch % run->batches);
    int sides = run->options.quad ? 2 : 1;
    return yd_plan_get(run->plans, YD_MODE_TRAIN, count / (sides * sides), sides * shape.height,
                       sides * shape.width, &plan, error);
}

/* Pictures are what the first step waits for: they are loaded while all else is made ready. Where a resumed
 * run stands is known last of all. */
static yd_status set_up_engine(yd_run *run, const yd_weights *weights, yd_error *error)
{
    YD_TRY(create_model(run, weights, error));
    if (run->branch.on) yd_branch_judge(run, weights);
    YD_TRY(yd_carry_on_plan(run, weights, error));
    YD_TRY(choose_sizes(run, error));
    YD_TRY(set_up_data(run, error));
    YD_TRY(begin_progress(run, error));
    if (!run->restores) YD_TRY(yd_setup_train_loader(run, error));
    YD_TRY(create_state(run, weights, error));
    YD_TRY(set_up_training(run, error));
    if (run->restores) YD_TRY(yd_setup_train_loader(run, error));
    return prepare_plan(run, error);
}

static yd_status write_text(const char *folder, const char *name, yd_text *text, yd_error *error)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return yd_file_write_text(path, text, error);
}

yd_status yd_setup_write_options(const yd_run *run, yd_error *error)
{
    yd_text text = {0};
    YD_TRY(yd_options_write(&run->options, &run->preset, &run->hyp, &text, error));
    return write_text(run->folder, "opt.yaml", &text, error);
}

static yd_status write_first_files(yd_run *run, yd_error *error)
{
    yd_text hyp = {0};
    YD_TRY(yd_hyp_write(&run->hyp, &hyp, error));
    YD_TRY(write_text(run->folder, "hyp.yaml", &hyp, error));
    return yd_setup_write_options(run, error);
}

/* The folder comes last: a run that cannot begin leaves none behind. */
static yd_status set_up_folder(yd_run *run, yd_error *error)
{
    yd_options *options = &run->options;
    if (run->generation)
        YD_TRY(yd_generation_ready(run->generation, run->folder, error));
    else if (run->resumed)
        YD_TRY(yd_run_folder_check(run->folder, error));
    else
        YD_TRY(yd_run_folder_choose(options->project, options->name, options->exist_ok,
                                    run->preset.run_numbering, "weights", run->folder, error));
    const char *folder = run->folder;
    YD_TRY(absolute(run, &folder, error));
    yd_copy_text(run->folder, sizeof run->folder, folder);
    options->save_dir = folder;
    snprintf(run->weights_folder, sizeof run->weights_folder, "%.4080s/weights", folder);
    if (!run->generation) YD_TRY(yd_run_lock(folder, &run->lock, error)); /* else its evolution has it */
    if (run->resumed) return yd_resume_settle(run, run->options.weights, false, error);
    YD_TRY(yd_results_trim(folder, 0, error));
    YD_TRY(yd_carry_on_results(run, error));
    return yd_class_line_trim(run, 0, -1, error);
}

static void show(yd_run *run)
{
    yd_status_block *block = yd_telemetry_lock(&run->telemetry);
    yd_copy_text(block->run, sizeof block->run, run->folder);
    const char *model = run->options.cfg[0] ? run->options.cfg : run->options.weights;
    yd_config_title(model, block->model, sizeof block->model);
    yd_config_title(run->options.data, block->dataset, sizeof block->dataset);
    yd_copy_text(block->device, sizeof block->device, run->backend->name);
    for (char *c = block->device; *c; c++)
        if (*c == '-') *c = ' '; /* "cpu bf16" */
    block->epoch = run->progress.epoch;
    block->batch = run->progress.batch;
    block->batches = run->batches;
    block->best_epoch = run->progress.best.epoch;
    block->best_fitness = (float)run->progress.best.fitness;
    block->image_size = run->image_size;
    block->batch_size = run->batch_size;
    block->images_left_out = run->train_set->corrupt + run->val_set->corrupt;
    block->warmup_iterations = (int32_t)run->schedule.warmup;
    block->cosine = run->schedule.cosine;
    block->linear_to_last = run->schedule.linear_to_last;
    block->lr0 = run->schedule.lr0;
    block->lrf = run->schedule.lrf;
    block->warmup_bias_lr = run->schedule.warmup_bias_lr;
    yd_telemetry_unlock(&run->telemetry);
}

/* In YOLOv5's words: scripts look for them. */
static void say_start(const yd_run *run)
{
    yd_log(YD_LOG_INFO, "Image sizes %d train, %d val", run->image_size, run->val_set->options.image_size);
    yd_log(YD_LOG_INFO, "Using %d dataloader workers", yd_setup_workers(&run->options, run->batch_size));
    yd_log(YD_LOG_INFO, "Logging results to %s", run->folder);
    yd_log(YD_LOG_INFO, "Starting training for %d epochs...", run->epochs);
}

yd_status yd_setup(yd_run *run, const yd_options *options, yd_error *error)
{
    run->lock = -1;
    run->options = *options;
    run->arena = yd_arena_create(0);
    if (!run->arena) return yd_fail(error, YD_ERR_MEMORY, "no memory to start with");
    YD_TRY(load_configuration(run, error));
    yd_weights *weights;
    YD_TRY(load_weights(run, &weights, error));
    yd_status status = set_up_engine(run, weights, error);
    yd_weights_free(weights);
    YD_TRY(status);
    YD_TRY(set_up_folder(run, error));
    YD_TRY(yd_snapshots_open(run, error));
    YD_TRY(yd_studio_open(run, error));
    yd_wandb_decide(run);
    show(run);
    yd_tweaks_settle(run);
    if (run->resumed && !run->generation) yd_tweaks_take_options(run);
    if (!run->generation || run->generation->order.first) YD_TRY(write_first_files(run, error));
    YD_TRY(yd_alarm_open(&run->alarm, run->ring, run->options.hook, run->folder, error));
    say_start(run);
    return YD_OK;
}

void yd_setup_destroy(yd_run *run)
{
    yd_studio_close(run);
    yd_snapshots_close(run);
    yd_alarm_close(&run->alarm);
    yd_save_close(run);
    if (run->train_loader) yd_loader_destroy(run->train_loader);
    if (run->val_loader) yd_loader_destroy(run->val_loader);
    yd_batch_resizer_free(&run->resizer);
    yd_tweaks_free(run);
    yd_loss_destroy(run->loss);
    yd_metrics_destroy(run->metrics);
    yd_optimizer_destroy(&run->optimizer);
    if (run->plans) yd_plan_cache_destroy(run->plans);
    if (run->model) {
        yd_param_set *sets[] = {&run->values, &run->average, &run->gradients, &run->momenta, &run->squares};
        for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) yd_param_set_destroy(run->model, sets[i]);
        yd_model_destroy(run->model);
    }
    if (run->device) run->backend->close(run->device);
    if (run->train_set) yd_dataset_close(run->train_set);
    if (run->val_set) yd_dataset_close(run->val_set);
    yd_arena_destroy(run->arena);
}
