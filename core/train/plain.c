#include "train/plain.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "base/thread.h"
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { READ_AT_ONCE = 64, PAUSE_MS = 100, FINISH_MS = 2000 };
static const int64_t line_every_ns = 2000000000; /* of step lines: at most one in two seconds */

struct yd_plain {
    yd_ring_reader *reader;
    pthread_t thread;
    atomic_bool finish, gone; /* gone: nobody reads standard output any more */
    bool json;
    int64_t last_step_line_ns, deadline_ns;
    yd_text log_line; /* pieces of a line that comes in several records */
};

/* All or nothing matters less than never hanging: after the run is over a reader has two seconds. */
static void put(yd_plain *plain, const char *data, size_t length)
{
    while (length && !atomic_load_explicit(&plain->gone, memory_order_relaxed)) {
        struct pollfd file = {.fd = STDOUT_FILENO, .events = POLLOUT};
        int ready = poll(&file, 1, PAUSE_MS);
        bool ending = atomic_load_explicit(&plain->finish, memory_order_relaxed);
        if (ready == 0 && ending && yd_clock_ns() > plain->deadline_ns) atomic_store(&plain->gone, true);
        if (ready <= 0) continue;
        ssize_t written = (file.revents & (POLLERR | POLLNVAL)) ? -1 : write(STDOUT_FILENO, data, length);
        if (written < 0 && errno != EINTR && errno != EAGAIN) atomic_store(&plain->gone, true);
        if (written > 0) data += written, length -= (size_t)written;
    }
}

static void duration(char *out, size_t capacity, double seconds)
{
    if (!isfinite(seconds)) {
        yd_copy_text(out, capacity, "--:--:--");
        return;
    }
    long s = (long)seconds;
    snprintf(out, capacity, "%02ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
}

static void add_step(yd_plain *plain, yd_text *text, const yd_event *event)
{
    yd_status_block block;
    int64_t now = yd_clock_ns();
    if (now - plain->last_step_line_ns < line_every_ns || !yd_ring_status(plain->reader, &block)) return;
    /* The block moves on: a line shows one moment, or none. */
    if (block.epoch != event->body.step.epoch || block.batch != event->body.step.batch) return;
    plain->last_step_line_ns = now;
    char eta[32];
    duration(eta, sizeof eta, block.eta_seconds);
    yd_text_addf(text, "epoch %d/%d  batch %d/%d  box %.4g  obj %.4g  cls %.4g  lr %.3g  %.1f im/s  ETA %s\n",
                 event->body.step.epoch, block.epochs - 1, event->body.step.batch + 1, block.batches,
                 (double)block.loss_box, (double)block.loss_obj, (double)block.loss_cls,
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

/* The pieces of a line, until it is whole. False: more is to come. */
static bool gather_log(yd_plain *plain, const yd_event *event)
{
    char piece[sizeof event->body.log.text + 1];
    memcpy(piece, event->body.log.text, sizeof event->body.log.text);
    piece[sizeof piece - 1] = 0;
    yd_text_add(&plain->log_line, piece);
    return !event->body.log.more;
}

static void add_line(yd_plain *plain, yd_text *text, const yd_event *event)
{
    static const char *const marks[] = {"debug: ", "", "warning: ", "error: "};
    switch ((yd_event_type)event->type) {
    case YD_EVENT_STEP:
        add_step(plain, text, event);
        break;
    case YD_EVENT_EPOCH:
        add_epoch(text, event);
        break;
    case YD_EVENT_VALIDATION:
        add_validation(text, event);
        break;
    case YD_EVENT_SAVED:
        yd_text_addf(text, "saved weights/%s\n", event->body.saved.name);
        break;
    case YD_EVENT_LOG:
        if (!gather_log(plain, event)) break;
        yd_text_addf(text, "%s%s\n", marks[event->body.log.level & 3],
                     plain->log_line.data ? plain->log_line.data : "");
        yd_text_clear(&plain->log_line);
        break;
    default:
        break;
    }
}

static void add_losses(yd_json *json, float box, float obj, float cls, float total, const float lr[3])
{
    yd_json_number(json, "box", (double)box);
    yd_json_number(json, "obj", (double)obj);
    yd_json_number(json, "cls", (double)cls);
    yd_json_number(json, "total", (double)total);
    yd_json_open(json, "lr", '[');
    for (int i = 0; i < 3; i++) yd_json_number(json, NULL, (double)lr[i]);
    yd_json_close(json, ']');
}

static void add_metrics(yd_json *json, const yd_event_body *body)
{
    yd_json_number(json, "precision", (double)body->validation.precision);
    yd_json_number(json, "recall", (double)body->validation.recall);
    yd_json_number(json, "map50", (double)body->validation.map50);
    yd_json_number(json, "map50_95", (double)body->validation.map50_95);
    yd_json_number(json, "fitness", (double)body->validation.fitness);
    yd_json_number(json, "val_box", (double)body->validation.box);
    yd_json_number(json, "val_obj", (double)body->validation.obj);
    yd_json_number(json, "val_cls", (double)body->validation.cls);
    yd_json_number(json, "seconds", (double)body->validation.seconds);
}

static void add_body(yd_plain *plain, yd_json *json, const yd_event *event)
{
    const yd_event_body *body = &event->body;
    switch ((yd_event_type)event->type) {
    case YD_EVENT_STATE:
        yd_json_string(json, "from", yd_run_state_name(body->state.from));
        yd_json_string(json, "to", yd_run_state_name(body->state.to));
        break;
    case YD_EVENT_STEP:
        yd_json_integer(json, "step", body->step.step);
        yd_json_integer(json, "epoch", body->step.epoch);
        yd_json_integer(json, "batch", body->step.batch);
        add_losses(json, body->step.box, body->step.obj, body->step.cls, body->step.total, body->step.lr);
        yd_json_number(json, "images_per_second", (double)body->step.images_per_second);
        break;
    case YD_EVENT_EPOCH:
        yd_json_integer(json, "epoch", body->epoch.epoch);
        add_losses(json, body->epoch.box, body->epoch.obj, body->epoch.cls, body->epoch.total,
                   body->epoch.lr);
        break;
    case YD_EVENT_VALIDATION:
        yd_json_integer(json, "epoch", body->validation.epoch);
        yd_json_bool(json, "best", body->validation.best);
        add_metrics(json, body);
        break;
    case YD_EVENT_SAVED:
        yd_json_integer(json, "epoch", body->saved.epoch);
        yd_json_string(json, "name", body->saved.name);
        break;
    case YD_EVENT_PICTURE:
        yd_json_integer(json, "epoch", body->picture.epoch);
        yd_json_string(json, "name", body->picture.name);
        break;
    case YD_EVENT_CHANGED:
        yd_json_integer(json, "step", body->changed.step);
        yd_json_string(json, "name", body->changed.name);
        yd_json_number(json, "old", body->changed.from);
        yd_json_number(json, "new", body->changed.to);
        break;
    case YD_EVENT_LOG:
        yd_json_integer(json, "level", body->log.level);
        yd_json_string(json, "text", plain->log_line.data ? plain->log_line.data : "");
        break;
    case YD_EVENT_COUNT:
        break;
    }
}

static void add_json(yd_plain *plain, yd_text *text, const yd_event *event)
{
    yd_json json;
    if (event->type == YD_EVENT_LOG && !gather_log(plain, event)) return;
    yd_json_start(&json, text);
    yd_json_open(&json, NULL, '{');
    yd_json_string(&json, "event", yd_event_name(event->type));
    yd_json_time(&json, "time", event->wall_ns);
    add_body(plain, &json, event);
    yd_json_close(&json, '}');
    yd_text_add(text, "\n");
    if (event->type == YD_EVENT_LOG) yd_text_clear(&plain->log_line);
}

static int print_new(yd_plain *plain)
{
    yd_event events[READ_AT_ONCE];
    yd_text text = {0};
    uint64_t lost = 0;
    int count = yd_ring_read(plain->reader, events, READ_AT_ONCE, &lost);
    if (lost && !plain->json)
        yd_text_addf(&text, "(%llu events were not printed: the output is too slow)\n",
                     (unsigned long long)lost);
    for (int i = 0; i < count; i++) (plain->json ? add_json : add_line)(plain, &text, &events[i]);
    if (text.length) put(plain, text.data, text.length);
    yd_text_free(&text);
    return count;
}

static void *print(void *context)
{
    yd_plain *plain = context;
    while (!atomic_load(&plain->gone)) {
        bool finish = atomic_load(&plain->finish);
        if (print_new(plain)) continue;
        if (finish) break;
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
    return NULL;
}

yd_plain *yd_plain_start(yd_ring *ring, bool json)
{
    yd_plain *plain = calloc(1, sizeof *plain);
    if (!plain) return NULL;
    plain->json = json;
    if (yd_ring_open(yd_ring_descriptor(ring), &plain->reader, NULL) != YD_OK ||
        yd_thread_start(&plain->thread, "printer", print, plain, NULL) != YD_OK) {
        if (plain->reader) yd_ring_close(plain->reader);
        free(plain);
        return NULL;
    }
    return plain;
}

void yd_plain_finish(yd_plain *plain)
{
    if (!plain) return;
    plain->deadline_ns = yd_clock_ns() + (int64_t)FINISH_MS * 1000000;
    atomic_store(&plain->finish, true);
    pthread_join(plain->thread, NULL);
    yd_ring_close(plain->reader);
    yd_text_free(&plain->log_line);
    free(plain);
}
