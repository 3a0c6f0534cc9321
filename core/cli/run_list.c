#include "cli/run_list.h"
#include "base/file.h"
#include "base/vector.h"
#include "config/yaml.h"
#include "eval/metrics.h"
#include "event/client.h"
#include "event/registry.h"
#include "series/results_reader.h"
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_CAPACITY = 4096, RUN_LIMIT = 100000, DEPTH = 2 };

typedef struct reading {
    yd_arena *arena;
    yd_vector entries; /* of yd_run_entry */
} reading;

/* A run folder has one of these. */
static const char *const marks[] = {"opt.yaml", "results.csv", "results.txt", "live"};

/* When the newest of its marks was written; 0 for a folder that is no run's. */
static int64_t run_changed(const char *folder)
{
    int64_t newest = 0;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        char path[PATH_CAPACITY];
        struct stat info;
        if (!yd_path_join(path, sizeof path, folder, marks[i]) || stat(path, &info) != 0 ||
            !S_ISREG(info.st_mode))
            continue;
        int64_t changed = info.st_mtim.tv_sec * INT64_C(1000000000) + info.st_mtim.tv_nsec;
        if (changed > newest) newest = changed;
    }
    return newest;
}

static void read_epochs(reading *own, yd_run_entry *entry)
{
    char path[PATH_CAPACITY];
    yd_yaml yaml;
    int64_t epochs;
    if (!yd_path_join(path, sizeof path, entry->folder, "opt.yaml") || !yd_file_exists(path)) return;
    if (yd_yaml_load(path, own->arena, &yaml, NULL) != YD_OK) return;
    if (yd_yaml_integer(&yaml, yd_yaml_find(yaml.root, "epochs"), "epochs", 0, INT32_MAX, &epochs, NULL) ==
        YD_OK)
        entry->epochs = (int)epochs;
}

static void read_results(yd_run_entry *entry)
{
    char path[PATH_CAPACITY];
    yd_results results;
    if (!yd_path_join(path, sizeof path, entry->folder, "results.csv")) return;
    if (yd_results_read(path, &results, NULL) != YD_OK) return;
    for (int i = 0; i < results.count; i++) {
        double fitness = yd_fitness((double)results.rows[i].map50, (double)results.rows[i].map50_95);
        entry->epoch = results.rows[i].epoch + 1;
        if (!isfinite(fitness) || fitness < entry->best_fitness) continue;
        entry->best_fitness = fitness;
        entry->best_epoch = results.rows[i].epoch;
    }
    yd_results_free(&results);
}

/* False where the engine cannot be reached. */
static bool ask_engine(yd_run_entry *entry)
{
    yd_client *client;
    yd_status_block block;
    if (yd_client_open(entry->folder, &client, NULL) != YD_OK) return false;
    bool known = yd_ring_status(yd_client_ring(client), &block);
    yd_client_close(client);
    entry->state = known ? yd_run_state_name(block.state) : "setup";
    if (!known) return true;
    entry->epoch = block.epoch;
    entry->epochs = block.epochs;
    if (block.best_epoch < 0) return true;
    entry->best_epoch = block.best_epoch;
    entry->best_fitness = (double)block.best_fitness;
    return true;
}

static void read_state(yd_run_entry *entry)
{
    yd_live live;
    yd_liveness liveness = yd_live_check(entry->folder, &live);
    if (liveness == YD_LIVE_HERE && ask_engine(entry)) return;
    if (liveness == YD_LIVE_ELSEWHERE)
        entry->state = "elsewhere";
    else if (liveness != YD_LIVE_NONE)
        entry->state = "dead";
    else
        entry->state = entry->epochs >= 0 && entry->epoch >= entry->epochs ? "done" : "ended";
}

static bool add_run(reading *own, const char *folder, int64_t changed_ns)
{
    yd_run_entry entry = {.folder = yd_arena_strdup(own->arena, folder),
                          .epoch = -1,
                          .epochs = -1,
                          .best_epoch = -1,
                          .best_fitness = -1,
                          .changed_ns = changed_ns};
    if (!entry.folder) return false;
    entry.name = yd_path_name(entry.folder);
    read_epochs(own, &entry);
    read_results(&entry);
    read_state(&entry);
    if (entry.best_epoch < 0) entry.best_fitness = (double)NAN;
    return yd_vector_push(&own->entries, &entry) != NULL;
}

static yd_status visit(reading *own, const char *folder, int depth, yd_error *error);

static yd_status visit_children(reading *own, const char *folder, int depth, yd_error *error)
{
    DIR *handle = opendir(folder);
    if (!handle)
        return yd_fail_errno(error, depth ? YD_ERR_IO : YD_ERR_CONFIG, "%s: cannot read the folder", folder);
    yd_status status = YD_OK;
    for (struct dirent *child; status == YD_OK && (child = readdir(handle));) {
        char path[PATH_CAPACITY];
        if (child->d_name[0] == '.' || !yd_path_join(path, sizeof path, folder, child->d_name)) continue;
        if (yd_folder_exists(path)) status = visit(own, path, depth + 1, error);
    }
    closedir(handle);
    return status;
}

/* What lies in a run folder is no run. A folder below that cannot be read is passed over. */
static yd_status visit(reading *own, const char *folder, int depth, yd_error *error)
{
    int64_t changed_ns = run_changed(folder);
    if (changed_ns && own->entries.count < RUN_LIMIT)
        return add_run(own, folder, changed_ns) ? YD_OK
                                                : yd_fail(error, YD_ERR_MEMORY, "out of memory for the runs");
    if (depth >= DEPTH) return YD_OK;
    yd_status status = visit_children(own, folder, depth, error);
    return depth > 0 && status == YD_ERR_IO ? YD_OK : status;
}

static int by_age(const void *a, const void *b)
{
    const yd_run_entry *first = a, *second = b;
    if (first->changed_ns != second->changed_ns) return first->changed_ns < second->changed_ns ? -1 : 1;
    return strcmp(first->folder, second->folder);
}

yd_status yd_run_list_read(const char *folder, yd_arena *arena, yd_run_list *list, yd_error *error)
{
    reading own = {.arena = arena, .entries = {.size = sizeof(yd_run_entry)}};
    *list = (yd_run_list){0};
    yd_status status = visit(&own, folder, 0, error);
    if (status == YD_OK && own.entries.count) {
        list->entries = yd_arena_alloc(arena, own.entries.count, sizeof *list->entries);
        if (!list->entries) status = yd_fail(error, YD_ERR_MEMORY, "out of memory for the runs");
    }
    if (list->entries && own.entries.data) {
        list->count = (int)own.entries.count;
        memcpy(list->entries, own.entries.data, own.entries.count * sizeof *list->entries);
        qsort(list->entries, own.entries.count, sizeof *list->entries, by_age);
    }
    yd_vector_free(&own.entries);
    return status;
}
