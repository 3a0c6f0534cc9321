#include "event/event_news.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FIELD = 128 };

const char *yd_event_field(const char *field, size_t capacity, char *out)
{
    memcpy(out, field, capacity);
    out[capacity] = '\0';
    return out;
}
#define TEXT_OF(field, out) yd_event_field(field, sizeof(field), out)

static const char *metric(char out[32], float value)
{
    snprintf(out, 32, isfinite(value) ? fabsf(value) < 1e4f ? "%.3f" : "%.1e" : "-", (double)value);
    return out;
}

static void tell_state(const yd_event *event, char *out)
{
    uint32_t to = event->body.state.to;
    bool usual = to == YD_RUN_TRAIN || to == YD_RUN_SAVE || to == YD_RUN_VALIDATE;
    if (to < YD_RUN_STATE_COUNT && !usual) snprintf(out, YD_NEWS_TEXT, "%s", yd_run_state_name(to));
}

static void tell_validation(const yd_event *event, char *out)
{
    char map50[32], map[32];
    if (event->body.validation.epoch < 0) return;
    snprintf(out, YD_NEWS_TEXT, "epoch %d: mAP %s / %s%s", event->body.validation.epoch,
             metric(map50, event->body.validation.map50), metric(map, event->body.validation.map50_95),
             event->body.validation.best ? ", best" : "");
}

static void tell_saved(const yd_event *event, char *out)
{
    char name[FIELD], fitness[32];
    TEXT_OF(event->body.saved.name, name);
    if (event->body.saved.fitness > 0)
        snprintf(out, YD_NEWS_TEXT, "saved %s (%s)", name, metric(fitness, event->body.saved.fitness));
    else
        snprintf(out, YD_NEWS_TEXT, "saved %s", name);
}

static void tell_picture(const yd_event *event, char *out)
{
    char name[FIELD];
    snprintf(out, YD_NEWS_TEXT, "wrote %s", TEXT_OF(event->body.picture.name, name));
}

static void tell_changed(const yd_event *event, char *out)
{
    char name[FIELD], who[FIELD];
    TEXT_OF(event->body.changed.who, who);
    snprintf(out, YD_NEWS_TEXT, "%s %.6g -> %.6g%s%s%s", TEXT_OF(event->body.changed.name, name),
             event->body.changed.from, event->body.changed.to, who[0] ? " (" : "", who, who[0] ? ")" : "");
}

static void tell_rollback(const yd_event *event, char *out)
{
    char name[FIELD];
    snprintf(out, YD_NEWS_TEXT, "went back to %s: epoch %d, batch %d",
             TEXT_OF(event->body.rollback.name, name), event->body.rollback.epoch,
             event->body.rollback.batch);
}

static void tell_generation(const yd_event *event, char *out)
{
    char reason[FIELD], fitness[32];
    int number = event->body.generation.number;
    TEXT_OF(event->body.generation.failed, reason);
    if (!event->body.generation.done)
        snprintf(out, YD_NEWS_TEXT, "generation %d begins", number);
    else
        snprintf(out, YD_NEWS_TEXT, "generation %d: %s%s%s", number, reason[0] ? "failed: " : "fitness ",
                 reason[0] ? reason : metric(fitness, event->body.generation.fitness),
                 event->body.generation.best ? ", best" : "");
}

bool yd_event_news(const yd_event *event, char out[YD_NEWS_TEXT])
{
    static void (*const tell[YD_EVENT_COUNT])(const yd_event *event, char *out) = {
        [YD_EVENT_STATE] = tell_state,           [YD_EVENT_VALIDATION] = tell_validation,
        [YD_EVENT_SAVED] = tell_saved,           [YD_EVENT_PICTURE] = tell_picture,
        [YD_EVENT_CHANGED] = tell_changed,       [YD_EVENT_ROLLBACK] = tell_rollback,
        [YD_EVENT_GENERATION] = tell_generation,
    };
    out[0] = '\0';
    if (event->type < YD_EVENT_COUNT && tell[event->type]) tell[event->type](event, out);
    return out[0] != '\0';
}

bool yd_event_news_is_ordinary(const yd_event *event)
{
    char name[FIELD];
    if (event->type == YD_EVENT_PICTURE) return true;
    return event->type == YD_EVENT_SAVED && strcmp(TEXT_OF(event->body.saved.name, name), "last.pt") == 0;
}
