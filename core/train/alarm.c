#include "train/alarm.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory_room.h"
#include "base/text.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct watchdog {
    const char *name;
    yd_log_level level;
    const char *meaning;
} watchdogs[YD_WATCHDOG_COUNT] = {
#define YD_WATCHDOG(enumerator, name, level, meaning) {#name, (yd_log_level)(level), meaning},
#include "event/watchdogs.def"
#undef YD_WATCHDOG
};

static int find_watchdog(const char *name, size_t length)
{
    for (int i = 0; i < YD_WATCHDOG_COUNT; i++)
        if (strlen(watchdogs[i].name) == length && strncmp(watchdogs[i].name, name, length) == 0) return i;
    return -1;
}

static yd_status read_list(const char *list, const char *option, unsigned *bits, yd_error *error)
{
    char known[256] = "all";
    for (int i = 0; i < YD_WATCHDOG_COUNT; i++)
        snprintf(known + strlen(known), sizeof known - strlen(known), ", %s", watchdogs[i].name);
    *bits = 0;
    for (const char *word = list; *word;) {
        size_t length = strcspn(word, ", ");
        int found = find_watchdog(word, length);
        if (length == 3 && strncmp(word, "all", 3) == 0)
            *bits |= (1u << YD_WATCHDOG_COUNT) - 1;
        else if (found >= 0)
            *bits |= 1u << found;
        else if (length)
            return yd_fail(error, YD_ERR_USAGE, "%s: \"%.*s\" is no watchdog; there are %s", option,
                           (int)length, word, known);
        word += length + (word[length] != '\0');
    }
    return YD_OK;
}

yd_status yd_alarm_configure(yd_alarm *alarm, const yd_options *options, yd_error *error)
{
    YD_TRY(read_list(options->watch_off, "--watch-off", &alarm->off, error));
    YD_TRY(read_list(options->watch_pause, "--watch-pause", &alarm->pause, error));
    return options->hook[0] ? yd_hook_check(options->hook, error) : YD_OK;
}

yd_status yd_alarm_open(yd_alarm *alarm, yd_ring *ring, const char *hook, const char *folder, yd_error *error)
{
    alarm->ring = ring;
    return hook[0] ? yd_hook_create(hook, folder, &alarm->hook, error) : YD_OK;
}

void yd_alarm_close(yd_alarm *alarm)
{
    yd_hook_destroy(alarm->hook);
    alarm->hook = NULL;
}

/* Where an alert goes. Called by both threads. */
static void tell(yd_alarm *alarm, yd_watchdog kind, yd_watch_edge edge, int64_t step, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
static void tell(yd_alarm *alarm, yd_watchdog kind, yd_watch_edge edge, int64_t step, const char *format, ...)
{
    char text[256];
    bool ends = edge == YD_WATCH_ENDS;
    if (edge == YD_WATCH_SAME || alarm->off & (1u << kind)) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    yd_log_level level = ends ? YD_LOG_INFO : watchdogs[kind].level;
    yd_event_body body = {
        .alert = {.step = step, .watchdog = (uint16_t)kind, .level = (uint16_t)level, .ends = ends}};
    yd_copy_text(body.alert.text, sizeof body.alert.text, text);
    yd_ring_publish(alarm->ring, YD_EVENT_ALERT, &body);
    yd_log(level, "%s", text);
    yd_hook_call(alarm->hook, watchdogs[kind].name, ends, text);
    /* Released with what the alert said; the training thread acquires it. */
    if (!ends && alarm->pause & (1u << kind))
        atomic_fetch_or_explicit(&alarm->wants_pause, 1u << kind, memory_order_release);
}

static void look_at_losses(yd_alarm *alarm, const yd_step_report *report)
{
    double loss = report->box + report->obj + report->cls;
    yd_watch_edge edge = yd_watch_nan_step(&alarm->nan, loss);
    tell(alarm, YD_WATCHDOG_NAN, edge, report->step,
         edge == YD_WATCH_ENDS ? "the loss is finite again (epoch %d, batch %d)"
                               : "the loss is not finite (epoch %d, batch %d)",
         report->epoch, report->batch);
    edge = yd_watch_spike_step(&alarm->spike, loss);
    if (edge == YD_WATCH_ENDS)
        tell(alarm, YD_WATCHDOG_SPIKE, edge, report->step, "the loss is back at %.4g", loss);
    else
        tell(alarm, YD_WATCHDOG_SPIKE, edge, report->step,
             "the loss jumped to %.4g, usual is %.4g (epoch %d, batch %d)", loss, alarm->spike.usual,
             report->epoch, report->batch);
}

void yd_alarm_step(yd_alarm *alarm, const yd_step_report *report, double waited)
{
    look_at_losses(alarm, report);
    yd_watch_edge edge = yd_watch_loader_step(&alarm->loader, waited, report->total_seconds);
    double share = 100 * yd_watch_loader_share(&alarm->loader);
    if (edge == YD_WATCH_ENDS)
        tell(alarm, YD_WATCHDOG_LOADER, edge, report->step,
             "training waits for pictures no more: %.0f %% of the time", share);
    else
        tell(alarm, YD_WATCHDOG_LOADER, edge, report->step,
             "training waits for pictures %.0f %% of the time: more --workers, or --cache, may help", share);
}

void yd_alarm_validation(yd_alarm *alarm, int epoch, int64_t step, double loss)
{
    if (isfinite(loss)) return;
    yd_watch_edge edge = yd_watch_nan_step(&alarm->nan, loss);
    tell(alarm, YD_WATCHDOG_NAN, edge, step, "the loss of the validation is not finite (epoch %d)", epoch);
}

void yd_alarm_forget(yd_alarm *alarm)
{
    bool not_finite = alarm->nan.on, spike = alarm->spike.on;
    alarm->nan = (yd_watch_nan){0};
    alarm->spike = (yd_watch_spike){0};
    if (not_finite)
        tell(alarm, YD_WATCHDOG_NAN, YD_WATCH_ENDS, -1, "the loss is finite again: the run went back");
    if (spike) tell(alarm, YD_WATCHDOG_SPIKE, YD_WATCH_ENDS, -1, "the loss is back: the run went back");
}

static void look_for_stall(yd_alarm *alarm, const yd_pulse *pulse, int64_t now)
{
    bool expected = pulse->state == YD_RUN_TRAIN || pulse->state == YD_RUN_VALIDATE;
    yd_watch_edge edge =
        yd_watch_stall_look(&alarm->stall, now, expected, pulse->sign_ns, pulse->batch_seconds);
    if (edge == YD_WATCH_ENDS)
        tell(alarm, YD_WATCHDOG_STALL, edge, pulse->step, "batches are finished again");
    else
        tell(alarm, YD_WATCHDOG_STALL, edge, pulse->step,
             "no batch was finished for %.0f s, usual is %.3g s (%s)", (double)(now - pulse->sign_ns) * 1e-9,
             pulse->batch_seconds, yd_run_state_name(pulse->state));
}

static void look_at_memory(yd_alarm *alarm, const yd_pulse *pulse, int64_t now)
{
    static const int64_t often = 2000000000;
    int64_t available, total;
    if (alarm->memory_looked_ns && now - alarm->memory_looked_ns < often) return;
    alarm->memory_looked_ns = now;
    if (!yd_memory_room("", &available, &total)) return;
    yd_watch_edge edge = yd_watch_memory_look(&alarm->memory, available, total);
    tell(alarm, YD_WATCHDOG_MEMORY, edge, pulse->step, "memory: %.3g GB of %.3g GB are left%s",
         (double)available / 1e9, (double)total / 1e9,
         edge == YD_WATCH_ENDS ? "" : "; the system may end the run");
}

void yd_alarm_look(yd_alarm *alarm, const yd_pulse *pulse)
{
    int64_t now = yd_clock_ns();
    look_for_stall(alarm, pulse, now);
    yd_watch_edge edge = yd_watch_disk_look(&alarm->disk, pulse->disk_free_bytes, pulse->checkpoint_bytes);
    tell(alarm, YD_WATCHDOG_DISK, edge, pulse->step,
         edge == YD_WATCH_ENDS ? "the disk has room again: %.3g GB, a checkpoint takes %.3g GB"
                               : "the disk is short: %.3g GB are free, a checkpoint takes %.3g GB",
         (double)pulse->disk_free_bytes / 1e9, (double)pulse->checkpoint_bytes / 1e9);
    look_at_memory(alarm, pulse, now);
}

void yd_alarm_tell(yd_alarm *alarm, const char *kind, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    yd_hook_call(alarm->hook, kind, false, text);
}

int yd_alarm_take_pause(yd_alarm *alarm)
{
    unsigned wanted = atomic_exchange_explicit(&alarm->wants_pause, 0, memory_order_acquire);
    return wanted ? __builtin_ctz(wanted) : -1;
}
