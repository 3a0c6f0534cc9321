#include "tui/branch.h"
#include "base/file.h"
#include "base/text.h"
#include "config/yaml.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
    const char *name, *meaning;
} fixed[YD_BRANCH_HYP] = {
    [YD_BRANCH_START] = {"start", "starts the branch, in the background"},
    [YD_BRANCH_CHECKPOINT] = {"checkpoint", "where it goes on from: Left and Right choose"},
    [YD_BRANCH_NAME] = {"name", "of the new run, beside its parent; nothing typed: the parent's, numbered"},
    [YD_BRANCH_EPOCHS] = {"epochs",
                          "in all, those before the branch counted in: a whole number from 1 to 1000000"},
};

/* ---- loading ---- */

static int newest_first(const void *a, const void *b)
{
    const yd_branch_file *first = a, *second = b;
    if (first->changed_ns != second->changed_ns) return first->changed_ns < second->changed_ns ? 1 : -1;
    bool last = strcmp(first->name, "last.pt") == 0, other = strcmp(second->name, "last.pt") == 0;
    return last != other ? (last ? -1 : 1) : strcmp(first->name, second->name);
}

static bool is_checkpoint(const char *folder, const char *name, yd_branch_file *file)
{
    char path[4700];
    struct stat info;
    size_t length = strlen(name);
    if (name[0] == '.' || length < 4 || length >= sizeof file->name || strcmp(name + length - 3, ".pt") != 0)
        return false;
    if (!yd_path_join(path, sizeof path, folder, name) || stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return false;
    yd_copy_text(file->name, sizeof file->name, name);
    file->bytes = info.st_size;
    file->changed_ns = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
    return true;
}

static void list_files(yd_branch *branch)
{
    char folder[4200], chosen[sizeof branch->files[0].name];
    yd_copy_text(chosen, sizeof chosen, branch->file_count ? branch->files[branch->file].name : "");
    branch->file_count = branch->file = 0;
    DIR *entries = yd_path_join(folder, sizeof folder, branch->folder, "weights") ? opendir(folder) : NULL;
    for (struct dirent *entry; entries && (entry = readdir(entries)) && branch->file_count < YD_BRANCH_FILES;)
        branch->file_count += is_checkpoint(folder, entry->d_name, &branch->files[branch->file_count]);
    if (entries) closedir(entries);
    qsort(branch->files, (size_t)branch->file_count, sizeof *branch->files, newest_first);
    for (int i = 0; i < branch->file_count; i++)
        if (branch->by_hand && strcmp(branch->files[i].name, chosen) == 0) branch->file = i;
}

static void load_hyp(yd_branch *branch)
{
    char path[4200];
    yd_error error;
    branch->has_hyp = yd_path_join(path, sizeof path, branch->folder, "hyp.yaml") &&
                      yd_hyp_load(path, &branch->parent, &error) == YD_OK;
    if (branch->has_hyp)
        branch->hyp = branch->parent;
    else
        yd_copy_text(branch->problem, sizeof branch->problem, error.message);
}

void yd_branch_load(yd_branch *branch, const char *folder, int parent_epochs)
{
    branch->problem[0] = '\0';
    if (strcmp(branch->folder, folder) != 0) {
        *branch = (yd_branch){0};
        yd_copy_text(branch->folder, sizeof branch->folder, folder);
    }
    branch->parent_epochs = parent_epochs;
    list_files(branch);
    if (!branch->has_hyp) load_hyp(branch);
    if (!branch->file_count)
        snprintf(branch->problem, sizeof branch->problem,
                 "there is no checkpoint in weights/ yet; the save key makes one");
}

/* ---- deciding ---- */

void yd_branch_choose(yd_branch *branch, int step)
{
    int file = branch->file + step;
    if (file < 0 || file >= branch->file_count) return;
    branch->file = file;
    branch->by_hand = true;
}

static bool set_name(yd_branch *branch, const char *text, char *why, size_t capacity)
{
    bool good = strlen(text) < sizeof branch->name && !strchr(text, '/') && text[0] != '-' && text[0] != '.';
    if (good)
        yd_copy_text(branch->name, sizeof branch->name, text);
    else
        snprintf(why, capacity, "a name has no '/', and no dash or point at its start");
    return good;
}

static bool set_epochs(yd_branch *branch, const char *text, char *why, size_t capacity)
{
    int64_t value = 0;
    bool good = !text[0] || (yd_parse_int(text, &value) && value >= 1 && value <= 1000000);
    if (good)
        branch->epochs = (int)value;
    else
        snprintf(why, capacity, "epochs must be a whole number from 1 to 1000000");
    return good;
}

static bool set_hyp(yd_branch *branch, yd_hyp_key key, const char *text, char *why, size_t capacity)
{
    double value = *yd_hyp_value(&branch->parent, key);
    bool good = !text[0] || (yd_parse_double(text, &value) && yd_interval_holds(yd_hyp_interval(key), value));
    if (good)
        *yd_hyp_value(&branch->hyp, key) = value;
    else
        snprintf(why, capacity, "%s must be a number in %s", yd_hyp_name(key), yd_hyp_interval(key));
    return good;
}

bool yd_branch_set(yd_branch *branch, yd_branch_row row, const char *text, char *why, size_t capacity)
{
    if (row == YD_BRANCH_NAME) return set_name(branch, text, why, capacity);
    if (row == YD_BRANCH_EPOCHS) return set_epochs(branch, text, why, capacity);
    if (row >= YD_BRANCH_HYP && branch->has_hyp)
        return set_hyp(branch, (yd_hyp_key)(row - YD_BRANCH_HYP), text, why, capacity);
    snprintf(why, capacity, "nothing can be typed here");
    return false;
}

/* ---- showing ---- */

const char *yd_branch_row_name(yd_branch_row row)
{
    return row < YD_BRANCH_HYP ? fixed[row].name : yd_hyp_name((yd_hyp_key)(row - YD_BRANCH_HYP));
}

void yd_branch_row_values(const yd_branch *branch, yd_branch_row row, char parent[YD_BRANCH_TEXT],
                          char decided[YD_BRANCH_TEXT])
{
    parent[0] = decided[0] = '\0';
    if (row == YD_BRANCH_CHECKPOINT && branch->file_count)
        yd_copy_text(decided, YD_BRANCH_TEXT, branch->files[branch->file].name);
    if (row == YD_BRANCH_NAME) yd_copy_text(parent, YD_BRANCH_TEXT, "numbered");
    if (row == YD_BRANCH_NAME) yd_copy_text(decided, YD_BRANCH_TEXT, branch->name);
    if (row == YD_BRANCH_EPOCHS && branch->parent_epochs)
        snprintf(parent, YD_BRANCH_TEXT, "%d", branch->parent_epochs);
    if (row == YD_BRANCH_EPOCHS && branch->epochs) snprintf(decided, YD_BRANCH_TEXT, "%d", branch->epochs);
    if (row < YD_BRANCH_HYP || !branch->has_hyp) return;
    yd_hyp_key key = (yd_hyp_key)(row - YD_BRANCH_HYP);
    double before = *yd_hyp_value((yd_hyp *)&branch->parent, key),
           now = *yd_hyp_value((yd_hyp *)&branch->hyp, key);
    yd_format_double(parent, YD_BRANCH_TEXT, before);
    if (now != before) yd_format_double(decided, YD_BRANCH_TEXT, now);
}

void yd_branch_row_meaning(yd_branch_row row, char *out, size_t capacity)
{
    if (row < YD_BRANCH_HYP)
        yd_copy_text(out, capacity, fixed[row].meaning);
    else
        snprintf(out, capacity, "%s: a number in %s", yd_hyp_meaning((yd_hyp_key)(row - YD_BRANCH_HYP)),
                 yd_hyp_interval((yd_hyp_key)(row - YD_BRANCH_HYP)));
}

/* ---- starting ---- */

void yd_branch_command_of(const yd_branch *branch, yd_branch_command *command)
{
    int count = 0;
    const char **arguments = command->arguments;
    snprintf(command->checkpoint, sizeof command->checkpoint, "%s/weights/%s", branch->folder,
             branch->file_count ? branch->files[branch->file].name : "last.pt");
    arguments[count++] = "train";
    arguments[count++] = "--detach";
    arguments[count++] = "--branch";
    arguments[count++] = command->checkpoint;
    snprintf(command->name, sizeof command->name, "--name=%s", branch->name);
    if (branch->name[0]) arguments[count++] = command->name;
    snprintf(command->epochs, sizeof command->epochs, "--epochs=%d", branch->epochs);
    if (branch->epochs) arguments[count++] = command->epochs;
    for (int i = 0; i < YD_HYP_COUNT && branch->has_hyp; i++) {
        char parent[YD_BRANCH_TEXT], decided[YD_BRANCH_TEXT];
        yd_branch_row_values(branch, (yd_branch_row)(YD_BRANCH_HYP + i), parent, decided);
        if (!decided[0]) continue;
        snprintf(command->sets[i], sizeof command->sets[i], "--set=%s=%.60s", yd_hyp_name((yd_hyp_key)i),
                 decided);
        arguments[count++] = command->sets[i];
    }
    arguments[count] = NULL;
}

bool yd_branch_parent(const char *run_folder, char parent[4096])
{
    char path[4200];
    yd_yaml yaml;
    yd_arena *arena = yd_arena_create(0);
    bool found = false;
    if (arena && yd_path_join(path, sizeof path, run_folder, "opt.yaml") &&
        yd_yaml_load(path, arena, &yaml, NULL) == YD_OK) {
        const yd_yaml_node *node = yd_yaml_find(yaml.root, "branch_run");
        found = node && node->text && node->text[0] == '/' && strlen(node->text) < 4096 &&
                yd_folder_exists(node->text);
        if (found) yd_copy_text(parent, 4096, node->text);
    }
    yd_arena_destroy(arena);
    return found;
}
