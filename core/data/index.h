/* Which pictures a split holds, and where their labels lie (data_and_metrics.md, 2 and 3). */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include <stdbool.h>

typedef struct yd_index {
    const char **paths; /* sorted by bytes, without duplicates; in the arena */
    int count;
} yd_index;

/* entries: folders (searched recursively, hidden names skipped) or text files that list pictures, one a line;
 * a leading "./" there stands for the text file's folder (any "./" where dot_slash_anywhere is set).
 * YD_ERR_DATA: an entry does not exist, or no picture is found; YD_ERR_IO; YD_ERR_MEMORY. */
yd_status yd_index_list(const char *const *entries, int count, bool dot_slash_anywhere, yd_arena *arena,
                        yd_index *index, yd_error *error);

/* The last "/images/" becomes "/labels/", the suffix ".txt". False where the result does not fit. */
bool yd_label_path(const char *picture, char *out, size_t capacity);
