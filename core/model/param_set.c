#include "model/params.h"
#include <stdlib.h>
#include <string.h>

static size_t region_bytes(const yd_model *model, int region)
{
    return model->region_elements[region] * yd_dtype_size(model->backend->dtype);
}

static size_t working_bytes(const yd_model *model, int mode)
{
    return model->working_offset[mode][model->graph.node_count];
}

yd_status yd_param_set_create(const yd_model *model, yd_set_kind kind, yd_param_set *set, yd_error *error)
{
    bool values = kind == YD_SET_VALUES, done = true;
    *set = (yd_param_set){.version = 1};
    for (int r = 0; r < YD_REGION_COUNT; r++) {
        size_t bytes = region_bytes(model, r);
        if (!bytes || (r == YD_REGION_STATISTIC && !values)) continue;
        set->region[r] = model->backend->allocate(model->device, bytes);
        done = done && set->region[r];
    }
    for (int mode = 0; values && mode < 2; mode++) {
        size_t bytes = working_bytes(model, mode);
        if (!bytes) continue;
        set->working[mode] = model->backend->allocate(model->device, bytes);
        done = done && set->working[mode];
    }
    if (values) set->counters = calloc((size_t)model->counter_count + 1, sizeof *set->counters);
    if (done && (!values || set->counters)) return YD_OK;
    yd_param_set_destroy(model, set);
    return yd_fail(error, YD_ERR_MEMORY, "out of memory for the model's parameters");
}

void yd_param_set_destroy(const yd_model *model, yd_param_set *set)
{
    for (int r = 0; r < YD_REGION_COUNT; r++)
        if (set->region[r]) model->backend->deallocate(model->device, set->region[r], region_bytes(model, r));
    for (int mode = 0; mode < 2; mode++)
        if (set->working[mode])
            model->backend->deallocate(model->device, set->working[mode], working_bytes(model, mode));
    free(set->counters);
    *set = (yd_param_set){0};
}

void yd_param_set_copy(const yd_model *model, yd_param_set *to, const yd_param_set *from)
{
    for (int r = 0; r < YD_REGION_COUNT; r++)
        if (to->region[r] && from->region[r]) memcpy(to->region[r], from->region[r], region_bytes(model, r));
    if (to->counters && from->counters)
        memcpy(to->counters, from->counters, (size_t)model->counter_count * sizeof *to->counters);
    to->version++;
}

void yd_param_read(const yd_model *model, const yd_param_set *set, int index, double *plain)
{
    const yd_param *param = &model->params[index];
    if (param->counter)
        *plain = set->counters ? (double)set->counters[param->offset] : 0;
    else
        model->backend->param_unpack(model->device, &param->layout, yd_model_param_place(model, set, index),
                                     plain);
}

void yd_param_write(const yd_model *model, yd_param_set *set, int index, const float *plain)
{
    const yd_param *param = &model->params[index];
    if (param->counter) {
        if (set->counters) set->counters[param->offset] = (int64_t)*plain;
    } else {
        model->backend->param_pack(model->device, &param->layout, plain,
                                   yd_model_param_place(model, set, index));
    }
    set->version++;
}
