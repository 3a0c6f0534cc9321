/* The watchdogs of a run (event/watchdogs.def) and where their alerts go: an event, a line of the log, the
 * user's hook, and, where that is wanted, a pause. The training thread tells of its steps, the engine's main
 * thread looks at all else; each has the detectors of its own. */
#pragma once
#include "config/options.h"
#include "event/ring.h"
#include "train/hook.h"
#include "train/telemetry.h"
#include "train/watch.h"
#include <stdatomic.h>

typedef struct yd_alarm {
    yd_ring *ring;
    yd_hook *hook;           /* NULL: none */
    unsigned off, pause;     /* bits of yd_watchdog */
    atomic_uint wants_pause; /* bits of those that have just asked for one */

    yd_watch_nan nan; /* of the training thread */
    yd_watch_spike spike;
    yd_watch_loader loader;

    yd_watch_stall stall; /* of the main thread */
    yd_watch_room disk, memory;
    int64_t memory_looked_ns;
} yd_alarm;

/* Reads --watch-off and --watch-pause, and looks whether there is such a --hook. USAGE, naming the watchdogs
 * that there are; CONFIG. */
yd_status yd_alarm_configure(yd_alarm *alarm, const yd_options *options, yd_error *error);
/* From when on the run folder is there. CONFIG where the hook is no program. */
yd_status yd_alarm_open(yd_alarm *alarm, yd_ring *ring, const char *hook, const char *folder,
                        yd_error *error);
void yd_alarm_close(yd_alarm *alarm);

/* By the training thread, after each batch: its loss, the seconds that it waited for pictures, and all of its
 * seconds. */
void yd_alarm_step(yd_alarm *alarm, const yd_step_report *report, double waited);
/* By the training thread, after a validation: the sum of its losses. */
void yd_alarm_validation(yd_alarm *alarm, int epoch, int64_t step, double loss);
/* By the training thread: the run went back, what losses were before counts no more. */
void yd_alarm_forget(yd_alarm *alarm);
/* By the main thread, a few times a second. */
void yd_alarm_look(yd_alarm *alarm, const yd_pulse *pulse);
/* News that no watchdog stands for ("best", "finished"): to the hook. */
void yd_alarm_tell(yd_alarm *alarm, const char *kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* By the training thread: the watchdog that wants the run to be paused, once; -1: none. */
int yd_alarm_take_pause(yd_alarm *alarm);
