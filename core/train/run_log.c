#include "train/run_log.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include <stdio.h>

static void receive(void *context, yd_log_level level, const char *line)
{
    yd_run_log *log = context;
    static const char *const marks[] = {"debug: ", "", "warning: ", "error: "};
    char stamped[2048], stamp[YD_STAMP];
    int length = snprintf(stamped, sizeof stamped, "%s %s%s", yd_wall_stamp(yd_wall_clock_ns(), stamp),
                          marks[level], line);
    if (length >= (int)sizeof stamped - 1) length = (int)sizeof stamped - 2;
    stamped[length++] = '\n';
    stamped[length] = 0;
    yd_ring_log(log->ring, (int)level, line);
    pthread_mutex_lock(&log->guard);
    if (log->path[0])
        yd_file_append(log->path, stamped, (size_t)length, NULL);
    else
        yd_text_add(&log->early, stamped);
    pthread_mutex_unlock(&log->guard);
}

void yd_run_log_start(yd_run_log *log, yd_ring *ring)
{
    *log = (yd_run_log){.ring = ring, .guard = PTHREAD_MUTEX_INITIALIZER};
    yd_log_set_receiver(receive, log);
}

void yd_run_log_open(yd_run_log *log, const char *folder)
{
    pthread_mutex_lock(&log->guard);
    snprintf(log->path, sizeof log->path, "%s/train.log", folder);
    if (log->early.length) yd_file_append(log->path, log->early.data, log->early.length, NULL);
    yd_text_free(&log->early);
    pthread_mutex_unlock(&log->guard);
}

void yd_run_log_stop(yd_run_log *log)
{
    yd_log_set_receiver(NULL, NULL);
    yd_text_free(&log->early);
}
