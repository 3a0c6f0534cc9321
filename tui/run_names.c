#include "tui/run_names.h"
#include "base/file.h"
#include "base/text.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void yd_run_names_folder(const yd_services *services, char folder[YD_RUN_PATH])
{
    if (services->browse_folder[0]) {
        yd_copy_text(folder, YD_RUN_PATH, services->browse_folder);
        return;
    }
    char *open = realpath(services->run_folder, NULL);
    yd_path_parent(folder, YD_RUN_PATH, open ? open : services->run_folder);
    free(open);
}

/* "~/x" in the home folder; false where it does not fit. */
static bool expand(const char *name, char path[YD_RUN_PATH])
{
    const char *home = strncmp(name, "~/", 2) == 0 ? getenv("HOME") : NULL;
    if (home) return yd_path_join(path, YD_RUN_PATH, home, name + 2);
    return snprintf(path, YD_RUN_PATH, "%s", name) < YD_RUN_PATH;
}

bool yd_run_names_find(const yd_services *services, const char *name, char path[YD_RUN_PATH])
{
    char folder[YD_RUN_PATH];
    bool is_path = strchr(name, '/') != NULL;
    yd_run_names_folder(services, folder);
    if (!name[0]) return false;
    for (int i = 0; i < 2; i++) {
        bool beside = (i == 0) != is_path;
        bool fits = beside ? yd_path_join(path, YD_RUN_PATH, folder, name) : expand(name, path);
        if (fits && access(path, F_OK) == 0) return true;
    }
    return false;
}

static bool is_scalar_file(const char *name)
{
    const char *end = strrchr(name, '.');
    return strstr(name, "tfevents") || (end && strcmp(end, ".csv") == 0);
}

void yd_run_names_offer(const yd_services *services, const char *word, bool files,
                        void (*offer)(void *context, const char *name), void *context)
{
    char head[YD_RUN_PATH], folder[YD_RUN_PATH];
    const char *slash = strrchr(word, '/');
    size_t length = slash ? (size_t)(slash - word) + 1 : 0;
    if (length >= sizeof head) return;
    yd_copy_text(head, length + 1, word);
    if (!slash)
        yd_run_names_folder(services, folder);
    else if (!yd_run_names_find(services, head, folder))
        return;
    DIR *list = opendir(folder);
    for (struct dirent *entry; list && (entry = readdir(list));) {
        char path[YD_RUN_PATH], name[YD_RUN_PATH];
        if (entry->d_name[0] == '.' || !yd_path_join(path, sizeof path, folder, entry->d_name)) continue;
        bool is_folder = yd_folder_exists(path);
        if (!is_folder && !(files && slash && is_scalar_file(entry->d_name))) continue;
        int written =
            snprintf(name, sizeof name, "%s%s%s", head, entry->d_name, slash && is_folder ? "/" : "");
        if (written < (int)sizeof name) offer(context, name);
    }
    if (list) closedir(list);
}
