#include "config/dataset_yaml.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "config/run_folder.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char *const split_names[YD_SPLIT_COUNT] = {"train", "val", "test"};

const char *yd_split_name(yd_split split)
{
    return split_names[split];
}

bool yd_split_parse(const char *name, yd_split *split)
{
    for (int i = 0; i < YD_SPLIT_COUNT; i++)
        if (strcmp(name, split_names[i]) == 0) {
            *split = (yd_split)i;
            return true;
        }
    return false;
}

typedef struct reader {
    yd_yaml file;
    yd_arena *arena;
    yd_dataset_yaml *yaml;
    bool nc_from_names;
    char folder[YD_PATH_MAX]; /* of the YAML */
    yd_error *error;
} reader;

static yd_status out_of_memory(reader *r)
{
    return yd_fail(r->error, YD_ERR_MEMORY, "%s: out of memory", r->file.file);
}

static yd_status too_long(reader *r, const yd_yaml_node *node)
{
    return yd_fail(r->error, YD_ERR_CONFIG, "%s:%d: the path is too long: %.60s…", r->file.file, node->line,
                   node->text);
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* folder/path without the "./" that path may begin with, which would stand in every message. */
static bool join(char out[YD_PATH_MAX], const char *folder, const char *path)
{
    while (strncmp(path, "./", 2) == 0)
        for (path += 2; *path == '/';) path++;
    return yd_path_join(out, YD_PATH_MAX, folder, strcmp(path, ".") == 0 ? "" : path);
}

/* A relative path below the folder of the YAML where it exists there, else as it is. */
static yd_status place(reader *r, const yd_yaml_node *node, const char **result)
{
    char path[YD_PATH_MAX];
    *result = node->text;
    if (node->text[0] == '/') return YD_OK;
    if (!join(path, r->folder, node->text)) return too_long(r, node);
    if (!exists(path)) return YD_OK;
    *result = yd_arena_strdup(r->arena, path);
    return *result ? YD_OK : out_of_memory(r);
}

static bool is_text(const yd_yaml_node *node)
{
    return node && node->kind == YD_YAML_TEXT && *node->text;
}

/* One place of a split. YOLOv5 drops a leading "../" where the place does not exist with it. */
static yd_status read_entry(reader *r, const yd_yaml_node *node, const char *split, const char **result)
{
    if (!is_text(node)) return yd_yaml_wrong(&r->file, node, split, "a path, or a list of paths", r->error);
    if (strncmp(node->text, "wandb-artifact:", 15) == 0)
        return yd_fail(r->error, YD_ERR_UNSUPPORTED,
                       "%s:%d: %s: %s: nothing is fetched from Weights & Biases; fetch it by wandb artifact "
                       "get, and name its folder here",
                       r->file.file, node->line, split, node->text);
    if (!*r->yaml->root) return place(r, node, result);
    char path[YD_PATH_MAX], without[YD_PATH_MAX];
    if (!join(path, r->yaml->root, node->text)) return too_long(r, node);
    if (!exists(path) && strncmp(node->text, "../", 3) == 0) {
        if (!yd_path_join(without, sizeof without, r->yaml->root, node->text + 3)) return too_long(r, node);
        if (exists(without)) yd_copy_text(path, sizeof path, without);
    }
    *result = yd_arena_strdup(r->arena, path);
    return *result ? YD_OK : out_of_memory(r);
}

static bool text_ends_with(const char *text, const char *tail)
{
    size_t length = strlen(text), wanted = strlen(tail);
    return length >= wanted && strcmp(text + length - wanted, tail) == 0;
}

static yd_status read_split(reader *r, yd_split split)
{
    const char *name = split_names[split];
    const yd_yaml_node *node = yd_yaml_find(r->file.root, name);
    yd_split_entries *entries = &r->yaml->splits[split];
    bool empty = !node || node->kind == YD_YAML_NULL || (node->kind == YD_YAML_TEXT && !*node->text);
    if (empty) return YD_OK;
    bool list = node->kind == YD_YAML_SEQUENCE;
    int count = list ? node->count : 1;
    entries->line = node->line;
    entries->paths = yd_arena_alloc(r->arena, (size_t)count + 1, sizeof *entries->paths);
    if (!entries->paths) return out_of_memory(r);
    for (int i = 0; i < count; i++)
        YD_TRY(read_entry(r, list ? node->items[i] : node, name, &entries->paths[i]));
    entries->count = count;
    entries->coco = !list && text_ends_with(entries->paths[0], "coco/val2017.txt");
    return YD_OK;
}

/* Any scalar is a name, as it is written: YOLOv5 would call a class «no» False. */
static yd_status read_name(reader *r, const yd_yaml_node *node, const char **name)
{
    if (!node->text) return yd_yaml_wrong(&r->file, node, "a class name", "text", r->error);
    if (node->kind == YD_YAML_BOOL || node->kind == YD_YAML_NULL)
        yd_log(YD_LOG_WARNING,
               "%s:%d: the class name %s stands without quotes, so YAML does not read it as text",
               r->file.file, node->line, *node->text ? node->text : "\"\"");
    *name = node->text;
    return YD_OK;
}

static yd_status read_name_list(reader *r, const yd_yaml_node *names)
{
    for (int i = 0; i < names->count; i++) YD_TRY(read_name(r, names->items[i], &r->yaml->names[i]));
    return YD_OK;
}

/* index: name; the indices are 0 to count - 1, in any order. */
static yd_status read_name_mapping(reader *r, const yd_yaml_node *names)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "0 to %d, each once", names->count - 1);
    for (int i = 0; i < names->count; i++) {
        const yd_yaml_node *key = names->keys[i];
        bool good = key->kind == YD_YAML_INT && key->integer >= 0 && key->integer < names->count &&
                    !r->yaml->names[key->integer];
        if (!good) return yd_yaml_wrong(&r->file, key, "the numbers of names", wanted, r->error);
        YD_TRY(read_name(r, names->items[i], &r->yaml->names[key->integer]));
    }
    return YD_OK;
}

static yd_status read_names(reader *r)
{
    const yd_yaml_node *names = yd_yaml_find(r->file.root, "names");
    bool list = names && (names->kind == YD_YAML_SEQUENCE || names->kind == YD_YAML_MAPPING);
    char wanted[96];
    if (!list || names->count < 1 || names->count > YD_MAX_CLASSES) {
        snprintf(wanted, sizeof wanted, "a list of 1 to %d class names", YD_MAX_CLASSES);
        return yd_yaml_wrong(&r->file, names, "names", wanted, r->error);
    }
    r->yaml->nc = names->count;
    r->yaml->names = yd_arena_alloc(r->arena, (size_t)names->count, sizeof *r->yaml->names);
    if (!r->yaml->names) return out_of_memory(r);
    return names->kind == YD_YAML_SEQUENCE ? read_name_list(r, names) : read_name_mapping(r, names);
}

/* nc has to agree with the names; v7 goes by the names alone. */
static yd_status check_nc(reader *r)
{
    const yd_yaml_node *node = yd_yaml_find(r->file.root, "nc");
    int64_t nc;
    if (!node)
        return r->nc_from_names ? YD_OK
                                : yd_yaml_wrong(&r->file, NULL, "nc", "the number of classes", r->error);
    YD_TRY(yd_yaml_integer(&r->file, node, "nc", 1, YD_MAX_CLASSES, &nc, r->error));
    if (nc == r->yaml->nc) return YD_OK;
    if (!r->nc_from_names)
        return yd_fail(r->error, YD_ERR_CONFIG, "%s:%d: nc is %lld, but names has %d; they must agree",
                       r->file.file, node->line, (long long)nc, r->yaml->nc);
    yd_log(YD_LOG_WARNING, "%s:%d: nc is %lld, but names has %d; there are %d classes", r->file.file,
           node->line, (long long)nc, r->yaml->nc, r->yaml->nc);
    return YD_OK;
}

/* As the reference tells them apart: an address, what begins with "bash ", and all else. */
static yd_download_kind kind_of_download(const char *text)
{
    static const char *const schemes[] = {"http://", "https://", "file://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strncasecmp(text, schemes[i], strlen(schemes[i])) == 0 && !strpbrk(text, " \t\n"))
            return YD_DOWNLOAD_URL;
    return strncmp(text, "bash ", 5) == 0 ? YD_DOWNLOAD_SHELL : YD_DOWNLOAD_PYTHON;
}

static yd_status read_download(reader *r)
{
    yd_dataset_yaml *yaml = r->yaml;
    const yd_yaml_node *node = yd_yaml_find(r->file.root, "download");
    yaml->download_sha256 = "";
    if (!node || node->kind == YD_YAML_NULL) return YD_OK;
    YD_TRY(yd_yaml_text(&r->file, node, "download", &yaml->download, r->error));
    yaml->download_line = node->line;
    yaml->download_kind = kind_of_download(yaml->download);
    const yd_yaml_node *sum = yd_yaml_find(r->file.root, "download_sha256");
    if (!sum || sum->kind == YD_YAML_NULL) return YD_OK;
    if (!sum->text || strlen(sum->text) != 64 || strspn(sum->text, "0123456789abcdefABCDEF") != 64)
        return yd_yaml_wrong(&r->file, sum, "download_sha256", "64 hexadecimal digits", r->error);
    yaml->download_sha256 = sum->text;
    return YD_OK;
}

static yd_status read_all(reader *r)
{
    const yd_yaml_node *root = r->file.root, *node;
    if (root->kind != YD_YAML_MAPPING)
        return yd_yaml_wrong(&r->file, root, "a data set", "a mapping with train, val and names", r->error);
    r->yaml->root = "";
    if ((node = yd_yaml_find(root, "path")) && node->kind != YD_YAML_NULL) {
        if (node->kind != YD_YAML_TEXT)
            return yd_yaml_wrong(&r->file, node, "path", "the path of a folder", r->error);
        if (*node->text) YD_TRY(place(r, node, &r->yaml->root));
    }
    for (int i = 0; i < YD_SPLIT_COUNT; i++) YD_TRY(read_split(r, (yd_split)i));
    YD_TRY(read_names(r));
    YD_TRY(check_nc(r));
    return read_download(r);
}

yd_status yd_dataset_yaml_load(const char *path, const yd_preset *preset, yd_arena *arena,
                               yd_dataset_yaml *yaml, yd_error *error)
{
    reader r = {
        .arena = arena, .yaml = yaml, .nc_from_names = !preset || preset->nc_from_names, .error = error};
    *yaml = (yd_dataset_yaml){0};
    YD_TRY(yd_yaml_load(path, arena, &r.file, error));
    yaml->file = r.file.file;
    yd_path_parent(r.folder, sizeof r.folder, path);
    return read_all(&r);
}

/* A script is somebody else's program: what it would do is for the user to decide. */
static yd_status missing(const yd_dataset_yaml *yaml, yd_split split, const char *path, yd_error *error)
{
    char hint[512] = "";
    if (yaml->download_kind == YD_DOWNLOAD_SHELL)
        snprintf(
            hint, sizeof hint,
            "; download: is a shell command, which YoloDeck never runs: run it yourself (%.200s) and start "
            "again",
            yaml->download);
    else if (yaml->download_kind == YD_DOWNLOAD_PYTHON)
        snprintf(
            hint, sizeof hint,
            "; download: (line %d) is a Python script, which YoloDeck never runs: do what it says, or let "
            "YOLOv5 run it once, and start again",
            yaml->download_line);
    else if (yaml->download_kind == YD_DOWNLOAD_URL)
        snprintf(hint, sizeof hint, "; %.200s does not hold it", yaml->download);
    else if (path[0] != '/')
        yd_copy_text(hint, sizeof hint, ", neither beside this file nor in the current folder");
    return yd_fail(error, YD_ERR_DATA, "%s:%d: %s: %s does not exist%s", yaml->file, yaml->splits[split].line,
                   split_names[split], path, hint);
}

yd_status yd_dataset_yaml_split(const yd_dataset_yaml *yaml, yd_split split, const yd_split_entries **entries,
                                yd_error *error)
{
    const yd_split_entries *found = &yaml->splits[split];
    if (!found->count)
        return yd_fail(error, YD_ERR_DATA, "%s: the data set has no %s: give a folder or a list of images",
                       yaml->file, split_names[split]);
    for (int i = 0; i < found->count; i++)
        if (!exists(found->paths[i])) return missing(yaml, split, found->paths[i], error);
    *entries = found;
    return YD_OK;
}

bool yd_dataset_yaml_is_coco(const yd_dataset_yaml *yaml)
{
    return yaml->splits[YD_SPLIT_VAL].coco ||
           (yaml->nc == 80 && strcmp(yd_path_name(yaml->file), "coco.yaml") == 0);
}

void yd_dataset_yaml_single_class(yd_dataset_yaml *yaml)
{
    static const char *item[] = {"item"};
    if (yaml->nc != 1) yaml->names = item;
    yaml->nc = 1;
}
