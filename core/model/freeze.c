#include "model/model.h"
#include <stdlib.h>
#include <string.h>

/* The layer of "model.LAYER.…". */
static int layer_of(const yd_param *param)
{
    return strncmp(param->name, "model.", 6) == 0 ? atoi(param->name + 6) : -1;
}

static bool chosen(int layer, const int *layers, int count)
{
    if (count == 1) return layer >= 0 && layer < layers[0];
    for (int i = 0; i < count; i++)
        if (layers[i] == layer) return true;
    return false;
}

int yd_model_freeze(yd_model *model, const int *layers, int count)
{
    int frozen = 0;
    for (int i = 0; i < model->param_count; i++) {
        yd_param *param = &model->params[i];
        bool trained = !param->counter && param->region != YD_REGION_STATISTIC;
        param->left_out = false;
        param->frozen = trained && chosen(layer_of(param), layers, count);
        frozen += param->frozen;
    }
    return frozen;
}

bool yd_model_is_frozen(const yd_model *model)
{
    for (int i = 0; i < model->param_count; i++) {
        const yd_param *param = &model->params[i];
        if (!param->counter && param->region != YD_REGION_STATISTIC && !param->frozen) return false;
    }
    return true;
}

void yd_model_leave_out_unnamed(yd_model *model)
{
    for (int i = 0; i < model->param_count; i++) {
        yd_param *param = &model->params[i];
        const char *dot = strrchr(param->name, '.'), *name = dot ? dot + 1 : param->name;
        if (param->counter || param->region == YD_REGION_STATISTIC) continue;
        if (strcmp(name, "weight") != 0 && strcmp(name, "bias") != 0) param->left_out = param->frozen = true;
    }
}
