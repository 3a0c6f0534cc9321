/* A model as PyTorch pickles it: the tree of module objects with YOLOv5's classes, and the storages that its
 * tensors view. (training.md, 10.4 to 10.6) */
#pragma once
#include "base/vector.h"
#include "io/pickle_writer.h"
#include "io/pt.h"
#include "model/module_tree.h"

/* What a storage of the file is to hold. */
typedef struct yd_storage_source {
    yd_pt_type type; /* F16, F32 or I64 */
    size_t elements;
    const yd_param_set *set; /* entry param of this set, else values */
    int param;
    float values[8];
} yd_storage_source;

typedef struct yd_model_pickle {
    yd_pickle_writer *writer;
    const yd_model *model;
    yd_vector storages; /* of yd_storage_source: number i is the storage of key "i" */
    bool failed;        /* memory ran out */
} yd_model_pickle;

/* writer and model are the caller's. */
void yd_model_pickle_start(yd_model_pickle *pickle, yd_pickle_writer *writer, const yd_model *model);
void yd_model_pickle_free(yd_model_pickle *pickle);

/* Puts entry index of the model as it is in set, as a tensor of a new storage: counters as int64, the others
 * as type. Returns the storage's number. */
int yd_pickle_put_param(yd_model_pickle *pickle, const yd_param_set *set, int index, yd_pt_type type);
/* Puts the same tensor again, on the storage that is there. */
void yd_pickle_put_param_again(yd_model_pickle *pickle, int index, int storage);

/* What the model's root has beside its modules. */
typedef struct yd_model_extras {
    const char *const *names;    /* [nc] */
    const char *const *hyp_keys; /* [hyp_count] */
    const double *hyp_values;
    int hyp_count;
    bool training, gradients; /* the flag of every module; requires_grad of what is not frozen */
} yd_model_extras;

/* Puts the whole model, in float16. */
void yd_pickle_put_model(yd_model_pickle *pickle, const yd_param_set *set, const yd_model_extras *extras);
