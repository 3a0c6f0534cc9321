#include "event/registry.h"
#include "base/file.h"
#include "base/text.h"
#include "base/vector.h"
#include "event/user_folder.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_LIMIT = 1 << 20, LIST_COMPACT = 1 << 16, RUNS_KEPT = 200 };

static bool list_path(char path[4096])
{
    char folder[4096];
    return yd_user_folder_any(folder, sizeof folder, NULL) == YD_OK &&
           yd_path_join(path, 4096, folder, "runs");
}

/* The noted runs as lines of *data, which the caller frees, oldest first; each folder once, at its newest
 * place. */
static void read_list(const char *path, char **data, yd_vector *runs)
{
    size_t length;
    *runs = (yd_vector){.size = sizeof(char *)};
    if (yd_file_read(path, LIST_LIMIT, data, &length, NULL) != YD_OK) return;
    char *rest = NULL;
    for (char *line = strtok_r(*data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (line[0] != '/' || strlen(line) >= PATH_MAX) continue;
        size_t kept = 0;
        for (size_t i = 0; i < runs->count; i++)
            if (strcmp(YD_AT(char *, runs, i), line) != 0)
                YD_AT(char *, runs, kept++) = YD_AT(char *, runs, i);
        runs->count = kept;
        yd_vector_push(runs, &line);
    }
}

/* Two engines that start at the same moment may both do this: then one of their notes can be lost, no more.
 */
static void compact(const char *path)
{
    char *data = NULL;
    yd_vector runs;
    read_list(path, &data, &runs);
    yd_text text = {0};
    for (size_t i = runs.count > RUNS_KEPT ? runs.count - RUNS_KEPT : 0; i < runs.count; i++)
        yd_text_addf(&text, "%s\n", YD_AT(char *, &runs, i));
    if (!text.failed) yd_file_write(path, text.data ? text.data : "", text.length, NULL);
    yd_text_free(&text);
    yd_vector_free(&runs);
    free(data);
}

void yd_run_note(const char *run_folder)
{
    char path[4096], absolute[PATH_MAX], line[PATH_MAX + 2];
    if (!realpath(run_folder, absolute) || strchr(absolute, '\n') || !list_path(path)) return;
    int length = snprintf(line, sizeof line, "%s\n", absolute);
    if (yd_file_append(path, line, (size_t)length, NULL) != YD_OK) return;
    char *data;
    size_t size;
    if (yd_file_read(path, LIST_COMPACT, &data, &size, NULL) == YD_OK)
        free(data);
    else
        compact(path);
}

static bool has_name(const char *folder, const char *name)
{
    return strcmp(yd_path_name(folder), name) == 0;
}

/* The best noted run: one that lives here, else (by name) the newest there is, or (without) the newest
 * elsewhere. */
static bool find_noted(const char *name, char found[PATH_MAX])
{
    char path[4096], *data = NULL;
    yd_vector runs;
    yd_live live;
    if (!list_path(path)) return false;
    read_list(path, &data, &runs);
    const char *best = NULL;
    for (size_t i = runs.count; i-- > 0;) {
        const char *run = YD_AT(char *, &runs, i);
        if (name && !has_name(run, name)) continue;
        if (!yd_folder_exists(run)) continue;
        yd_liveness liveness = yd_live_check(run, &live);
        if (!best && (name || liveness == YD_LIVE_ELSEWHERE)) best = run;
        if (liveness != YD_LIVE_HERE) continue;
        best = run;
        break;
    }
    if (best) yd_copy_text(found, PATH_MAX, best);
    yd_vector_free(&runs);
    free(data);
    return best != NULL;
}

/* A run folder has one of these; the first only while it lives. */
static bool is_run_folder(const char *folder)
{
    static const char *const marks[] = {"live", "opt.yaml", "results.csv", "results.txt"};
    char path[4096];
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (yd_path_join(path, sizeof path, folder, marks[i]) && yd_file_exists(path)) return true;
    return false;
}

yd_status yd_run_find(const char *name, char *folder, int capacity, yd_error *error)
{
    char found[PATH_MAX], trimmed[PATH_MAX];
    bool named = name && name[0], have = false;
    if (named) {
        yd_copy_text(trimmed, sizeof trimmed, name);
        for (size_t end = strlen(trimmed); end > 1 && trimmed[end - 1] == '/'; end--) trimmed[end - 1] = '\0';
        have = is_run_folder(trimmed) && realpath(trimmed, found);
    }
    if (!have) have = find_noted(named ? trimmed : NULL, found);
    if (!have && named) have = yd_folder_exists(trimmed) && realpath(trimmed, found);
    if (!have && named)
        return yd_fail(error, YD_ERR_DATA, "%s: no such run folder, and no run of yours has that name", name);
    if (!have) return yd_fail(error, YD_ERR_DATA, "no run of yours lives");
    if (capacity <= 0 || strlen(found) >= (size_t)capacity)
        return yd_fail(error, YD_ERR_IO, "%s: the path is too long", found);
    yd_copy_text(folder, (size_t)capacity, found);
    return YD_OK;
}
