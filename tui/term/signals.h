/* Signals as bytes on a descriptor, so that the console acts on them in its loop and nowhere else. */
#pragma once
#include "base/error.h"
#include <signal.h>
#include <stdbool.h>

/* Zero-initialise. */
typedef struct yd_signals {
    int fd;
    sigset_t before;
    struct sigaction pipe_before;
    bool open;
} yd_signals;

/* Blocks SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP and SIGCONT for this thread and makes them readable;
 * ignores SIGPIPE. */
yd_status yd_signals_open(yd_signals *signals, yd_error *error);
void yd_signals_close(yd_signals *signals);
/* The next one that came; 0: none. Never waits. */
int yd_signals_take(yd_signals *signals);
/* Stops the process group as Ctrl-Z would, and returns when it goes on (at once where nobody could continue
 * it). */
void yd_signals_stop_here(yd_signals *signals);
