#include "train/optimizer.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Entries of a group lie one after the other in its region: neighbours that are not frozen make one segment.
 */
static yd_status find_segments(yd_optimizer *optimizer, yd_region region, yd_error *error)
{
    const yd_model *model = optimizer->model;
    struct yd_segment *segments = calloc((size_t)model->param_count + 1, sizeof *segments);
    if (!segments)
        return yd_fail(error, YD_ERR_MEMORY, "optimizer: no memory for %d entries", model->param_count);
    int count = 0;
    for (int i = 0; i < model->param_count; i++) {
        const yd_param *param = &model->params[i];
        if (param->counter || param->frozen || param->region != region) continue;
        struct yd_segment *last = count ? &segments[count - 1] : NULL;
        if (last && last->offset + last->count == param->offset)
            last->count += param->elements;
        else
            segments[count++] = (struct yd_segment){param->offset, param->elements};
    }
    optimizer->segments[region] = segments;
    optimizer->segment_count[region] = count;
    return YD_OK;
}

yd_optimizer_kind yd_optimizer_find(const char *name)
{
    static const char *const names[] = {"SGD", "Adam", "AdamW"};
    for (int kind = 0; kind < (int)(sizeof names / sizeof *names); kind++)
        if (strcmp(names[kind], name) == 0) return (yd_optimizer_kind)kind;
    return YD_OPTIMIZER_SGD;
}

yd_status yd_optimizer_create(const yd_model *model, const yd_optimizer_config *config,
                              yd_optimizer *optimizer, yd_error *error)
{
    *optimizer = (yd_optimizer){.config = *config, .model = model};
    for (int region = 0; region < YD_REGION_STATISTIC; region++) {
        yd_status status = find_segments(optimizer, (yd_region)region, error);
        if (status != YD_OK) {
            yd_optimizer_destroy(optimizer);
            return status;
        }
    }
    return YD_OK;
}

void yd_optimizer_destroy(yd_optimizer *optimizer)
{
    for (int region = 0; region < YD_REGION_STATISTIC; region++) free(optimizer->segments[region]);
    *optimizer = (yd_optimizer){0};
}

static void *element(const yd_model *model, const yd_param_set *set, int region, size_t offset)
{
    return (char *)set->region[region] + offset * yd_dtype_size(model->backend->dtype);
}

static double gradient_norm(const yd_optimizer *optimizer, const yd_param_set *gradients)
{
    const yd_model *model = optimizer->model;
    double sum = 0;
    for (int region = 0; region < YD_REGION_STATISTIC; region++)
        for (int s = 0; s < optimizer->segment_count[region]; s++) {
            const struct yd_segment *segment = &optimizer->segments[region][s];
            sum += model->backend->sum_squares(model->device, segment->count,
                                               element(model, gradients, region, segment->offset));
        }
    return sqrt(sum);
}

/* What one step does to every segment. */
typedef struct step {
    const yd_optimizer *optimizer;
    const yd_param_set *gradients;
    const yd_optimizer_memory *memory;
    yd_param_set *values;
    double scale;
} step;

static void step_sgd(const step *s, const yd_schedule_point *point, int region)
{
    const yd_optimizer *optimizer = s->optimizer;
    const yd_model *model = optimizer->model;
    /* The buffer starts at zero, so the first step needs no case of its own: momentum * 0 + g is g. */
    const yd_sgd sgd = {.lr = point->lr[region],
                        .momentum = point->momentum,
                        .weight_decay = region == YD_REGION_WEIGHT ? optimizer->config.weight_decay : 0,
                        .scale = s->scale};
    for (int i = 0; i < optimizer->segment_count[region]; i++) {
        const struct yd_segment *segment = &optimizer->segments[region][i];
        model->backend->sgd(model->device, segment->count, element(model, s->values, region, segment->offset),
                            element(model, s->gradients, region, segment->offset),
                            element(model, s->memory->momenta, region, segment->offset), &sgd);
    }
}

static void step_adam(const step *s, const yd_schedule_point *point, int region)
{
    const yd_optimizer *optimizer = s->optimizer;
    const yd_optimizer_config *config = &optimizer->config;
    const yd_model *model = optimizer->model;
    const double t = (double)*s->memory->steps;
    const yd_adam adam = {.lr = point->lr[region],
                          .beta1 = config->beta1,
                          .beta2 = YD_ADAM_BETA2,
                          .epsilon = YD_ADAM_EPSILON,
                          .weight_decay = region == YD_REGION_WEIGHT ? config->weight_decay : 0,
                          .scale = s->scale,
                          .correction1 = 1 - pow(config->beta1, t),
                          .correction2 = 1 - pow(YD_ADAM_BETA2, t),
                          .decoupled = config->kind == YD_OPTIMIZER_ADAMW};
    for (int i = 0; i < optimizer->segment_count[region]; i++) {
        const struct yd_segment *segment = &optimizer->segments[region][i];
        model->backend->adam(model->device, segment->count,
                             element(model, s->values, region, segment->offset),
                             element(model, s->gradients, region, segment->offset),
                             element(model, s->memory->momenta, region, segment->offset),
                             element(model, s->memory->squares, region, segment->offset), &adam);
    }
}

bool yd_optimizer_step(const yd_optimizer *optimizer, const yd_schedule_point *point,
                       const yd_param_set *gradients, const yd_optimizer_memory *memory, yd_param_set *values)
{
    const double inverse = memory->gradient_scale > 0 ? 1 / memory->gradient_scale : 1;
    const double clip = optimizer->config.clip_norm;
    double norm = gradient_norm(optimizer, gradients) * inverse;
    if (!isfinite(norm)) return false;
    step s = {
        .optimizer = optimizer, .gradients = gradients, .memory = memory, .values = values, .scale = inverse};
    if (clip > 0 && clip / (norm + 1e-6) < 1) s.scale = inverse * clip / (norm + 1e-6);
    bool sgd = optimizer->config.kind == YD_OPTIMIZER_SGD;
    if (!sgd) ++*memory->steps;
    for (int region = 0; region < YD_REGION_STATISTIC; region++)
        (sgd ? step_sgd : step_adam)(&s, point, region);
    values->version++;
    return true;
}

double yd_ema_decay(int64_t updates)
{
    return 0.9999 * (1 - exp(-(double)updates / 2000));
}

void yd_ema_update(const yd_model *model, int64_t updates, const yd_param_set *values, yd_param_set *average)
{
    for (int region = 0; region < YD_REGION_COUNT; region++)
        model->backend->ema(model->device, model->region_elements[region], average->region[region],
                            values->region[region], yd_ema_decay(updates));
    average->version++;
}
