/* YOLOv5 checkpoints: PyTorch zip files, read without Python and written so that YOLOv5 loads them.
 * (training.md, 8.3, 10) */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "config/model_yaml.h"
#include "config/options.h"
#include "io/resume_state.h"
#include "model/model.h"

typedef struct yd_tensor_entry {
    const char *name; /* state-dict key */
    int dims[8], rank;
    size_t elements;
    const float *values; /* converted to float32, row-major; owned by the weights */
    bool integer;        /* int64 in the file (num_batches_tracked) */
} yd_tensor_entry;

/* What --weights, val and info need of a file. */
typedef struct yd_weights {
    yd_arena *arena;
    yd_tensor_entry *tensors; /* of the EMA where there is one, else of the model; in the file's order */
    int tensor_count;
    yd_model_yaml yaml; /* as stored with the model; row_count 0 where there is none */
    int nc;
    const char **names; /* [nc], or NULL */
    int64_t epoch;      /* -1 stripped */
    bool has_ema, has_optimizer, has_resume;
    size_t parameters;
    char sha256[65]; /* the state hash of product.md */
} yd_weights;

/* FORMAT, naming the file and what is wrong, for anything that is not a readable checkpoint. */
yd_status yd_weights_load(const char *path, yd_weights **weights, yd_error *error);
void yd_weights_free(yd_weights *weights);
/* Copies by name and shape; entries whose name contains exclude (may be NULL) are left. *transferred of
 * model->param_count. */
void yd_weights_transfer(const yd_weights *weights, const yd_model *model, yd_param_set *set,
                         const char *exclude, int *transferred);

/* What a checkpoint of a run holds. Nothing here is owned. */
typedef struct yd_checkpoint {
    const yd_model *model;
    const yd_param_set *values, *average,
        *momenta;    /* momenta, resume NULL: a file without optimizer, not to be resumed */
    int64_t epoch;   /* just finished, from 0; -1 in a stripped file */
    int64_t updates; /* of the average */
    double best_fitness;
    double lr[3], initial_lr, momentum,
        weight_decay;          /* lr by group: 0 norm weights, 1 decayed weights, 2 biases */
    bool bias_group_first;     /* order of the optimizer's groups: v6.2 on; else norm weights first */
    const yd_options *options; /* kept as the dictionary "opt" */
    const yd_preset *preset;
    const yd_hyp *hyp;
    const char *const *names;      /* [model->nc] */
    const yd_resume_state *resume; /* kept, with the float32 state, as "yolodeck" */
} yd_checkpoint;

/* Writes the file that YOLOv5 loads: whole or not at all (IO, MEMORY), without a second copy of the state in
 * memory. */
yd_status yd_checkpoint_write(const char *path, const yd_checkpoint *checkpoint, yd_error *error);
/* Rewrites the file as YOLOv5 strips it: the average as model, in float16, nothing to resume from.
 * (training.md, 8.5) */
yd_status yd_checkpoint_strip(const char *path, yd_error *error);
/* Reads the float32 state back, bit for bit, and the trainer's part of it (the caller destroys *resume).
 * FORMAT where the file has none (a stripped one: the message says so) or where a tensor is missing or of
 * another shape. Counters too. */
yd_status yd_checkpoint_restore(const char *path, const yd_model *model, yd_param_set *values,
                                yd_param_set *average, yd_param_set *momenta, yd_resume_state **resume,
                                yd_error *error);

/* «train state sha256»: SHA-256 over values, average and momenta (in this order; "values", "average" or
 * "momenta" and a zero byte first), of each all entries in byte order of their names, as the state hash of
 * product.md has them; counters as their int64 values. */
void yd_train_state_hash(const yd_model *model, const yd_param_set *values, const yd_param_set *average,
                         const yd_param_set *momenta, char out[65]);
