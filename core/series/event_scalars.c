#include "series/event_scalars.h"
#include <stdio.h>
#include <string.h>

static const int64_t slow_every_ns = 1000000000;
static const int64_t step_limit = (int64_t)1 << 53;
static const int32_t epoch_limit = 100000000;

static int put(yd_scalar *out, int count, yd_tag tag, float value)
{
    out[count] = (yd_scalar){yd_tag_name(tag), (double)value};
    return count + 1;
}

static int of_step(yd_event_scalars *own, const yd_event *event, yd_scalar *out)
{
    const float losses[] = {event->body.step.box, event->body.step.obj, event->body.step.cls,
                            event->body.step.total};
    int count = 0;
    for (int i = 0; i < 4; i++) count = put(out, count, YD_TAG_STEP_BOX + (yd_tag)i, losses[i]);
    for (int i = 0; i < 3; i++)
        count = put(out, count, YD_TAG_STEP_LR_NORM + (yd_tag)i, event->body.step.lr[i]);
    int64_t since = event->wall_ns - own->slow_ns;
    if (own->slow_ns && since >= 0 && since < slow_every_ns) return count;
    own->slow_ns = event->wall_ns;
    count = put(out, count, YD_TAG_STEP_RATE, event->body.step.images_per_second);
    for (int i = 0; i < 4; i++)
        count = put(out, count, YD_TAG_STEP_DATA + (yd_tag)i, event->body.step.share[i]);
    bool known = event->body.step.memory_mb > 0; /* not yet, for the first steps */
    return known ? put(out, count, YD_TAG_STEP_MEMORY, event->body.step.memory_mb) : count;
}

static int of_epoch(const yd_event *event, yd_scalar *out)
{
    bool bias_first = event->body.epoch.bias_first != 0;
    const float *lr = event->body.epoch.lr;
    const float values[] = {event->body.epoch.box, event->body.epoch.obj, event->body.epoch.cls};
    int count = 0;
    for (int i = 0; i < 3; i++) count = put(out, count, YD_TAG_TRAIN_BOX + (yd_tag)i, values[i]);
    for (int i = 0; i < 3; i++) count = put(out, count, YD_TAG_LR0 + (yd_tag)i, lr[bias_first ? 2 - i : i]);
    return count;
}

static int of_validation(const yd_event *event, yd_scalar *out)
{
    const float metrics[] = {event->body.validation.precision, event->body.validation.recall,
                             event->body.validation.map50,     event->body.validation.map50_95,
                             event->body.validation.box,       event->body.validation.obj,
                             event->body.validation.cls};
    int count = 0;
    for (int i = 0; i < 7; i++) count = put(out, count, YD_TAG_PRECISION + (yd_tag)i, metrics[i]);
    return count;
}

static int of_change(yd_event_scalars *own, const yd_event *event, yd_scalar *out)
{
    int length = (int)strnlen(event->body.changed.name, sizeof event->body.changed.name);
    snprintf(own->name, sizeof own->name, "tweak/%.*s", length, event->body.changed.name);
    out[0] = (yd_scalar){own->name, event->body.changed.to};
    return length > 0;
}

int yd_event_scalars_of(yd_event_scalars *own, const yd_event *event, int64_t *step,
                        yd_scalar out[YD_EVENT_SCALARS])
{
    switch ((yd_event_type)event->type) {
    case YD_EVENT_STEP:
        *step = event->body.step.step;
        return *step >= 0 && *step < step_limit ? of_step(own, event, out) : 0;
    case YD_EVENT_EPOCH:
        *step = event->body.epoch.epoch;
        return *step >= 0 && *step < epoch_limit ? of_epoch(event, out) : 0;
    case YD_EVENT_VALIDATION:
        *step = event->body.validation.epoch;
        return *step >= 0 && *step < epoch_limit && !event->body.validation.asked ? of_validation(event, out)
                                                                                  : 0;
    case YD_EVENT_CHANGED:
        *step = event->body.changed.step;
        return *step >= 0 && *step < step_limit ? of_change(own, event, out) : 0;
    default:
        return 0;
    }
}
