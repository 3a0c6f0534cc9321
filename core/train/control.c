#include "train/control.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "train/save.h"
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define IN(state) (1u << YD_RUN_##state)

typedef void handler(yd_run *run, yd_command *command);
static handler pause_run, resume_run, save_run, stop_run, set_value, validate_run;

/* What is legal when. A command that is legal but has to wait (for a batch, an optimizer step) is answered
 * when it is done. */
static const struct rule {
    unsigned states;
    handler *handle;
} rules[YD_COMMAND_COUNT] = {
    [YD_COMMAND_PAUSE] = {IN(TRAIN) | IN(VALIDATE) | IN(SAVE), pause_run},
    [YD_COMMAND_RESUME] = {IN(PAUSED) | IN(TRAIN) | IN(VALIDATE), resume_run},
    [YD_COMMAND_SAVE] = {IN(TRAIN) | IN(PAUSED) | IN(VALIDATE) | IN(SAVE), save_run},
    [YD_COMMAND_STOP] = {IN(TRAIN) | IN(PAUSED) | IN(VALIDATE) | IN(SAVE), stop_run},
    [YD_COMMAND_SET] = {IN(TRAIN) | IN(PAUSED) | IN(VALIDATE) | IN(SAVE), set_value},
    [YD_COMMAND_VALIDATE] = {IN(TRAIN) | IN(PAUSED) | IN(VALIDATE), validate_run},
};

void yd_control_answer(yd_run *run, yd_command *asker, bool done, const char *format, ...)
{
    if (!asker->ticket || !run->server) return;
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    yd_server_answer(run->server, asker, done, text);
    asker->ticket = 0;
}

void yd_control_refuse_all(yd_run *run, const char *reason)
{
    yd_requests *requests = &run->requests;
    yd_command *askers[] = {&requests->save_asker, &requests->validate_asker, &requests->pause_asker,
                            &requests->stop_asker};
    for (size_t i = 0; i < sizeof askers / sizeof *askers; i++)
        yd_control_answer(run, askers[i], false, "%s", reason);
}

/* Keeps the asker until its moment; one that waited already is told that another asked again. */
static void keep_asker(yd_run *run, yd_command *kept, const yd_command *command)
{
    yd_control_answer(run, kept, true, "asked again; still waiting");
    *kept = *command;
}

static void pause_run(yd_run *run, yd_command *command)
{
    run->requests.pause = true;
    keep_asker(run, &run->requests.pause_asker, command);
}

static void resume_run(yd_run *run, yd_command *command)
{
    if (!run->requests.pause) {
        yd_control_answer(run, command, false, "the run is not paused");
        return;
    }
    run->requests.pause = false;
    yd_control_answer(run, &run->requests.pause_asker, false, "resumed before the pause began");
    yd_control_answer(run, command, true, "resumed");
}

static void save_run(yd_run *run, yd_command *command)
{
    run->requests.save = true;
    keep_asker(run, &run->requests.save_asker, command);
}

static void validate_run(yd_run *run, yd_command *command)
{
    run->requests.validate = true;
    keep_asker(run, &run->requests.validate_asker, command);
}

static void stop_run(yd_run *run, yd_command *command)
{
    static const char *const names[] = {
        [YD_STOP_NOW] = "now", [YD_STOP_EPOCH] = "epoch", [YD_STOP_FINAL] = "final"};
    for (int stop = YD_STOP_NOW; stop <= YD_STOP_FINAL; stop++) {
        if (strcmp(command->argument, names[stop]) != 0) continue;
        run->requests.stop = (yd_stop)stop;
        if (stop == YD_STOP_NOW)
            keep_asker(run, &run->requests.stop_asker, command);
        else
            yd_control_answer(run, command, true, "stops after epoch %d%s%s", run->progress.epoch,
                              stop == YD_STOP_FINAL ? " and a final validation" : "",
                              run->requests.pause ? ", once the pause is over" : "");
        yd_log(YD_LOG_INFO, "stop asked for: %s", command->argument);
        return;
    }
    yd_control_answer(run, command, false, "stop must be now, epoch or final, found \"%s\"",
                      command->argument);
}

/* A line of the ledger for each change; a ledger that cannot be written costs a warning, not the run. */
static void write_ledger(yd_run *run, const char *name, int64_t from, int64_t to)
{
    yd_text line = {0};
    yd_json json;
    char path[4200];
    yd_error error;
    yd_json_start(&json, &line);
    yd_json_open(&json, NULL, '{');
    yd_json_integer(&json, "step", (int64_t)run->progress.epoch * run->batches + run->progress.batch);
    yd_json_string(&json, "name", name);
    yd_json_integer(&json, "old", from);
    yd_json_integer(&json, "new", to);
    yd_json_close(&json, '}');
    yd_text_add(&line, "\n");
    snprintf(path, sizeof path, "%s/tweaks.jsonl", run->folder);
    if (line.failed || yd_file_append(path, line.data, line.length, &error) != YD_OK)
        yd_log(YD_LOG_WARNING, "the change of %s is not in the ledger: %s", name,
               line.failed ? "no memory" : error.message);
    yd_text_free(&line);
}

static void change(yd_run *run, const char *name, int *place, int64_t value)
{
    int from = *place;
    *place = (int)value;
    yd_status_block *block = yd_telemetry_lock(&run->telemetry);
    block->save_period = run->options.save_period;
    block->patience = run->options.patience;
    yd_telemetry_unlock(&run->telemetry);
    write_ledger(run, name, from, value);
    yd_event_body body = {
        .changed = {.step = (int64_t)run->progress.epoch * run->batches + run->progress.batch,
                    .from = from,
                    .to = (double)value}};
    yd_copy_text(body.changed.name, sizeof body.changed.name, name);
    yd_ring_publish(run->ring, YD_EVENT_CHANGED, &body);
    yd_log(YD_LOG_INFO, "%s %d -> %" PRId64, name, from, value);
}

static void set_value(yd_run *run, yd_command *command)
{
    const struct tweak {
        const char *name;
        int64_t low, high;
        int *place;
    } tweaks[] = {
#define YD_TWEAK(tweak, low, high, meaning) {#tweak, low, high, &run->options.tweak},
#include "train/tweaks.def"
#undef YD_TWEAK
    };
    char name[64] = "", text[64] = "", rest[2] = "";
    int fields = sscanf(command->argument, "%63s %63s %1s", name, text, rest);
    for (char *c = name; *c; c++)
        if (*c == '-') *c = '_';
    for (size_t i = 0; i < sizeof tweaks / sizeof *tweaks; i++) {
        const struct tweak *tweak = &tweaks[i];
        if (strcmp(name, tweak->name) != 0) continue;
        int64_t value;
        if (fields != 2 || !yd_parse_int(text, &value) || value < tweak->low || value > tweak->high) {
            yd_control_answer(run, command, false,
                              "%s must be a whole number from %" PRId64 " to %" PRId64 ", found \"%s\"", name,
                              tweak->low, tweak->high, text);
            return;
        }
        if (strcmp(name, "save_period") == 0 && value == 0) value = -1;
        change(run, tweak->name, tweak->place, value);
        yd_control_answer(run, command, true, "%s is %" PRId64, name, value);
        return;
    }
    yd_control_answer(run, command, false, "\"%s\" cannot be changed live; save_period and patience can",
                      name);
}

void yd_control_poll(yd_run *run)
{
    yd_command command;
    yd_save_settle(run, false);
    while (run->server && yd_server_take(run->server, &command)) {
        yd_run_state state = yd_telemetry_get_state(&run->telemetry);
        const struct rule *rule = command.type < YD_COMMAND_COUNT ? &rules[command.type] : NULL;
        if (!rule || !rule->handle)
            yd_control_answer(run, &command, false, "this is no command of the training thread");
        else if (!(rule->states & (1u << state)))
            yd_control_answer(run, &command, false, "not while the run is in state %s",
                              yd_run_state_name(state));
        else
            rule->handle(run, &command);
    }
    if (run->stop_signal && atomic_load_explicit(run->stop_signal, memory_order_relaxed) &&
        run->requests.stop != YD_STOP_NOW) {
        run->requests.stop = YD_STOP_NOW;
        yd_log(YD_LOG_INFO, "signal %d: saving and stopping",
               atomic_load_explicit(run->stop_signal, memory_order_relaxed));
    }
}

void yd_control_wait(yd_run *run)
{
    enum { WAIT_MS = 200 };
    if (run->server)
        yd_server_wait(run->server, WAIT_MS);
    else
        nanosleep(&(struct timespec){.tv_nsec = WAIT_MS * 1000000L}, NULL);
    yd_control_poll(run);
}
