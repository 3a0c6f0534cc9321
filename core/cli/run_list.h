/* The runs of a folder, live and ended, YOLOv5's own run folders too: what their files say, and their engines
 * where they live. */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include <stdint.h>

typedef struct yd_run_entry {
    const char *name, *folder; /* as the files have them; escape when showing */
    const char *state; /* of yd_run_state_name while it lives; else done, ended (before its last epoch), dead
                          (killed), elsewhere (lives on another host) */
    int epoch, epochs; /* the one under way, or done ones; -1: not known */
    int best_epoch;    /* -1: none */
    double best_fitness; /* NAN: none */
    int64_t changed_ns;  /* its files were last written then */
} yd_run_entry;

typedef struct yd_run_list {
    yd_run_entry *entries; /* oldest first */
    int count;
} yd_run_list;

/* Looks at folder itself (a run folder is a list of one), below it and one level deeper. Everything lives in
 * the arena. IO where the folder cannot be read. */
yd_status yd_run_list_read(const char *folder, yd_arena *arena, yd_run_list *list, yd_error *error);
