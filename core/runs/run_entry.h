/* One run of a list: what its files say of it, and its engine where it lives. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef enum yd_run_kind {
    YD_RUN_KIND_NONE,    /* the folder is no run's */
    YD_RUN_KIND_OURS,    /* an engine of this program wrote it */
    YD_RUN_KIND_YOLOV5,  /* YOLOv5 did */
    YD_RUN_KIND_SCALARS, /* there are TensorBoard files, and nothing else that is known */
} yd_run_kind;

typedef struct yd_run_entry {
    const char *name, *folder; /* as the files have them; escape when showing */
    yd_run_kind kind;
    const char *state; /* of yd_run_state_name while it lives, stalled where its engine does not answer; else
                          done, ended (before its last epoch), dead (killed), elsewhere (lives on another
                          host); of a run that others write also training? and quiet (growth.h) */
    bool lives;        /* here */
    bool may_grow;     /* training? or quiet: the state may change though no file does */
    int epoch, epochs; /* the one under way, or done ones; -1: not known */
    int best_epoch;    /* -1: none */
    double best_fitness, best_map50, best_map50_95; /* of the best epoch; NAN: none, or not known */
    int64_t changed_ns;                             /* its files were last written then */
} yd_run_entry;

/* Whether the files of a run may say something else than before. */
typedef struct yd_run_stamp {
    yd_run_kind kind;
    bool readable;      /* there is more than the word that it lives: options, results, a log, scalars */
    bool live;          /* the file that says so is there; whether it is true, only a look tells */
    int64_t changed_ns; /* when the newest of the files was written */
    uint64_t hash;      /* of their times and sizes */
} yd_run_stamp;

/* A few stat calls, and a look through the folder where none of a run's usual files is there. A single
 * TensorBoard file or table (.csv) counts too. kind is NONE where it is no run's. */
yd_run_stamp yd_run_stamp_of(const char *folder);
/* Fills in all but name and folder, which are the caller's. ask: the engine of a run that lives is asked,
 * which takes seconds where it has been stopped; else such a run counts as stalled. */
void yd_run_entry_read(yd_run_entry *entry, const yd_run_stamp *stamp, bool ask);
/* The state alone, and where the run lives what its engine says. */
void yd_run_entry_read_state(yd_run_entry *entry, const yd_run_stamp *stamp, bool ask);
/* Bytes of all files below the folder, a file with several names counted as one; -1 where it cannot be read.
 * Looks at 100,000 files at most. */
int64_t yd_run_bytes(const char *folder);
