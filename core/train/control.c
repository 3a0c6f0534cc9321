#include "train/control.h"
#include "base/clock.h"
#include "base/log.h"
#include "train/save.h"
#include "train/studio.h"
#include "train/tweaks.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define IN(state) (1u << YD_RUN_##state)

typedef void handler(yd_run *run, yd_command *command);
static handler pause_run, resume_run, save_run, stop_run, validate_run, roll_back;

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
    [YD_COMMAND_SET] = {IN(TRAIN) | IN(PAUSED) | IN(VALIDATE) | IN(SAVE), yd_tweaks_command},
    [YD_COMMAND_ROLLBACK] = {IN(TRAIN) | IN(PAUSED) | IN(VALIDATE), roll_back},
    [YD_COMMAND_VALIDATE] = {IN(TRAIN) | IN(PAUSED) | IN(VALIDATE), validate_run},
};

void yd_control_answer(yd_run *run, yd_command *asker, bool done, const char *format, ...)
{
    if (!asker->ticket || !run->port.answer) return;
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    run->port.answer(run->port.context, asker, done, text);
    asker->ticket = 0;
}

void yd_control_refuse_all(yd_run *run, const char *reason)
{
    yd_requests *requests = &run->requests;
    yd_command *askers[] = {&requests->save_asker, &requests->validate_asker, &requests->pause_asker,
                            &requests->stop_asker, &requests->rollback_asker};
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

static void roll_back(yd_run *run, yd_command *command)
{
    run->requests.rollback = true;
    keep_asker(run, &run->requests.rollback_asker, command);
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
        else if (run->generation && stop == YD_STOP_FINAL)
            yd_control_answer(run, command, true, "stops when generation %d is done%s",
                              run->generation->order.number,
                              run->requests.pause ? ", once the pause is over" : "");
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

void yd_control_poll(yd_run *run)
{
    yd_command command;
    yd_save_settle(run, false);
    yd_studio_settle(run, false);
    while (run->port.take && run->port.take(run->port.context, &command)) {
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
    int watchdog = yd_alarm_take_pause(&run->alarm);
    if (watchdog >= 0 && !run->requests.pause) {
        run->requests.pause = true;
        yd_log(YD_LOG_WARNING, "pausing: the watchdog %s asks for it", yd_watchdog_name((uint32_t)watchdog));
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
    if (run->port.wait)
        run->port.wait(run->port.context, WAIT_MS);
    else
        nanosleep(&(struct timespec){.tv_nsec = WAIT_MS * 1000000L}, NULL);
    yd_control_poll(run);
}
