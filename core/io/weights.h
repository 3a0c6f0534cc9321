/* Weights from a file of PyTorch's: what --weights, val and info need. (training.md, 10.5) */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "config/model_yaml.h"
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
    yd_model_yaml yaml;       /* as stored with the model; row_count 0 where there is none that can be read */
    const char *yaml_problem; /* what is wrong with it, or NULL */
    int nc;
    const char **names; /* [nc], or NULL */
    int64_t epoch;      /* -1 stripped */
    bool has_ema, has_optimizer, has_resume;
    size_t parameters; /* elements of what is trained: no statistics, counters and anchors */
    char sha256[65];   /* the state hash of product.md */
} yd_weights;

/* FORMAT, naming the file and what is wrong, for anything that is not a readable checkpoint; CONFIG where
 * there is no such file. Files of YOLOv5, and bare state dicts. */
yd_status yd_weights_load(const char *path, yd_weights **weights, yd_error *error);
/* The same of bytes in memory; label stands for the path. */
yd_status yd_weights_load_memory(const void *bytes, size_t length, const char *label, yd_weights **weights,
                                 yd_error *error);
void yd_weights_free(yd_weights *weights);
/* Copies by name and shape; entries whose name contains exclude (may be NULL) are left. *transferred of
 * model->param_count. */
void yd_weights_transfer(const yd_weights *weights, const yd_model *model, yd_param_set *set,
                         const char *exclude, int *transferred);
/* fits [model->param_count]: the entries that yd_weights_transfer would copy. */
void yd_weights_fit(const yd_weights *weights, const yd_model *model, const char *exclude, bool *fits);
/* Builds the model that the file describes, and a set of all its values. names are the file's, anchors those
 * of the values; path is for messages. FORMAT where the file has no description, or not every entry of the
 * model. On failure *model is NULL and there is nothing to destroy. */
yd_status yd_weights_build(const yd_weights *weights, const char *path, const yd_backend *backend,
                           yd_device *device, yd_model **model, yd_param_set *set, yd_error *error);
