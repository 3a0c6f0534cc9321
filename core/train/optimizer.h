/* SGD with nesterov momentum, Adam and AdamW over the flat regions of a model, and the exponential moving
 * average of its state. (training.md, 5.4, 5.6) */
#pragma once
#include "model/model.h"
#include "series/schedule.h"

typedef enum yd_optimizer_kind { YD_OPTIMIZER_SGD, YD_OPTIMIZER_ADAM, YD_OPTIMIZER_ADAMW } yd_optimizer_kind;
/* By the name of --optimizer; SGD where there is none of that name. */
yd_optimizer_kind yd_optimizer_find(const char *name);

typedef struct yd_optimizer_config {
    yd_optimizer_kind kind;
    double weight_decay; /* scaled by batch * accumulate / 64; of the group of decayed weights alone */
    double clip_norm;    /* global norm that gradients are cut to; 0: never */
    double beta1;        /* of Adam: the hyperparameter momentum, without a warm-up */
} yd_optimizer_config;

typedef struct yd_optimizer {
    yd_optimizer_config config;
    const yd_model *model;
    struct yd_segment {
        size_t offset, count;
    } * segments[YD_REGION_STATISTIC]; /* of each group: what is not frozen, in runs as long as possible;
                                          owned */
    int segment_count[YD_REGION_STATISTIC];
} yd_optimizer;

/* What an optimizer remembers from step to step; the caller's, zero at first. */
typedef struct yd_optimizer_memory {
    yd_param_set *momenta; /* SGD: momentum buffers; Adam: means of gradients */
    yd_param_set *squares; /* Adam: means of squared gradients; SGD: not read */
    int64_t *steps;        /* Adam: how many were taken; SGD: not read */
    double gradient_scale; /* what gradients were multiplied by (scaler.h); 0: by nothing */
} yd_optimizer_memory;

/* Segments follow the model's frozen entries; freeze before. */
yd_status yd_optimizer_create(const yd_model *model, const yd_optimizer_config *config,
                              yd_optimizer *optimizer, yd_error *error);
void yd_optimizer_destroy(yd_optimizer *optimizer);

/* One step with the rates and, for SGD, the momentum of point. False, with nothing changed, where the
 * gradients' norm is not finite. */
bool yd_optimizer_step(const yd_optimizer *optimizer, const yd_schedule_point *point,
                       const yd_param_set *gradients, const yd_optimizer_memory *memory,
                       yd_param_set *values);

/* d = 0.9999 * (1 - exp(-updates / 2000)), updates counted from 1. (training.md, 5.6) */
double yd_ema_decay(int64_t updates);
/* average = d * average + (1 - d) * values, for every floating-point entry. */
void yd_ema_update(const yd_model *model, int64_t updates, const yd_param_set *values, yd_param_set *average);
