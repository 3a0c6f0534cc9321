#include "model/model.h"
#include <string.h>

static double area(const float anchor[2])
{
    return (double)anchor[0] * (double)anchor[1];
}

static double mean_area(const yd_model *model, int level)
{
    double sum = 0;
    for (int a = 0; a < model->na; a++) sum += area(model->anchors_pixels[level][a]);
    return sum / model->na;
}

static int sign(double x)
{
    return (x > 0) - (x < 0);
}

/* Whether anchors grow with the stride. By ends, as in mid-2021, the first anchor of all and the last one
 * decide, and equal ones do not grow; by means, equal levels are left alone. (model_and_loss.md, 6) */
static bool in_order(const yd_model *model)
{
    int last = model->nl - 1, strides = sign((double)model->stride[last] - (double)model->stride[0]);
    if (model->yaml.anchor_order == YD_ANCHOR_ORDER_ENDS)
        return strides ==
               sign(area(model->anchors_pixels[last][model->na - 1]) - area(model->anchors_pixels[0][0]));
    int areas = sign(mean_area(model, last) - mean_area(model, 0));
    return areas == 0 || areas == strides;
}

/* Where anchors do not grow with the stride their levels are turned round. */
static void check_order(yd_model *model)
{
    if (in_order(model)) return;
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
