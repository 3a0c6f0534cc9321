/* What YOLOv5 up to v6.1 takes of an unfinished run's file given as --weights: weights, average, optimizer,
 * epoch and best fitness, as they stand in its own dictionary (float16 weights, float32 optimizer), ours or
 * YOLOv5's. (training.md, 8.3, 8.4) */
#pragma once
#include "io/checkpoint.h"

typedef struct yd_unfinished {
    int64_t updates; /* of the average */
    int64_t steps;   /* that Adam has taken; 0 with SGD */
    double best_fitness;
    bool remembers;    /* the optimizer's memory came along: it is of the kind that sets have room for */
    char *results;     /* the run's results.txt so far, or NULL; the caller's to free */
    char wandb_id[72]; /* of the run at W&B, as it stands in the file: not checked; "": there is none */
} yd_unfinished;

/* Whether the file is of a run of YOLOv5's own that has not ended: an epoch and an optimizer, and none of
 * what an exact resume needs. FORMAT, IO. */
yd_status yd_unfinished_is_foreign(const char *path, bool *foreign, yd_error *error);

/* Fills sets from the file. Tensors go by name and shape; FORMAT, naming what does not fit the model, where
 * the average or the groups of the optimizer are another model's. */
yd_status yd_unfinished_load(const char *path, const yd_model *model, const yd_train_sets *sets,
                             yd_unfinished *unfinished, yd_error *error);
