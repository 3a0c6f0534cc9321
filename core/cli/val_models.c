#include "cli/val_models.h"

enum { KEPT_PLANS = 24, LEAST_STRIDE = 32 };

static yd_status check_classes(const yd_val_models *models, int index, const char *const *paths,
                               const yd_dataset_yaml *data, bool any_count, yd_error *error)
{
    const int nc = models->weights[index]->nc, first = models->weights[0]->nc;
    if (nc != first)
        return yd_fail(error, YD_ERR_CONFIG,
                       "%s detects %d classes, %s %d: models of an ensemble have the same", paths[index], nc,
                       paths[0], first);
    if (nc == data->nc || any_count) return YD_OK;
    return yd_fail(error, YD_ERR_CONFIG, "%s detects %d classes, %s has %d", paths[index], nc, data->file,
                   data->nc);
}

yd_status yd_val_models_open(yd_val_models *models, const char *const *paths, int count,
                             const yd_dataset_yaml *data, bool any_count, yd_error *error)
{
    if (count > YD_VAL_MODELS_MOST)
        return yd_fail(error, YD_ERR_CONFIG, "%d models are more than the %d that an ensemble can have",
                       count, YD_VAL_MODELS_MOST);
    for (int i = 0; i < count; i++) {
        yd_validate_member *member = &models->members[i];
        yd_plan_cache *plans;
        YD_TRY(yd_weights_load(paths[i], &models->weights[i], error));
        models->count = i + 1;
        YD_TRY(check_classes(models, i, paths, data, any_count, error));
        YD_TRY(yd_weights_build(models->weights[i], paths[i], models->backend, models->device,
                                &models->model[i], &models->values[i], error));
        YD_TRY(yd_plan_cache_create(models->model[i], KEPT_PLANS, &plans, error));
        *member = (yd_validate_member){plans, models->model[i], &models->values[i]};
    }
    return YD_OK;
}

void yd_val_models_close(yd_val_models *models)
{
    for (int i = 0; i < models->count; i++) {
        if (models->members[i].plans) yd_plan_cache_destroy(models->members[i].plans);
        if (models->model[i]) {
            yd_param_set_destroy(models->model[i], &models->values[i]);
            yd_model_destroy(models->model[i]);
        }
        yd_weights_free(models->weights[i]);
        models->members[i] = (yd_validate_member){0};
        models->model[i] = NULL, models->weights[i] = NULL;
    }
    models->count = 0;
}

int yd_val_models_stride(const yd_val_models *models)
{
    int stride = LEAST_STRIDE;
    for (int i = 0; i < models->count; i++)
        if (models->model[i]->max_stride > stride) stride = models->model[i]->max_stride;
    return stride;
}
