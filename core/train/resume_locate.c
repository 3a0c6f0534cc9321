/* Finding what --resume and --branch name. */
#include "base/file.h"
#include "base/log.h"
#include "event/registry.h"
#include "train/save.h"
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { DEEPEST = 8 };

typedef struct newest {
    char path[4096];
    struct timespec changed;
} newest;

static bool later(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/* Every weights/last.pt below folder; hidden folders and links are passed over. */
static void search(const char *folder, int depth, newest *found)
{
    DIR *entries = depth > DEEPEST ? NULL : opendir(folder);
    if (!entries) return;
    for (struct dirent *entry; (entry = readdir(entries));) {
        char path[4096];
        struct stat info;
        if (entry->d_name[0] == '.' || !yd_path_join(path, sizeof path, folder, entry->d_name) ||
            lstat(path, &info) != 0)
            continue;
        if (S_ISDIR(info.st_mode)) search(path, depth + 1, found);
        if (!S_ISREG(info.st_mode) || strcmp(entry->d_name, "last.pt") != 0 ||
            strcmp(yd_path_name(folder), "weights") != 0)
            continue;
        if (found->path[0] && !later(info.st_mtim, found->changed)) continue;
        yd_copy_text(found->path, sizeof found->path, path);
        found->changed = info.st_mtim;
    }
    closedir(entries);
}

/* The run folder of a checkpoint: the grandparent, where opt.yaml lies. */
static yd_status folder_of(const char *option, const char *checkpoint, char *folder, yd_error *error)
{
    char weights[4096], opt[4200];
    yd_path_parent(weights, sizeof weights, checkpoint);
    yd_path_parent(folder, 4096, weights);
    if (strcmp(weights, ".") == 0) yd_copy_text(folder, 4096, "..");
    snprintf(opt, sizeof opt, "%s/opt.yaml", folder);
    if (yd_file_exists(opt)) return YD_OK;
    if (yd_folder_exists(opt))
        return yd_fail(error, YD_ERR_CONFIG, "%s %s: %s: a folder, where a file is wanted", option,
                       checkpoint, opt);
    return yd_fail(error, YD_ERR_CONFIG, "%s %s: %s is missing: the checkpoint lies in no run folder", option,
                   checkpoint, opt);
}

static yd_status in_folder(const char *option, const char *folder, char *checkpoint, yd_error *error)
{
    snprintf(checkpoint, 4096, "%.4070s/weights/last.pt", folder);
    if (yd_file_exists(checkpoint)) return YD_OK;
    return yd_fail(error, YD_ERR_CONFIG, "%s %s: nothing to %s: there is no %s", option, folder, option + 2,
                   checkpoint);
}

yd_status yd_resume_locate(const char *option, const char *name, const char *project, char *checkpoint,
                           char *folder, yd_error *error)
{
    char path[4096];
    newest found = {0};
    if (strncmp(name, "wandb-artifact:", 15) == 0)
        return yd_fail(
            error, YD_ERR_UNSUPPORTED,
            "%s %s: nothing is fetched from Weights & Biases; fetch the run's model by wandb artifact get, "
            "and name its last.pt as --weights",
            option, name);
    if (!name[0]) {
        search(".", 0, &found);
        if (!found.path[0])
            return yd_fail(error, YD_ERR_CONFIG,
                           "%s: nothing to %s: there is no weights/last.pt below the current folder", option,
                           option + 2);
        yd_copy_text(checkpoint, 4096, found.path);
    } else if (yd_file_exists(name)) {
        yd_copy_text(checkpoint, 4096, name);
    } else if (yd_folder_exists(name)) {
        YD_TRY(in_folder(option, name, checkpoint, error));
    } else if (yd_path_join(path, sizeof path, project, name) && yd_folder_exists(path)) {
        YD_TRY(in_folder(option, path, checkpoint, error));
    } else if (!strchr(name, '/') && yd_run_find(name, path, sizeof path, NULL) == YD_OK) {
        YD_TRY(in_folder(option, path, checkpoint, error));
    } else {
        return yd_fail(error, YD_ERR_CONFIG, "%s %s: there is no such checkpoint and no such run", option,
                       name);
    }
    return folder_of(option, checkpoint, folder, error);
}
