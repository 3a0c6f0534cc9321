#include "model/model.h"
#include <string.h>

static double mean_area(const yd_model *model, int level)
{
    double sum = 0;
    for (int a = 0; a < model->na; a++)
        sum += (double)model->anchors_pixels[level][a][0] * (double)model->anchors_pixels[level][a][1];
    return sum / model->na;
}

/* Anchors grow with the stride, or their levels are turned round. (model_and_loss.md, 6) */
static void check_order(yd_model *model)
{
    double areas = mean_area(model, model->nl - 1) - mean_area(model, 0);
    float strides = model->stride[model->nl - 1] - model->stride[0];
    if (areas == 0 || (areas > 0) == (strides > 0)) return;
    for (int low = 0, high = model->nl - 1; low < high; low++, high--) {
        float level[5][2];
        memcpy(level, model->anchors_pixels[low], sizeof level);
        memcpy(model->anchors_pixels[low], model->anchors_pixels[high], sizeof level);
        memcpy(model->anchors_pixels[high], level, sizeof level);
    }
}

void yd_model_set_anchors(yd_model *model, const float (*anchors)[2])
{
    for (int level = 0; level < model->nl; level++)
        for (int a = 0; a < model->na; a++)
            memcpy(model->anchors_pixels[level][a], anchors[level * model->na + a], sizeof *anchors);
    check_order(model);
}

void yd_model_list_anchors(const yd_model *model, bool grid_units, float *plain)
{
    for (int level = 0; level < model->nl; level++)
        for (int a = 0; a < model->na; a++)
            for (int side = 0; side < 2; side++)
                *plain++ = model->anchors_pixels[level][a][side] / (grid_units ? model->stride[level] : 1);
}

void yd_model_write_anchors(const yd_model *model, yd_param_set *set)
{
    float plain[YD_MAX_LEVELS * YD_MAX_ANCHORS * 2];
    yd_model_list_anchors(model, true, plain);
    yd_param_write(model, set, model->anchors_param, plain);
    if (!model->focus_generation) return;
    yd_model_list_anchors(model, false, plain);
    yd_param_write(model, set, model->anchors_param + 1, plain);
}

void yd_model_read_anchors(yd_model *model, const yd_param_set *set)
{
    double plain[YD_MAX_LEVELS * YD_MAX_ANCHORS * 2], *at = plain;
    yd_param_read(model, set, model->anchors_param, plain);
    for (int level = 0; level < model->nl; level++)
        for (int a = 0; a < model->na; a++)
            for (int side = 0; side < 2; side++)
                model->anchors_pixels[level][a][side] = (float)*at++ * model->stride[level];
}
