/* The runs of a folder, live and ended, YOLOv5's own run folders too, and folders of TensorBoard files. */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "runs/run_entry.h"

typedef struct yd_run_list {
    yd_run_entry *entries; /* oldest first */
    int count;
} yd_run_list;

/* Calls visit for folder itself where it is a run's, else for every run below it and one level deeper; what
 * lies in a run folder is no run. visit returns false to end it. CONFIG where the folder cannot be read; one
 * below it that cannot is passed over. */
typedef bool yd_run_visitor(void *context, const char *folder, const yd_run_stamp *stamp);
yd_status yd_run_visit(const char *folder, yd_run_visitor *visit, void *context, yd_error *error);

/* All of them, in the arena. */
yd_status yd_run_list_read(const char *folder, yd_arena *arena, yd_run_list *list, yd_error *error);
