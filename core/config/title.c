#include "config/title.h"
#include "base/file.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 256 };

/* The name without an ending that configurations and weights have. */
static void take_stem(const char *path, char stem[NAME])
{
    static const char *const endings[] = {".yaml", ".yml", ".pt"};
    yd_copy_text(stem, NAME, yd_path_name(path));
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t length = strlen(stem), end = strlen(endings[i]);
        if (length <= end || strcmp(stem + length - end, endings[i]) != 0) continue;
        stem[length - end] = '\0';
        return;
    }
}

/* Goes up to the folder; false where it has no name of its own. */
static bool go_up(char path[4096])
{
    char folder[4096];
    yd_path_parent(folder, sizeof folder, path);
    yd_copy_text(path, 4096, folder);
    const char *name = yd_path_name(folder);
    return name[0] && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcmp(name, "/") != 0;
}

/* A checkpoint's name is that of every run. */
static bool is_checkpoint(const char *stem)
{
    return strcmp(stem, "best") == 0 || strcmp(stem, "last") == 0 || strncmp(stem, "epoch", 5) == 0 ||
           strncmp(stem, "manual-", 7) == 0;
}

char *yd_config_title(const char *path, char *out, size_t capacity)
{
    char stem[NAME], folder[4096];
    take_stem(path, stem);
    yd_copy_text(folder, sizeof folder, path);
    bool named = go_up(folder), plain = strcmp(stem, "data") == 0 || strcmp(stem, "dataset") == 0;
    if (named && plain)
        yd_copy_text(out, capacity, yd_path_name(folder));
    else if (named && is_checkpoint(stem) && strcmp(yd_path_name(folder), "weights") == 0 && go_up(folder))
        snprintf(out, capacity, "%s/%s", yd_path_name(folder), stem);
    else
        yd_copy_text(out, capacity, stem);
    return out;
}
