/* SGD with nesterov momentum over the flat regions of a model, and the exponential moving average of its
 * state. */
#pragma once
#include "model/model.h"
#include "series/schedule.h"

typedef struct yd_optimizer {
    const yd_model *model;
    double weight_decay; /* scaled by batch * accumulate / 64; of the group of decayed weights alone */
    double clip_norm;    /* global norm that gradients are cut to; 0: never */
    struct yd_segment {
        size_t offset, count;
    } * segments[YD_REGION_STATISTIC]; /* of each group: what is not frozen, in runs as long as possible;
                                          owned */
    int segment_count[YD_REGION_STATISTIC];
} yd_optimizer;

/* Segments follow the model's frozen entries; freeze before. */
yd_status yd_optimizer_create(const yd_model *model, double weight_decay, double clip_norm,
                              yd_optimizer *optimizer, yd_error *error);
void yd_optimizer_destroy(yd_optimizer *optimizer);

/* One step with the rates and the momentum of point. False, with nothing changed, where the gradients' norm
 * is not finite. */
bool yd_optimizer_step(const yd_optimizer *optimizer, const yd_schedule_point *point,
                       const yd_param_set *gradients, yd_param_set *momenta, yd_param_set *values);

/* d = 0.9999 * (1 - exp(-updates / 2000)), updates counted from 1. (training.md, 5.6) */
double yd_ema_decay(int64_t updates);
/* average = d * average + (1 - d) * values, for every floating-point entry. */
void yd_ema_update(const yd_model *model, int64_t updates, const yd_param_set *values, yd_param_set *average);
