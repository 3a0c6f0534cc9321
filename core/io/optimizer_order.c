#include "io/optimizer_order.h"
#include <string.h>

bool yd_optimizer_in_group(const yd_model *model, int index, yd_region region)
{
    const yd_param *param = &model->params[index];
    return !param->counter && !param->left_out && param->region == region;
}

int yd_optimizer_order(const yd_model *model, bool bias_first, int *order, yd_region groups[3])
{
    static const yd_region newer[3] = {YD_REGION_BIAS, YD_REGION_WEIGHT, YD_REGION_NORM};
    static const yd_region older[3] = {YD_REGION_NORM, YD_REGION_WEIGHT, YD_REGION_BIAS};
    int count = 0;
    memcpy(groups, bias_first ? newer : older, sizeof newer);
    for (int g = 0; g < 3; g++)
        for (int i = 0; i < model->param_count; i++)
            if (yd_optimizer_in_group(model, i, groups[g])) order[count++] = i;
    return count;
}
