/* The control groups that this process is in: what a container or a batch system allows it. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef void yd_cgroup_visit(void *context, const char *folder);
/* Calls visit with the folder of the process's group of a controller ("cpu", "memory"), of version 1 and of
 * version 2 as far as they are there, and with those of all groups above it. root is put before /proc and
 * /sys:
 * "", or a folder in tests. */
void yd_cgroup_walk(const char *root, const char *controller, yd_cgroup_visit *visit, void *context);

/* What a file of a folder says, at most capacity - 1 bytes; false where it cannot be read. */
bool yd_cgroup_text(const char *folder, const char *name, char *out, int capacity);
/* A whole number that such a file says; false where it says anything else ("max": no limit). */
bool yd_cgroup_number(const char *folder, const char *name, int64_t *value);
