#include "event/event_text.h"
#include "base/clock.h"
#include "base/json.h"
#include "event/event_news.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_LINE = 4096 };                    /* of a log: more of it begins a new line */
static const int64_t line_every_ns = 2000000000; /* of step lines: at most one in two seconds */

void yd_event_text_free(yd_event_text *own)
{
    yd_text_free(&own->log_line);
}

void yd_event_text_lost(yd_event_text *own)
{
    yd_text_clear(&own->log_line);
}

static void duration(char *out, size_t capacity, double seconds)
{
    if (!(seconds >= 0 && seconds < 1e10)) {
        yd_copy_text(out, capacity, "--:--:--");
        return;
    }
    long s = (long)seconds;
    snprintf(out, capacity, "%02ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
}

static void add_step(yd_event_text *own, yd_text *text, const yd_event *event, const yd_status_block *block)
{
    int64_t now = yd_clock_ns();
    if (!block || now - own->step_line_ns < line_every_ns) return;
    /* Running means a few batches on are as good; those of a batch before, or of another epoch, are not. */
    if (block->epoch != event->body.step.epoch || block->batch < event->body.step.batch) return;
    own->step_line_ns = now;
    char eta[32];
    duration(eta, sizeof eta, block->eta_seconds);
    yd_text_addf(text, "epoch %d/%d  batch %d/%d  box %.4g  obj %.4g  cls %.4g  lr %.3g  %.1f im/s  ETA %s\n",
                 event->body.step.epoch, block->epochs - 1, event->body.step.batch + 1, block->batches,
                 (double)block->loss_box, (double)block->loss_obj, (double)block->loss_cls,
                 (double)event->body.step.lr[1], (double)event->body.step.images_per_second, eta);
}

static void add_epoch(yd_text *text, const yd_event *event)
{
    yd_text_addf(text, "epoch %d trained: box %.4g  obj %.4g  cls %.4g  lr %.3g %.3g %.3g\n",
                 event->body.epoch.epoch, (double)event->body.epoch.box, (double)event->body.epoch.obj,
                 (double)event->body.epoch.cls, (double)event->body.epoch.lr[0],
                 (double)event->body.epoch.lr[1], (double)event->body.epoch.lr[2]);
}

static void add_validation(yd_text *text, const yd_event *event)
{
    yd_text_addf(text,
                 "epoch %d validated: P %.4g  R %.4g  mAP@.5 %.4g  mAP@.5:.95 %.4g  box %.4g  obj %.4g  cls "
                 "%.4g  (%.1f s)%s\n",
                 event->body.validation.epoch, (double)event->body.validation.precision,
                 (double)event->body.validation.recall, (double)event->body.validation.map50,
                 (double)event->body.validation.map50_95, (double)event->body.validation.box,
                 (double)event->body.validation.obj, (double)event->body.validation.cls,
                 (double)event->body.validation.seconds, event->body.validation.best ? "  best so far" : "");
}

static void add_generation(yd_text *text, const yd_event *event)
{
    char reason[128];
    int number = event->body.generation.number, end = event->body.generation.end;
    yd_event_field(event->body.generation.failed, sizeof event->body.generation.failed, reason);
    if (!event->body.generation.done)
        yd_text_addf(text, "generation %d/%d begins\n", number, end - 1);
    else if (reason[0])
        yd_text_addf(text, "generation %d/%d failed: %s\n", number, end - 1, reason);
    else
        yd_text_addf(text, "generation %d/%d: fitness %.4g  mAP@.5 %.4g  mAP@.5:.95 %.4g  (%.1f s)%s\n",
                     number, end - 1, (double)event->body.generation.fitness,
                     (double)event->body.generation.map50, (double)event->body.generation.map50_95,
                     (double)event->body.generation.seconds,
                     event->body.generation.best ? "  best so far" : "");
}

/* The pieces of a line, until it is whole. False: more is to come. */
static bool gather_log(yd_event_text *own, const yd_event *event)
{
    char piece[128];
    yd_text_add(&own->log_line, yd_event_field(event->body.log.text, sizeof event->body.log.text, piece));
    return !event->body.log.more || own->log_line.length > LONGEST_LINE;
}

static void add_log(yd_event_text *own, yd_text *text, const yd_event *event)
{
    static const char *const marks[] = {"debug: ", "", "warning: ", "error: "};
    if (!gather_log(own, event)) return;
    yd_text_addf(text, "%s%s\n", marks[event->body.log.level & 3],
                 own->log_line.data ? own->log_line.data : "");
    yd_text_clear(&own->log_line);
}

static void add_line(yd_event_text *own, const yd_event *event, const yd_status_block *block, yd_text *text)
{
    char name[128];
    switch ((yd_event_type)event->type) {
    case YD_EVENT_STEP:
        add_step(own, text, event, block);
        break;
    case YD_EVENT_EPOCH:
        add_epoch(text, event);
        break;
    case YD_EVENT_VALIDATION:
        add_validation(text, event);
        break;
    case YD_EVENT_SAVED:
        yd_text_addf(text, "saved weights/%s\n",
                     yd_event_field(event->body.saved.name, sizeof event->body.saved.name, name));
        break;
    case YD_EVENT_ROLLBACK:
        yd_text_addf(text, "went back to weights/%s: epoch %d, batch %d\n",
                     yd_event_field(event->body.rollback.name, sizeof event->body.rollback.name, name),
                     event->body.rollback.epoch, event->body.rollback.batch);
        break;
    case YD_EVENT_GENERATION:
        add_generation(text, event);
        break;
    case YD_EVENT_LOG:
        add_log(own, text, event);
        break;
    default: /* an alert is a line of the log too */
        break;
    }
}

void yd_event_text_line(yd_event_text *own, const yd_event *event, const yd_status_block *block,
                        yd_text *text)
{
    yd_text raw = {0};
    add_line(own, event, block, &raw);
    if (raw.length && !raw.failed) {
        char shown[4 * LONGEST_LINE];
        raw.data[raw.length - 1] = '\0'; /* its newline is ours */
        yd_text_addf(text, "%s\n", yd_escape(shown, sizeof shown, raw.data));
    }
    yd_text_free(&raw);
}

/* NAN, which JSON has as null, where the run does not end. */
static double exit_code_of(const yd_event_body *body)
{
    bool ends = body->state.to == YD_RUN_DONE || body->state.to == YD_RUN_FAILED;
    return ends ? (double)body->state.exit_code : NAN;
}

static void add_fields(const yd_event_text *own, yd_json *json, const yd_event *event)
{
    const yd_event_body *body = &event->body;
    char copy[128];
#define TEXT_OF(field) yd_event_field(field, sizeof(field), copy)
#define ALL_OF(array)  array, (int)(sizeof(array) / sizeof *(array))
#define YD_FIELD(kind_of_event, name, kind, value, unit, meaning)                                            \
    if (event->type == YD_EVENT_##kind_of_event) yd_json_##kind(json, #name, value);
#include "event/fields.def"
#undef YD_FIELD
#undef ALL_OF
#undef TEXT_OF
}

void yd_event_text_open(yd_json *json, yd_text *text, const char *event, int64_t wall_ns)
{
    yd_json_start(json, text);
    yd_json_open(json, NULL, '{');
    yd_json_string(json, "event", event);
    yd_json_time(json, "time", wall_ns);
}

void yd_event_text_close(yd_json *json)
{
    yd_json_close(json, '}');
    yd_text_add(json->text, "\n");
}

void yd_event_text_json(yd_event_text *own, const yd_event *event, yd_text *text)
{
    yd_json json;
    if (event->type == YD_EVENT_LOG && !gather_log(own, event)) return;
    yd_event_text_open(&json, text, yd_event_name(event->type), event->wall_ns);
    add_fields(own, &json, event);
    yd_event_text_close(&json);
    if (event->type == YD_EVENT_LOG) yd_text_clear(&own->log_line);
}

void yd_event_text_json_lost(yd_event_text *own, uint64_t count, int64_t wall_ns, yd_text *text)
{
    yd_json json;
    yd_event_text_lost(own);
    yd_event_text_open(&json, text, "lost", wall_ns);
    yd_json_integer(&json, "count", (int64_t)count);
    yd_event_text_close(&json);
}
