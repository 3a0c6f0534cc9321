/* The models that `yolodeck val` validates: one, or several as an ensemble. */
#pragma once
#include "config/dataset_yaml.h"
#include "eval/validate.h"
#include "io/weights.h"

enum { YD_VAL_MODELS_MOST = 64 };

typedef struct yd_val_models {
    const yd_backend *backend;
    yd_device *device;
    int count;
    yd_weights *weights[YD_VAL_MODELS_MOST];
    yd_model *model[YD_VAL_MODELS_MOST];
    yd_param_set values[YD_VAL_MODELS_MOST];
    yd_validate_member members[YD_VAL_MODELS_MOST]; /* what yd_validate takes */
} yd_val_models;

/* Loads the files, on a device that the caller closes after yd_val_models_close. wanted: what the data set
 * has as classes, each model must find as many; any_count: they need not be the data set's, but are the same
 * in all. Zero-initialise; after a failure yd_val_models_close is still due. CONFIG, FORMAT, MEMORY. */
yd_status yd_val_models_open(yd_val_models *models, const char *const *paths, int count,
                             const yd_dataset_yaml *data, bool any_count, yd_error *error);
void yd_val_models_close(yd_val_models *models);
/* What sizes of pictures must be multiples of: the largest stride, and 32 at least. */
int yd_val_models_stride(const yd_val_models *models);
