#include "config/find.h"
#include "base/file.h"
#include "base/text.h"
#include "config/run_folder.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DEPTH = 8 };

static const char *const folders[] = {
    [YD_CONFIG_MODEL] = "models",   [YD_CONFIG_HYP] = "hyp",      [YD_CONFIG_DATA] = "data",
    [YD_CONFIG_PRESET] = "presets", [YD_CONFIG_THEME] = "themes",
};
static const char *const nouns[] = {
    [YD_CONFIG_MODEL] = "model",   [YD_CONFIG_HYP] = "hyperparameter file",
    [YD_CONFIG_DATA] = "data set", [YD_CONFIG_PRESET] = "preset",
    [YD_CONFIG_THEME] = "theme",
};

/* Below the prefix of an installation: bin/yolodeck and share/yolodeck/configs. */
static bool installed_folder(char *out, size_t capacity)
{
    char program[YD_PATH_MAX], folder[YD_PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 0) return false;
    program[length] = '\0';
    yd_path_parent(folder, sizeof folder, program);
    return yd_path_join(out, capacity, folder, "../share/yolodeck/configs") && yd_folder_exists(out);
}

yd_status yd_config_folder(char *out, size_t capacity, yd_error *error)
{
    const char *chosen = getenv("YOLODECK_CONFIGS");
    if (chosen && *chosen) {
        if (yd_path_join(out, capacity, chosen, "") && yd_folder_exists(out)) return YD_OK;
        return yd_fail(error, YD_ERR_CONFIG, "YOLODECK_CONFIGS names %s, which is no folder", chosen);
    }
    if (installed_folder(out, capacity)) return YD_OK;
    if (yd_path_join(out, capacity, YD_CONFIGS_DIR, "") && yd_folder_exists(out)) return YD_OK;
    return yd_fail(
        error, YD_ERR_CONFIG,
        "the shipped configurations are neither in ../share/yolodeck/configs beside the program nor in %s; "
        "set YOLODECK_CONFIGS to their folder",
        YD_CONFIGS_DIR);
}

/* Relative values of XDG_CONFIG_HOME count as not set (XDG base directory specification). */
bool yd_config_user_path(const char *name, char *out, size_t capacity)
{
    char base[YD_PATH_MAX], folder[YD_PATH_MAX];
    const char *chosen = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (chosen && chosen[0] == '/')
        yd_copy_text(base, sizeof base, chosen);
    else if (!home || !*home || !yd_path_join(base, sizeof base, home, ".config"))
        return false;
    return yd_path_join(folder, sizeof folder, base, "yolodeck") && yd_path_join(out, capacity, folder, name);
}

/* What a search below a folder has found. */
typedef struct search {
    const char *wanted; /* components that a path must end with */
    char *out;
    size_t capacity;
    int found;
    yd_text all; /* every hit, for the message */
} search;

/* Whether path ends with the components of tail. */
static bool ends_with(const char *path, const char *tail)
{
    size_t length = strlen(path), wanted = strlen(tail);
    if (wanted == 0 || wanted > length || strcmp(path + length - wanted, tail) != 0) return false;
    return wanted == length || path[length - wanted - 1] == '/';
}

static void note_hit(search *s, const char *path)
{
    if (s->found++ == 0) yd_copy_text(s->out, s->capacity, path);
    yd_text_addf(&s->all, "%s%s", s->all.length ? ", " : "", path);
}

/* Most file systems say so in the entry itself: a data set's 100,000 pictures cost no call each. */
static bool is_folder(const struct dirent *entry, const char *path)
{
    struct stat info;
    if (entry->d_type != DT_UNKNOWN) return entry->d_type == DT_DIR;
    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* All regular files below folder, hidden ones left out; links to folders are not followed, so there is no
 * ring. */
static void search_below(search *s, const char *folder, int depth)
{
    DIR *list = depth < MAX_DEPTH ? opendir(folder) : NULL;
    if (!list) return;
    for (struct dirent *entry; (entry = readdir(list));) {
        char path[YD_PATH_MAX];
        if (entry->d_name[0] == '.' || !yd_path_join(path, sizeof path, folder, entry->d_name)) continue;
        if (is_folder(entry, path))
            search_below(s, path, depth + 1);
        else if (ends_with(path, s->wanted) && yd_file_exists(path))
            note_hit(s, path);
    }
    closedir(list);
}

/* The generation of the preset decides what a bare model name means. */
static bool find_in_generation(const char *root, const yd_preset *preset, const char *name, char *out,
                               size_t capacity)
{
    char folder[YD_PATH_MAX];
    const char *generation = preset ? preset->models_folder : folders[YD_CONFIG_MODEL];
    return yd_path_join(folder, sizeof folder, root, generation) &&
           yd_path_join(out, capacity, folder, yd_path_name(name)) && yd_file_exists(out);
}

/* What a name says beside the folders that YOLOv5 keeps such files in; NULL where it names another folder: a
 * file that the user has elsewhere must not be taken for a shipped one. */
static const char *without_reference_folder(const char *name)
{
    static const char *const places[] = {"data/hyps/", "data/", "models/hub/", "models/"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        size_t length = strlen(places[i]);
        if (strncmp(name, places[i], length) == 0 && !strchr(name + length, '/')) return name + length;
    }
    return NULL;
}

static yd_status several(const search *s, const char *name, yd_error *error)
{
    return yd_fail(error, YD_ERR_CONFIG, "%s: several files have this name: %s; say which", name,
                   s->all.data ? s->all.data : "");
}

/* Where YOLOv5 looks, below the working directory. *found is false where there is none. */
static yd_status find_here(const char *name, char *out, size_t capacity, bool *found, yd_error *error)
{
    static const char *const places[] = {"./data", "./models", "./utils"};
    search s = {.wanted = name, .out = out, .capacity = capacity};
    for (size_t i = 0; name[0] != '/' && i < sizeof places / sizeof *places; i++)
        search_below(&s, places[i], 0);
    *found = s.found > 0;
    yd_status status = s.found > 1 ? several(&s, name, error) : YD_OK;
    yd_text_free(&s.all);
    return status;
}

/* Presets and themes are this program's own. */
static bool is_of_reference(yd_config_kind kind)
{
    return kind == YD_CONFIG_MODEL || kind == YD_CONFIG_HYP || kind == YD_CONFIG_DATA;
}

static yd_status find_shipped(yd_config_kind kind, const yd_preset *preset, const char *name, char *out,
                              size_t capacity, yd_error *error)
{
    char root[YD_PATH_MAX], folder[YD_PATH_MAX];
    YD_TRY(yd_config_folder(root, sizeof root, error));
    /* "models/hub/yolov5s6.yaml" is how YOLOv5 says "yolov5s6.yaml"; "v5.0/yolov5s6.yaml" says more. */
    const char *bare = without_reference_folder(name);
    if (!bare && !strchr(name, '/')) bare = name;
    if (kind == YD_CONFIG_MODEL && bare && find_in_generation(root, preset, bare, out, capacity))
        return YD_OK;
    if (!yd_path_join(folder, sizeof folder, root, folders[kind]))
        return yd_fail(error, YD_ERR_CONFIG, "%s: the path is too long", root);
    search s = {.wanted = name, .out = out, .capacity = capacity};
    search_below(&s, folder, 0);
    if (!s.found && bare && bare != name) {
        s.wanted = bare;
        search_below(&s, folder, 0);
    }
    yd_status status = YD_OK;
    if (s.found == 0)
        status =
            yd_fail(error, YD_ERR_CONFIG, "%s: there is no such file, and no %s of that name in %s%s", name,
                    nouns[kind], is_of_reference(kind) ? "./data, ./models, ./utils or " : "", folder);
    else if (s.found > 1)
        status = several(&s, name, error);
    yd_text_free(&s.all);
    return status;
}

yd_status yd_config_find(yd_config_kind kind, const yd_preset *preset, const char *name, char *out,
                         size_t capacity, yd_error *error)
{
    if (strlen(name) >= capacity || strlen(name) >= YD_PATH_MAX)
        return yd_fail(error, YD_ERR_CONFIG, "%.60s…: the path is too long", name);
    yd_copy_text(out, capacity, name);
    if (!*name || yd_file_exists(name)) return YD_OK;
    if (strncmp(name, "http:/", 6) == 0 || strncmp(name, "https:/", 7) == 0)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "%s: an address, where a file is wanted", name);
    if (yd_folder_exists(name))
        return yd_fail(error, YD_ERR_CONFIG, "%s: a folder, where a file is wanted", name);
    bool found = false;
    if (is_of_reference(kind)) YD_TRY(find_here(name, out, capacity, &found, error));
    return found ? YD_OK : find_shipped(kind, preset, name, out, capacity, error);
}
