#include "io/fetch.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "config/run_folder.h"
#include "io/download.h"
#include "io/unpack.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEAST_WEIGHTS = 100000, TELL_MS = 250, LOG_SECONDS = 10 };
static const char releases[] = "https://github.com/ultralytics/yolov5/releases/download/v7.0";

typedef struct reporter {
    const yd_fetch_watch *watch;
    const char *name; /* of the file */
    int64_t told, logged;
} reporter;

static bool goes_on(const reporter *r)
{
    return !r->watch || !r->watch->go_on || r->watch->go_on(r->watch->context);
}

/* A line to whoever waits, now and then to the log too. */
static void tell(reporter *r, const char *line)
{
    int64_t now = yd_clock_ns();
    if (now - r->told < (int64_t)TELL_MS * 1000000) return;
    r->told = now;
    if (r->watch && r->watch->tell) r->watch->tell(r->watch->context, line);
    if (now - r->logged < (int64_t)LOG_SECONDS * 1000000000) return;
    if (r->logged) yd_log(YD_LOG_INFO, "%s", line);
    r->logged = now;
}

static bool downloading(void *context, const yd_download_state *state)
{
    reporter *r = context;
    char line[512];
    double done = (double)state->done / 1e6, total = (double)state->total / 1e6;
    if (state->total > 0)
        snprintf(line, sizeof line, "downloading %.200s: %.1f of %.1f MB (%.0f %%), %.1f MB/s", r->name, done,
                 total, 100 * done / total, state->rate / 1e6);
    else
        snprintf(line, sizeof line, "downloading %.200s: %.1f MB, %.1f MB/s", r->name, done,
                 state->rate / 1e6);
    tell(r, line);
    return goes_on(r);
}

static bool unpacking(void *context, const yd_unpack_state *state)
{
    reporter *r = context;
    char line[512];
    snprintf(line, sizeof line, "unpacking %.200s: %lld files, %.1f MB", r->name, (long long)state->files,
             (double)state->bytes / 1e6);
    tell(r, line);
    return goes_on(r);
}

static yd_status download(const char *url, const char *path, const char *sha256, int64_t least,
                          const yd_fetch_watch *watch, yd_error *error)
{
    reporter r = {.watch = watch, .name = yd_path_name(path), .logged = yd_clock_ns()};
    const yd_download_request request = {.url = url,
                                         .path = path,
                                         .sha256 = *sha256 ? sha256 : yd_download_checksum(url),
                                         .least = least,
                                         .progress = downloading,
                                         .context = &r};
    int64_t start = yd_clock_ns();
    yd_log(YD_LOG_INFO, "downloading %s to %s", url, path);
    YD_TRY(yd_download(&request, error));
    yd_log(YD_LOG_INFO, "downloaded %s in %.1f s", path, (double)(yd_clock_ns() - start) * 1e-9);
    return YD_OK;
}

static yd_status unpack(const char *archive, const char *folder, const yd_fetch_watch *watch, yd_error *error)
{
    reporter r = {.watch = watch, .name = yd_path_name(archive), .logged = yd_clock_ns()};
    const yd_unpack_request request = {
        .archive = archive, .folder = folder, .progress = unpacking, .context = &r};
    YD_TRY(yd_unpack(&request, error));
    yd_log(YD_LOG_INFO, "unpacked %s into %s", archive, folder);
    return YD_OK;
}

static bool is_missing(const yd_dataset_yaml *yaml, unsigned splits)
{
    for (int s = 0; s < YD_SPLIT_COUNT; s++) {
        const yd_split_entries *entries = &yaml->splits[s];
        for (int i = 0; splits & 1u << s && i < entries->count; i++)
            if (access(entries->paths[i], F_OK) != 0) return true;
    }
    return false;
}

/* The parent of "path": archives of data sets hold its last component as their folder. */
static void archive_folder(const yd_dataset_yaml *yaml, char folder[YD_PATH_MAX])
{
    char root[YD_PATH_MAX];
    yd_copy_text(root, sizeof root, yaml->root);
    for (size_t end = strlen(root); end > 1 && root[end - 1] == '/';) root[--end] = '\0';
    if (*root)
        yd_path_parent(folder, YD_PATH_MAX, root);
    else
        yd_copy_text(folder, YD_PATH_MAX, "..");
}

yd_status yd_fetch_dataset(yd_dataset_yaml *yaml, unsigned splits, const yd_preset *preset, yd_arena *arena,
                           const yd_fetch_watch *watch, yd_error *error)
{
    char folder[YD_PATH_MAX], name[256], archive[YD_PATH_MAX];
    if (yaml->download_kind != YD_DOWNLOAD_URL || !is_missing(yaml, splits)) return YD_OK;
    const char *url = yaml->download;
    if (!yd_download_name(url, name, sizeof name) || !yd_unpack_knows(name))
        return yd_fail(error, YD_ERR_UNSUPPORTED,
                       "%s:%d: download: %s is no archive; .zip, .tar, .tar.gz and .tgz are downloaded",
                       yaml->file, yaml->download_line, url);
    archive_folder(yaml, folder);
    YD_TRY(yd_make_folders(folder, error));
    if (!yd_path_join(archive, sizeof archive, folder, name))
        return yd_fail(error, YD_ERR_CONFIG, "%.64s…: the path is too long", folder);
    bool mine = !yd_file_exists(archive);
    if (mine) YD_TRY(download(url, archive, yaml->download_sha256, 0, watch, error));
    YD_TRY(unpack(archive, folder, watch, error));
    if (mine) unlink(archive);
    const char *file = yd_arena_strdup(arena, yaml->file);
    if (!file) return yd_fail(error, YD_ERR_MEMORY, "%s: out of memory", yaml->file);
    YD_TRY(yd_dataset_yaml_load(file, preset, arena, yaml, error));
    if (is_missing(yaml, splits))
        yd_log(YD_LOG_WARNING, "%s was unpacked into %s, but has not all that %s names", name, folder, file);
    return YD_OK;
}

/* yolov5n.pt to yolov5x.pt, yolov5n6.pt to yolov5x6.pt: what the page has of them. */
static bool is_release(const char *name)
{
    static const char stem[] = "yolov5";
    if (strncmp(name, stem, sizeof stem - 1) != 0) return false;
    const char *size = name + sizeof stem - 1, *rest = size + 1;
    if (!*size || !strchr("nsmlx", *size)) return false;
    if (*rest == '6') rest++;
    return strcmp(rest, ".pt") == 0;
}

static yd_status place_of(const char *path, char *url, size_t capacity, char target[YD_PATH_MAX],
                          yd_error *error)
{
    const char *base = getenv("YOLODECK_RELEASES"), *name = yd_path_name(path);
    if (yd_download_is_url(path)) {
        char file[256];
        yd_copy_text(url, capacity, path);
        if (!yd_download_name(path, file, sizeof file))
            return yd_fail(error, YD_ERR_CONFIG, "--weights %s: the address names no file", path);
        yd_copy_text(target, YD_PATH_MAX, file);
        return YD_OK;
    }
    if (!*path) return yd_fail(error, YD_ERR_CONFIG, "--weights is empty: name a .pt");
    if (access(path, F_OK) == 0)
        return yd_fail(error, YD_ERR_CONFIG, "--weights %s: %s, where a .pt is wanted", path,
                       yd_folder_exists(path) ? "a folder" : "no plain file");
    if (!is_release(name))
        return yd_fail(error, YD_ERR_CONFIG,
                       "--weights %s: there is no such file, and none of this name is released by YOLOv5 "
                       "(train --weights '' starts from scratch)",
                       path);
    snprintf(url, capacity, "%s/%s", base && *base ? base : releases, name);
    yd_copy_text(target, YD_PATH_MAX, path);
    return YD_OK;
}

yd_status yd_fetch_weights(const char **path, yd_arena *arena, const yd_fetch_watch *watch, yd_error *error)
{
    char url[4096], target[YD_PATH_MAX], folder[YD_PATH_MAX];
    yd_error reason = {0};
    if (yd_file_exists(*path)) return YD_OK;
    if (yd_folder_exists(*path))
        return yd_fail(error, YD_ERR_CONFIG, "--weights %s: a folder, where a file is wanted", *path);
    YD_TRY(place_of(*path, url, sizeof url, target, error));
    yd_path_parent(folder, sizeof folder, target);
    YD_TRY(yd_make_folders(folder, error));
    yd_status status = YD_OK;
    if (!yd_file_exists(target)) status = download(url, target, "", LEAST_WEIGHTS, watch, &reason);
    if (status == YD_ERR_STOPPED) return yd_fail(error, status, "%s", reason.message);
    if (status != YD_OK)
        return yd_fail(error, status, "--weights %s is not there, and cannot be had: %s", *path,
                       reason.message);
    *path = yd_arena_strdup(arena, target);
    return *path ? YD_OK : yd_fail(error, YD_ERR_MEMORY, "no memory");
}

/* "https:/host/x.yaml" is what paths make of an address: its slash comes back. */
static bool address_of(const char *name, char *url, size_t capacity)
{
    size_t scheme = strncmp(name, "http:/", 6) == 0 ? 6 : strncmp(name, "https:/", 7) == 0 ? 7 : 0;
    if (yd_download_is_url(name)) return (size_t)snprintf(url, capacity, "%s", name) < capacity;
    return scheme && (size_t)snprintf(url, capacity, "%.*s/%s", (int)scheme, name, name + scheme) < capacity;
}

yd_status yd_fetch_config(yd_config_kind kind, const yd_preset *preset, const char *name,
                          const yd_fetch_watch *watch, char *out, size_t capacity, yd_error *error)
{
    char url[4096], file[256];
    if (yd_file_exists(name) || !address_of(name, url, sizeof url))
        return yd_config_find(kind, preset, name, out, capacity, error);
    if (!yd_download_name(url, file, sizeof file))
        return yd_fail(error, YD_ERR_CONFIG, "%s: the address names no file", url);
    yd_copy_text(out, capacity, file);
    if (yd_file_exists(file)) {
        yd_log(YD_LOG_INFO, "%s: %s is here already, and is taken", url, file);
        return YD_OK;
    }
    return download(url, file, "", 1, watch, error);
}
