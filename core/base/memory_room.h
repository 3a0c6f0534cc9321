/* How much memory is left for this process: the machine's, or what its control groups leave of it. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Bytes that can be had without swapping, and what they are a part of: the machine's memory, or the limit
 * that leaves the least. Files that the system only keeps at hand count as free. False where the system does
 * not say. root: "", or a folder that stands for / in tests. */
bool yd_memory_room(const char *root, int64_t *available, int64_t *total);
