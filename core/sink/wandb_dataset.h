/* A data set as an artifact of W&B: every file by its MD5, read a piece at a time, so that whoever waits for
 * the same thread is not held up. */
#pragma once
#include "sink/wandb_writer.h"

/* The files of a split, which stay where they are while this lives. */
typedef struct yd_wandb_split {
    const char *name;          /* of the artifact: "train", "val" */
    const char *const *images; /* [count] */
    const char *const *labels; /* [count]; a file that is not there is left out */
    int count;
} yd_wandb_split;

/* Zero-initialise, and set split. */
typedef struct yd_wandb_dataset {
    yd_wandb_split split;
    int next;          /* file: images first, then labels */
    yd_vector entries; /* yd_wandb_entry, whose path is owned */
    bool done;
} yd_wandb_dataset;

/* Reads on until the monotonic clock is past deadline_ns; with the last file the artifact is written. IO: a
 * file cannot be read; it is left out, and the next call goes on behind it. */
yd_status yd_wandb_dataset_work(yd_wandb_dataset *own, yd_wandb_writer *writer, const char *entity,
                                const char *project, int64_t deadline_ns, yd_error *error);
void yd_wandb_dataset_free(yd_wandb_dataset *own);
