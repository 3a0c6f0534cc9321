#include "tui/past.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "config/title.h"
#include "config/yaml.h"
#include "event/registry.h"
#include "event/tweaks.h"
#include "runs/run_entry.h"
#include "series/fitness.h"
#include "series/ledger.h"
#include "series/results_reader.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static void read_integer(const yd_yaml *yaml, const char *key, int32_t *value)
{
    int64_t number;
    const yd_yaml_node *node = yd_yaml_find(yaml->root, key);
    if (node && yd_yaml_integer(yaml, node, key, INT32_MIN, INT32_MAX, &number, NULL) == YD_OK)
        *value = (int32_t)number;
}

/* What is said of a path. */
static void read_title(const yd_yaml *yaml, const char *key, char *value, size_t capacity)
{
    const char *text;
    const yd_yaml_node *node = yd_yaml_find(yaml->root, key);
    if (node && yd_yaml_text(yaml, node, key, &text, NULL) == YD_OK && text[0])
        yd_config_title(text, value, capacity);
}

/* The live values that the run began with, where its files say. */
static void read_first_values(const yd_yaml *options, const yd_yaml *hyp, yd_status_block *block)
{
    bool multi_scale = false, noval = false;
    const yd_yaml_node *node = yd_yaml_find(options->root, "multi_scale");
    if (node) yd_yaml_bool(options, node, "multi_scale", &multi_scale, NULL);
    node = yd_yaml_find(options->root, "noval");
    if (node) yd_yaml_bool(options, node, "noval", &noval, NULL);
    int size = block->image_size;
    block->size_min = multi_scale ? size / 2 : size;
    block->size_max = multi_scale ? size + size / 2 : size;
    block->val_period = !noval;
    block->lr_scale = 1;
    node = hyp ? yd_yaml_find(hyp->root, "mosaic") : NULL;
    if (node) yd_yaml_number(hyp, node, "mosaic", "[0, 1]", &block->mosaic, NULL);
    node = hyp ? yd_yaml_find(hyp->root, "mixup") : NULL;
    if (node) yd_yaml_number(hyp, node, "mixup", "[0, 1]", &block->mixup, NULL);
}

/* And what they were changed to while it lived. */
static void read_changes(const char *run_folder, yd_status_block *block)
{
    char path[4096];
    yd_ledger ledger = YD_LEDGER;
    if (yd_path_join(path, sizeof path, run_folder, "tweaks.jsonl")) yd_ledger_read(&ledger, path, NULL);
    for (int i = 0; i < yd_ledger_count(&ledger); i++) {
        const yd_ledger_entry *entry = yd_ledger_at(&ledger, i);
        yd_tweak tweak = yd_tweak_find(entry->name);
        if (tweak < YD_TWEAK_COUNT) yd_tweak_set(block, tweak, entry->to);
    }
    yd_ledger_free(&ledger);
}

static bool load_yaml(const char *run_folder, const char *name, yd_arena *arena, yd_yaml *yaml)
{
    char path[4096];
    return yd_path_join(path, sizeof path, run_folder, name) && yd_file_exists(path) &&
           yd_yaml_load(path, arena, yaml, NULL) == YD_OK;
}

/* YOLOv5 is told the numbers of devices alone. */
static void name_device(yd_status_block *block)
{
    char number[sizeof block->device - 5];
    if (block->device[0] < '0' || block->device[0] > '9') return;
    yd_copy_text(number, sizeof number, block->device);
    snprintf(block->device, sizeof block->device, "cuda:%s", number);
}

static void read_options(const char *run_folder, yd_status_block *block)
{
    yd_yaml yaml, hyp;
    yd_arena *arena = yd_arena_create(0);
    if (arena && load_yaml(run_folder, "opt.yaml", arena, &yaml)) {
        read_title(&yaml, "weights", block->model, sizeof block->model);
        read_title(&yaml, "cfg", block->model, sizeof block->model);
        read_title(&yaml, "data", block->dataset, sizeof block->dataset);
        read_title(&yaml, "device", block->device, sizeof block->device);
        name_device(block);
        read_integer(&yaml, "epochs", &block->epochs);
        read_integer(&yaml, "batch_size", &block->batch_size);
        read_integer(&yaml, "imgsz", &block->image_size);
        read_integer(&yaml, "patience", &block->patience);
        read_integer(&yaml, "save_period", &block->save_period);
        bool has_hyp = load_yaml(run_folder, "hyp.yaml", arena, &hyp);
        read_first_values(&yaml, has_hyp ? &hyp : NULL, block);
        read_changes(run_folder, block);
    }
    yd_arena_destroy(arena);
}

static void read_last_row(const yd_results_row *row, yd_status_block *block)
{
    block->epoch = row->epoch + 1;
    block->loss_box = row->train_box, block->loss_obj = row->train_obj, block->loss_cls = row->train_cls;
    block->loss_total = row->train_box + row->train_obj + row->train_cls;
    block->precision = row->precision, block->recall = row->recall;
    block->map50 = row->map50, block->map50_95 = row->map50_95;
    block->fitness = (float)yd_fitness((double)row->map50, (double)row->map50_95);
    block->val_box = row->val_box, block->val_obj = row->val_obj, block->val_cls = row->val_cls;
    memcpy(block->lr, row->lr, sizeof block->lr);
}

/* Rates stand in the order of the optimizer's groups, which changed from one generation of YOLOv5 to the
 * next: in its warm-up the biases' is the highest. */
static void sort_rates(const yd_results *results, yd_run_view *view, yd_status_block *block)
{
    view->bias_first = results->rows[0].lr[0] > results->rows[0].lr[2];
    if (!view->bias_first) return;
    float biases = block->lr[0];
    block->lr[0] = block->lr[2];
    block->lr[2] = biases;
}

static void read_results(const char *run_folder, yd_run_view *view, yd_status_block *block)
{
    static const char *const tables[] = {"results.csv", "results.txt"};
    char path[4096];
    yd_results results;
    for (int i = 0; i < 2; i++) {
        if (!yd_path_join(path, sizeof path, run_folder, tables[i]) ||
            yd_results_read(path, &results, NULL) != YD_OK)
            continue;
        if (results.count) {
            read_last_row(&results.rows[results.count - 1], block);
            sort_rates(&results, view, block);
        }
        bool any = results.count > 0;
        yd_results_free(&results);
        if (any) return;
    }
}

/* Whether the state may change though no file does. */
static bool load(yd_run_view *view, const char *run_folder)
{
    const float unknown = NAN;
    yd_status_block block = {.best_epoch = -1,
                             .best_fitness = unknown,
                             .precision = unknown,
                             .recall = unknown,
                             .map50 = unknown,
                             .map50_95 = unknown,
                             .fitness = unknown,
                             .val_box = unknown,
                             .val_obj = unknown,
                             .val_cls = unknown,
                             .loss_box = unknown,
                             .loss_obj = unknown,
                             .loss_cls = unknown,
                             .loss_total = unknown,
                             .lr = {unknown, unknown, unknown},
                             .images_per_second = unknown,
                             .eta_seconds = (double)unknown,
                             .epoch_eta_seconds = (double)unknown,
                             .cpu_percent = unknown,
                             .share_data = unknown,
                             .share_forward = unknown,
                             .share_backward = unknown,
                             .share_optimizer = unknown};
    yd_run_entry entry = {.folder = run_folder, .name = yd_path_name(run_folder)};
    yd_run_stamp stamp = yd_run_stamp_of(run_folder);
    yd_run_entry_read(&entry, &stamp, false);
    yd_copy_text(block.run, sizeof block.run, entry.name);
    read_options(run_folder, &block);
    read_results(run_folder, view, &block);
    block.best_epoch = entry.best_epoch;
    block.best_fitness = (float)entry.best_fitness;
    view->grows = entry.may_grow;
    view->files_tell = entry.kind != YD_RUN_KIND_OURS;
    yd_run_view_past(view, &block, entry.state, entry.changed_ns);
    return entry.may_grow;
}

void yd_past_load(yd_run_view *view, const char *run_folder)
{
    load(view, run_folder);
}

yd_past_news yd_past_look(yd_past *past, yd_run_view *view, const char *run_folder, int64_t now_ns)
{
    const int64_t period_ns = 2000000000;
    yd_live live;
    if (past->looked_ns && now_ns - past->looked_ns < period_ns) return YD_PAST_SAME;
    yd_run_stamp stamp = yd_run_stamp_of(run_folder);
    bool first = !past->looked_ns, files_same = past->hash == stamp.hash;
    past->looked_ns = now_ns;
    past->hash = stamp.hash;
    if (!first && files_same && !past->may_grow) return YD_PAST_SAME;
    if (!first && stamp.live && yd_live_check(run_folder, &live) == YD_LIVE_HERE) return YD_PAST_LIVES;
    char before[sizeof view->past];
    yd_copy_text(before, sizeof before, view->past);
    past->may_grow = load(view, run_folder);
    bool news = !(first || files_same) || strcmp(before, view->past) != 0;
    return news ? YD_PAST_CHANGED : YD_PAST_SAME;
}
