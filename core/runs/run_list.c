#include "runs/run_list.h"
#include "base/file.h"
#include "base/vector.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_CAPACITY = 4096, DEPTH = 2, RUN_LIMIT = 100000 };

typedef struct walk {
    yd_run_visitor *visit;
    void *context;
    bool over;
} walk;

static bool walk_to(walk *own, const char *folder, int depth);

/* False where the folder cannot be read. */
static bool walk_children(walk *own, const char *folder, int depth)
{
    DIR *handle = opendir(folder);
    if (!handle) return false;
    for (struct dirent *child; !own->over && (child = readdir(handle));) {
        char path[PATH_CAPACITY];
        bool folder_or_link =
            child->d_type == DT_DIR || child->d_type == DT_LNK || child->d_type == DT_UNKNOWN;
        if (child->d_name[0] == '.' || !folder_or_link ||
            !yd_path_join(path, sizeof path, folder, child->d_name))
            continue;
        if (child->d_type == DT_DIR || yd_folder_exists(path)) walk_to(own, path, depth + 1);
    }
    closedir(handle);
    return true;
}

static bool walk_to(walk *own, const char *folder, int depth)
{
    yd_run_stamp stamp = yd_run_stamp_of(folder);
    if (stamp.kind != YD_RUN_KIND_NONE) {
        own->over = !own->visit(own->context, folder, &stamp);
        return true;
    }
    return depth >= DEPTH || walk_children(own, folder, depth);
}

yd_status yd_run_visit(const char *folder, yd_run_visitor *visit, void *context, yd_error *error)
{
    walk own = {.visit = visit, .context = context};
    if (walk_to(&own, folder, 0)) return YD_OK;
    return yd_fail_errno(error, YD_ERR_CONFIG, "%s: cannot read the folder", folder);
}

typedef struct reading {
    yd_arena *arena;
    yd_vector entries; /* of yd_run_entry */
    bool failed;
} reading;

static bool add_run(void *context, const char *folder, const yd_run_stamp *stamp)
{
    reading *own = context;
    yd_run_entry entry = {.folder = yd_arena_strdup(own->arena, folder)};
    if (entry.folder) {
        entry.name = yd_path_name(entry.folder);
        yd_run_entry_read(&entry, stamp, true);
    }
    own->failed = !entry.folder || !yd_vector_push(&own->entries, &entry);
    return !own->failed && own->entries.count < RUN_LIMIT;
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
    yd_status status = yd_run_visit(folder, add_run, &own, error);
    if (status == YD_OK && !own.failed && own.entries.count) {
        list->entries = yd_arena_alloc(arena, own.entries.count, sizeof *list->entries);
        own.failed = !list->entries;
    }
    if (status == YD_OK && own.failed) status = yd_fail(error, YD_ERR_MEMORY, "out of memory for the runs");
    if (list->entries && own.entries.data) {
        list->count = (int)own.entries.count;
        memcpy(list->entries, own.entries.data, own.entries.count * sizeof *list->entries);
        qsort(list->entries, own.entries.count, sizeof *list->entries, by_age);
    }
    yd_vector_free(&own.entries);
    return status;
}
