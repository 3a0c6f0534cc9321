/* Where an engine's log lines go: to the event ring, and with the time to RUN/train.log. */
#pragma once
#include "base/text.h"
#include "event/ring.h"
#include <pthread.h>

typedef struct yd_run_log {
    yd_ring *ring;
    pthread_mutex_t guard; /* of what follows: any thread logs */
    yd_text early;         /* lines from before the folder was known */
    char path[4200];       /* "": not known yet */
} yd_run_log;

/* Receives all lines of the process from now on; log must stay where it is. */
void yd_run_log_start(yd_run_log *log, yd_ring *ring);
/* The run folder is known. */
void yd_run_log_open(yd_run_log *log, const char *folder);
void yd_run_log_stop(yd_run_log *log);
