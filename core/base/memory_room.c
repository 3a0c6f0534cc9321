#include "base/memory_room.h"
#include "base/cgroup.h"
#include "base/file.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct room {
    int64_t available, total;
} room;

/* The number behind a word at the beginning of a line. */
static bool find_number(const char *text, const char *word, int64_t *value)
{
    size_t length = strlen(word);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        long long found;
        if (strncmp(line, word, length) != 0 || sscanf(line + length, " %lld", &found) != 1) continue;
        *value = found;
        return true;
    }
    return false;
}

static bool read_machine(const char *root, room *found)
{
    char path[4096], *data;
    size_t length;
    int64_t available, total;
    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    if (yd_file_read(path, 1 << 16, &data, &length, NULL) != YD_OK) return false;
    bool whole = find_number(data, "MemAvailable:", &available) && find_number(data, "MemTotal:", &total) &&
                 available >= 0 && total > 0 && total < INT64_MAX / 1024;
    free(data);
    if (whole) *found = (room){available * 1024, total * 1024};
    return whole;
}

/* Version 2's files, or version 1's. */
static void look_at_group(void *context, const char *folder)
{
    room *least = context;
    int64_t limit, used, files = 0;
    char stat[4096];
    bool two = yd_cgroup_number(folder, "memory.max", &limit);
    if (!two && !yd_cgroup_number(folder, "memory.limit_in_bytes", &limit)) return;
    if (!yd_cgroup_number(folder, two ? "memory.current" : "memory.usage_in_bytes", &used)) return;
    if (yd_cgroup_text(folder, "memory.stat", stat, sizeof stat))
        find_number(stat, two ? "inactive_file" : "total_inactive_file", &files);
    /* Version 1 writes a number beyond all memory where there is no limit. */
    if (limit <= 0 || used < 0 || files < 0 || limit > least->total) return;
    int64_t left = limit - (files < used ? used - files : 0);
    if (left < 0) left = 0;
    if (left < least->available) *least = (room){left, limit};
}

bool yd_memory_room(const char *root, int64_t *available, int64_t *total)
{
    room least;
    if (!read_machine(root, &least)) return false;
    yd_cgroup_walk(root, "memory", look_at_group, &least);
    *available = least.available;
    *total = least.total;
    return true;
}
