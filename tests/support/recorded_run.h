/* A run that is the same every time: its files, and what its engine published, played through a real event
 * ring under a fake clock. For stored screens, and for whatever else has to be the same to the last digit. */
#pragma once
#include "event/ring.h"
#include "tui/state.h"

enum { YD_RECORDED_EPOCHS = 20, YD_RECORDED_BATCHES = 40 };

typedef struct yd_recorded_run {
    char folder[4200]; /* train/exp3 below the test's, beside the ended runs exp and exp2 */
    yd_ring *ring;
    yd_ring_reader *reader;
    yd_run_view *view; /* the caller's */
    yd_status_block block;
    int64_t step; /* steps published */
    int64_t now_ns, wall_ns;
} yd_recorded_run;

/* A run folder below the test's, with the files of the epochs before `epoch`, and the clocks frozen at the
 * moment when the console attaches: 2026-03-14 12:00:00 UTC and what the epochs took. */
void yd_recorded_run_open(yd_recorded_run *run, int epoch);
/* view: takes all that was published until then. */
void yd_recorded_run_watch(yd_recorded_run *run, yd_run_view *view);
/* Publishes so many steps (250 ms each), with the epochs' ends, validations and saves between them, and lets
 * the view take it in four times a second. */
void yd_recorded_run_play(yd_recorded_run *run, int steps);
/* The step machine moves. */
void yd_recorded_run_move(yd_recorded_run *run, yd_run_state state, int exit_code);
/* Time passes without anything happening; the heartbeat goes on where beats. */
void yd_recorded_run_rest(yd_recorded_run *run, double seconds, bool beats);
void yd_recorded_run_log(yd_recorded_run *run, int level, const char *line);
/* Frees it and lets the clocks run. The view stays. */
void yd_recorded_run_close(yd_recorded_run *run);
