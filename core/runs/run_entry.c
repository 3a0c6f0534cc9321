#include "runs/run_entry.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "config/yaml.h"
#include "event/client.h"
#include "event/registry.h"
#include "runs/growth.h"
#include "series/fitness.h"
#include "series/results_reader.h"
#include <dirent.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_CAPACITY = 4096, FILE_LIMIT = 100000, DEPTH_LIMIT = 8 };

/* A run folder has one of these; the first three only our engines write, and the first two say nothing else.
 */
static const struct {
    const char *name;
    bool ours;
} marks[] = {{"live", true},      {"lock", true},         {"train.log", true},
             {"opt.yaml", false}, {"results.csv", false}, {"results.txt", false}};

/* Whether something below the folder is a TensorBoard file; when the newest of them was written. */
static bool has_event_files(const char *folder, yd_run_stamp *stamp)
{
    DIR *handle = opendir(folder);
    bool any = false;
    for (struct dirent *child; handle && (child = readdir(handle));) {
        char path[PATH_CAPACITY];
        struct stat info;
        if (!strstr(child->d_name, "tfevents") || !yd_path_join(path, sizeof path, folder, child->d_name) ||
            stat(path, &info) != 0 || !S_ISREG(info.st_mode))
            continue;
        int64_t changed = info.st_mtim.tv_sec * INT64_C(1000000000) + info.st_mtim.tv_nsec;
        if (changed > stamp->changed_ns) stamp->changed_ns = changed;
        any = true;
    }
    if (handle) closedir(handle);
    return any;
}

/* A single file of scalars may be looked at like a run. */
static bool is_scalar_file(const char *path, yd_run_stamp *stamp)
{
    struct stat info;
    const char *name = yd_path_name(path), *end = strrchr(name, '.');
    bool named = strstr(name, "tfevents") || (end && strcmp(end, ".csv") == 0);
    if (!named || stat(path, &info) != 0 || !S_ISREG(info.st_mode)) return false;
    stamp->changed_ns = info.st_mtim.tv_sec * INT64_C(1000000000) + info.st_mtim.tv_nsec;
    stamp->hash = (uint64_t)stamp->changed_ns ^ (uint64_t)info.st_size;
    return true;
}

yd_run_stamp yd_run_stamp_of(const char *folder)
{
    yd_run_stamp stamp = {0};
    int64_t facts[sizeof marks / sizeof *marks][2] = {{0}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        char path[PATH_CAPACITY];
        struct stat info;
        if (!yd_path_join(path, sizeof path, folder, marks[i].name) || stat(path, &info) != 0 ||
            !S_ISREG(info.st_mode))
            continue;
        int64_t changed = info.st_mtim.tv_sec * INT64_C(1000000000) + info.st_mtim.tv_nsec;
        facts[i][0] = changed, facts[i][1] = info.st_size;
        if (changed > stamp.changed_ns) stamp.changed_ns = changed;
        if (marks[i].ours || stamp.kind == YD_RUN_KIND_NONE)
            stamp.kind = marks[i].ours ? YD_RUN_KIND_OURS : YD_RUN_KIND_YOLOV5;
        stamp.live |= i == 0;
        stamp.readable |= i > 1;
    }
    if (stamp.kind == YD_RUN_KIND_NONE && is_scalar_file(folder, &stamp)) {
        stamp.kind = YD_RUN_KIND_SCALARS;
        stamp.readable = true;
        return stamp;
    }
    if (stamp.kind == YD_RUN_KIND_NONE && has_event_files(folder, &stamp)) {
        stamp.kind = YD_RUN_KIND_SCALARS;
        stamp.readable = true;
    }
    stamp.hash = yd_fnv1a(facts, sizeof facts) ^ (uint64_t)stamp.changed_ns;
    return stamp;
}

static void read_epochs(yd_run_entry *entry)
{
    char path[PATH_CAPACITY];
    yd_yaml yaml;
    int64_t epochs;
    if (!yd_path_join(path, sizeof path, entry->folder, "opt.yaml") || !yd_file_exists(path)) return;
    yd_arena *arena = yd_arena_create(0);
    if (!arena) return;
    if (yd_yaml_load(path, arena, &yaml, NULL) == YD_OK &&
        yd_yaml_integer(&yaml, yd_yaml_find(yaml.root, "epochs"), "epochs", 0, INT32_MAX, &epochs, NULL) ==
            YD_OK)
        entry->epochs = (int)epochs;
    yd_arena_destroy(arena);
}

static void read_results(yd_run_entry *entry)
{
    static const char *const tables[] = {"results.csv", "results.txt"};
    char path[PATH_CAPACITY];
    yd_results results = {0};
    for (int i = 0; i < 2 && !results.count; i++)
        if (!yd_path_join(path, sizeof path, entry->folder, tables[i]) ||
            yd_results_read(path, &results, NULL) != YD_OK)
            results = (yd_results){0};
    for (int i = 0; i < results.count; i++) {
        const yd_results_row *row = &results.rows[i];
        double fitness = yd_fitness((double)row->map50, (double)row->map50_95);
        entry->epoch = row->epoch + 1;
        if (!isfinite(fitness) || fitness < entry->best_fitness) continue;
        entry->best_fitness = fitness;
        entry->best_map50 = (double)row->map50, entry->best_map50_95 = (double)row->map50_95;
        entry->best_epoch = row->epoch;
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

/* Of a run without an engine. */
static const char *state_of_files(yd_run_entry *entry)
{
    if (entry->epochs >= 0 && entry->epoch >= entry->epochs) return "done";
    if (entry->kind == YD_RUN_KIND_OURS) return "ended";
    yd_growth growth = yd_growth_of(entry->folder, entry->epoch, yd_wall_clock_ns());
    entry->may_grow = growth != YD_GROWTH_OVER;
    return growth == YD_GROWTH_GOES_ON ? "training?" : growth == YD_GROWTH_QUIET ? "quiet" : "ended";
}

void yd_run_entry_read_state(yd_run_entry *entry, const yd_run_stamp *stamp, bool ask)
{
    yd_live live;
    yd_liveness liveness = stamp->live ? yd_live_check(entry->folder, &live) : YD_LIVE_NONE;
    entry->lives = liveness == YD_LIVE_HERE;
    entry->may_grow = false;
    if (entry->lives && ask && ask_engine(entry)) return;
    /* It may just have ended. */
    if (entry->lives && ask) liveness = yd_live_check(entry->folder, &live);
    entry->lives = liveness == YD_LIVE_HERE;
    if (entry->lives)
        entry->state = "stalled";
    else if (liveness == YD_LIVE_ELSEWHERE)
        entry->state = "elsewhere";
    else if (liveness != YD_LIVE_NONE)
        entry->state = "dead";
    else
        entry->state = state_of_files(entry);
}

void yd_run_entry_read(yd_run_entry *entry, const yd_run_stamp *stamp, bool ask)
{
    *entry = (yd_run_entry){.name = entry->name,
                            .folder = entry->folder,
                            .kind = stamp->kind,
                            .epoch = -1,
                            .epochs = -1,
                            .best_epoch = -1,
                            .best_fitness = -1,
                            .best_map50 = NAN,
                            .best_map50_95 = NAN,
                            .changed_ns = stamp->changed_ns};
    read_epochs(entry);
    read_results(entry);
    yd_run_entry_read_state(entry, stamp, ask);
    if (entry->best_epoch < 0) entry->best_fitness = (double)NAN;
}

static int64_t bytes_below(const char *folder, int depth, int *files)
{
    DIR *handle = opendir(folder);
    struct stat own;
    int64_t sum = 0;
    if (!handle) return stat(folder, &own) == 0 && S_ISREG(own.st_mode) ? own.st_size : -1;
    for (struct dirent *child; (child = readdir(handle)) && *files < FILE_LIMIT;) {
        char path[PATH_CAPACITY];
        struct stat info;
        bool itself = strcmp(child->d_name, ".") == 0 || strcmp(child->d_name, "..") == 0;
        if (itself || !yd_path_join(path, sizeof path, folder, child->d_name) || lstat(path, &info) != 0)
            continue;
        ++*files;
        if (S_ISREG(info.st_mode)) sum += info.st_size / (info.st_nlink > 1 ? (int64_t)info.st_nlink : 1);
        int64_t below =
            S_ISDIR(info.st_mode) && depth < DEPTH_LIMIT ? bytes_below(path, depth + 1, files) : 0;
        if (below > 0) sum += below;
    }
    closedir(handle);
    return sum;
}

int64_t yd_run_bytes(const char *folder)
{
    int files = 0;
    return bytes_below(folder, 0, &files);
}
