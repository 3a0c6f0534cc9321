#include "train/wandb_run.h"
#include "base/file.h"
#include "base/log.h"
#include "config/yaml_json.h"
#include "data/index.h"
#include "sink/wandb.h"
#include "sink/wandb_folder.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char default_project[] = "runs/train";

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; word && i < count; i++)
        if (strcmp(word, words[i]) == 0) return true;
    return false;
}

static bool is_wanted(const yd_options *options)
{
    static const char *const on[] = {"offline", "dryrun", "online", "shared"};
    static const yd_option_id own[] = {YD_OPT_entity, YD_OPT_upload_dataset, YD_OPT_bbox_interval};
    const char *mode = getenv("WANDB_MODE");
    if (mode && strcmp(mode, "disabled") == 0) return false;
    if (options->given[YD_OPT_wandb]) return options->wandb;
    bool wanted = is_one_of(mode, on, sizeof on / sizeof *on);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        wanted |= !options->resume && options->given[own[i]];
    return wanted;
}

void yd_wandb_decide(yd_run *run)
{
    yd_options *options = &run->options;
    const char *entity = getenv("WANDB_ENTITY"), *id = getenv("WANDB_RUN_ID");
    options->wandb = is_wanted(options);
    if (!options->wandb) return;
    if (!options->entity[0] && entity) options->entity = entity;
    if (run->wandb_id[0]) return;
    if (id && yd_wandb_is_id(id))
        yd_copy_text(run->wandb_id, sizeof run->wandb_id, id);
    else
        yd_wandb_random_word(run->wandb_id, 8);
}

/* Sets every key of a mapping. */
static void take_keys(yd_wandb_values *config, const yd_yaml_node *mapping)
{
    for (int i = 0; i < mapping->count && mapping->kind == YD_YAML_MAPPING; i++) {
        yd_text text = {0};
        yd_json json;
        yd_json_start(&json, &text);
        yd_yaml_json(mapping->items[i], NULL, &json);
        if (mapping->keys[i]->text && text.data)
            yd_wandb_values_set(config, mapping->keys[i]->text, text.data);
        yd_text_free(&text);
    }
}

/* Sets key to the whole of a document. */
static void take_whole(yd_wandb_values *config, const char *key, const yd_yaml_node *root)
{
    yd_text text = {0};
    yd_json json;
    yd_json_start(&json, &text);
    yd_yaml_json(root, NULL, &json);
    if (text.data) yd_wandb_values_set(config, key, text.data);
    yd_text_free(&text);
}

/* As the reference has it: each option by itself; hyp as the values; of a run that begins, all options once
 * more as opt, and the data set's YAML as data_dict. */
static yd_status read_config(const yd_run *run, yd_arena *arena, yd_wandb_values *config, yd_error *error)
{
    yd_text options = {0}, hyp = {0};
    yd_yaml yaml;
    yd_status status = yd_options_write(&run->options, &run->preset, &run->hyp, &options, error);
    if (status == YD_OK)
        status = yd_yaml_parse("opt.yaml", options.data, options.length, arena, &yaml, error);
    if (status == YD_OK) {
        take_keys(config, yaml.root);
        if (!run->resumed) take_whole(config, "opt", yaml.root);
        status = yd_hyp_write(&run->hyp, &hyp, error);
    }
    if (status == YD_OK) status = yd_yaml_parse("hyp.yaml", hyp.data, hyp.length, arena, &yaml, error);
    if (status == YD_OK) {
        take_whole(config, "hyp", yaml.root);
        if (!run->resumed && yd_yaml_load(run->options.data, arena, &yaml, error) == YD_OK)
            take_whole(config, "data_dict", yaml.root);
    }
    yd_text_free(&options);
    yd_text_free(&hyp);
    return status;
}

static void choose_place(const yd_run *run, char place[4200])
{
    const char *folder = getenv("WANDB_DIR");
    snprintf(place, 4200, "%.4000s/wandb", folder && *folder ? folder : run->folder);
}

bool yd_wandb_wants_boxes(const yd_run *run, int epoch)
{
    int interval = yd_wandb_bbox_interval(run->options.bbox_interval, run->epochs);
    return run->options.wandb && interval > 0 && (epoch + 1) % interval == 0;
}

/* A split with the names of its label files, in the run's arena. */
static yd_status list_split(const yd_run *run, const yd_dataset *set, const char *name, yd_wandb_split *out,
                            yd_error *error)
{
    char path[4200];
    const char **labels = yd_arena_alloc(run->arena, (size_t)set->count + 1, sizeof *labels);
    *out = (yd_wandb_split){.name = name, .images = set->paths, .labels = labels, .count = set->count};
    for (int i = 0; labels && i < set->count; i++) {
        if (!yd_label_path(set->paths[i], path, sizeof path)) path[0] = '\0';
        labels[i] = yd_arena_strdup(run->arena, path);
        if (!labels[i]) labels = NULL;
    }
    return labels ? YD_OK : yd_fail(error, YD_ERR_MEMORY, "no memory for the files of the data set");
}

/* --upload_dataset of a run that begins: both parts, or the validation's alone. */
static yd_status list_splits(const yd_run *run, yd_wandb_split splits[2], int *count, yd_error *error)
{
    const char *which = run->options.upload_dataset;
    *count = 0;
    if (!which || run->resumed) return YD_OK;
    if (strcmp(which, "val") != 0)
        YD_TRY(list_split(run, run->train_set, "train", &splits[(*count)++], error));
    return list_split(run, run->val_set, "val", &splits[(*count)++], error);
}

static yd_status open_sink(const yd_run *run, const yd_wandb_values *config, yd_sink *sink, yd_error *error)
{
    char place[4200];
    const yd_options *options = &run->options;
    bool usual = strcmp(options->project, default_project) == 0;
    yd_wandb_split splits[2];
    int split_count;
    YD_TRY(list_splits(run, splits, &split_count, error));
    choose_place(run, place);
    const yd_wandb_start start = {
        .run_folder = run->folder,
        .place = place,
        .id = run->wandb_id,
        .entity = options->entity,
        .project = usual ? "YOLOv5" : yd_path_name(options->project),
        .name = yd_path_name(run->folder),
        .program = "yolodeck",
        .config = config,
        .epochs = run->epochs,
        .epoch = run->progress.epoch,
        .resumed = run->resumed,
        .row = run->progress.row,
        .order = run->preset.group_order == YD_GROUPS_BIAS_WEIGHT_NORM ? YD_RESULTS_BIAS_FIRST
                                                                       : YD_RESULTS_NORM_FIRST,
        .bbox_interval = yd_wandb_bbox_interval(options->bbox_interval, run->epochs),
        .class_names = run->names,
        .nc = run->nc,
        .splits = splits,
        .split_count = split_count};
    YD_TRY(yd_wandb_sink(&start, sink, error));
    yd_log(YD_LOG_INFO, "W&B: run %s, offline in %s; wandb sync sends it", run->wandb_id, place);
    return YD_OK;
}

yd_status yd_wandb_open(const yd_run *run, yd_sink *sink, yd_error *error)
{
    yd_wandb_values config = {0};
    yd_arena *arena = yd_arena_create(0);
    yd_status status = arena ? read_config(run, arena, &config, error)
                             : yd_fail(error, YD_ERR_MEMORY, "no memory for W&B's configuration");
    if (status == YD_OK) status = open_sink(run, &config, sink, error);
    yd_wandb_values_free(&config);
    yd_arena_destroy(arena);
    return status;
}
