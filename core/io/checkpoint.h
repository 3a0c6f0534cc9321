/* Checkpoints of a run: PyTorch files that YOLOv5 loads, with all that an exact resume needs.
 * (training.md, 8.3, 8.5, 10.6) */
#pragma once
#include "base/error.h"
#include "config/options.h"
#include "io/archive.h"
#include "io/resume_state.h"
#include "io/weights.h"
#include "model/model.h"

/* What a checkpoint of a run holds. Nothing here is owned. */
typedef struct yd_checkpoint {
    const yd_model *model;
    const yd_param_set *values, *average,
        *momenta;                /* momenta, resume NULL: a file without optimizer, not to be resumed */
    const yd_param_set *squares; /* Adam's second moments, momenta being its first; NULL: of SGD */
    int64_t steps;               /* that Adam has taken */
    double beta1;                /* of Adam */
    int64_t epoch;               /* just finished, from 0; -1 in a stripped file */
    int64_t updates;             /* of the average */
    double best_fitness;
    double lr[3], initial_lr, momentum,
        weight_decay;          /* lr by group: 0 norm weights, 1 decayed weights, 2 biases */
    bool bias_group_first;     /* order of the optimizer's groups: v6.2 on; else norm weights first */
    const yd_options *options; /* kept as the dictionary "opt" */
    const yd_preset *preset;
    const yd_hyp *hyp;
    const char *const *names;      /* [model->nc]; NULL: the model's own */
    const char *wandb_id;          /* the run's at W&B; NULL: the file says nothing of it */
    const yd_resume_state *resume; /* kept, with the float32 state of all three sets, as "yolodeck" */
} yd_checkpoint;

/* Writes the file that YOLOv5 loads: whole or not at all (IO, MEMORY), without a second copy of the state in
 * memory. */
yd_status yd_checkpoint_write(const char *path, const yd_checkpoint *checkpoint, yd_error *error);
/* Its first half: all that the file holds is read and written beside path, and nothing of *checkpoint is
 * wanted any more. What is left is the disk's part, yd_archive_finish. On failure there is nothing to drop.
 */
yd_status yd_checkpoint_begin(const char *path, const yd_checkpoint *checkpoint, yd_archive *archive,
                              yd_error *error);
/* Rewrites the file as YOLOv5 strips it: the average as model, in float16, nothing to resume from.
 * (training.md, 8.5) */
yd_status yd_checkpoint_strip(const char *path, yd_error *error);
/* The sets that make up the state of a run. squares: NULL, or without regions, with SGD. */
typedef struct yd_train_sets {
    yd_param_set *values, *average, *momenta, *squares;
} yd_train_sets;

/* Reads the float32 state back, bit for bit, and the trainer's part of it (the caller destroys *resume).
 * FORMAT where the file has none (a stripped one: the message says so) or where a tensor is missing or of
 * another shape. Counters too. Where the file is of another optimizer than sets (SGD, or one of Adam's), what
 * its own remembers means nothing: momenta and squares are left as they are and *forgotten is true. */
yd_status yd_checkpoint_restore(const char *path, const yd_model *model, const yd_train_sets *sets,
                                yd_resume_state **resume, bool *forgotten, yd_error *error);

/* «train state sha256»: SHA-256 over values, average, momenta and, with Adam, squares (in this order; the
 * name and a zero byte first), of each all entries in byte order of their names, as the state hash of
 * product.md has them; counters as their int64 values. */
void yd_train_state_hash(const yd_model *model, const yd_train_sets *sets, char out[65]);
/* The same of a file; "" where there is nothing in it to resume from. */
yd_status yd_train_state_hash_of_file(const char *path, char out[65], yd_error *error);
