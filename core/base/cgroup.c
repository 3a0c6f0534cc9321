#include "base/cgroup.h"
#include "base/file.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool yd_cgroup_text(const char *folder, const char *name, char *out, int capacity)
{
    char path[4096 + 64], *data;
    size_t length;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (yd_file_read(path, 1 << 16, &data, &length, NULL) != YD_OK) return false;
    yd_copy_text(out, (size_t)capacity, data);
    free(data);
    return true;
}

bool yd_cgroup_number(const char *folder, const char *name, int64_t *value)
{
    char text[32];
    if (!yd_cgroup_text(folder, name, text, sizeof text)) return false;
    text[strcspn(text, "\n")] = '\0';
    return yd_parse_int(text, value);
}

/* The group's folder, and those above it up to the mount. */
static void climb(const char *mount, const char *group, yd_cgroup_visit *visit, void *context)
{
    char folder[4096];
    size_t root = strlen(mount), length = strlen(group);
    if (root + length >= sizeof folder) return;
    yd_copy_text(folder, sizeof folder, mount);
    yd_copy_text(folder + root, sizeof folder - root, strcmp(group, "/") == 0 ? "" : group);
    for (;;) {
        visit(context, folder);
        char *slash = strrchr(folder, '/');
        if (!slash || (size_t)(slash - folder) < root) return;
        *slash = '\0';
    }
}

static bool lists(char *controllers, const char *wanted)
{
    char *rest = NULL;
    for (char *word = strtok_r(controllers, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
        if (strcmp(word, wanted) == 0) return true;
    return false;
}

/* /proc/self/cgroup has a line "ID:CONTROLLERS:PATH" for each hierarchy; version 2's has no controllers. */
void yd_cgroup_walk(const char *root, const char *controller, yd_cgroup_visit *visit, void *context)
{
    char path[4096], mount[4096 + 64], *data, *rest = NULL;
    size_t length;
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    if (yd_file_read(path, 1 << 16, &data, &length, NULL) != YD_OK) return;
    for (char *line = strtok_r(data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *controllers = strchr(line, ':'), *group = controllers ? strchr(++controllers, ':') : NULL;
        if (!group) continue;
        *group++ = '\0';
        if (!*controllers)
            snprintf(mount, sizeof mount, "%s/sys/fs/cgroup", root);
        else if (lists(controllers, controller))
            snprintf(mount, sizeof mount, "%s/sys/fs/cgroup/%s", root, controller);
        else
            continue;
        climb(mount, group, visit, context);
    }
    free(data);
}
