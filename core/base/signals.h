/* Signals as bytes on a descriptor, so that a loop acts on them and nothing else does. */
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

/* Blocks these signals (0 ends them) for this thread and those that it makes later, and makes them readable;
 * ignores SIGPIPE. IO. */
yd_status yd_signals_open(yd_signals *signals, const int *numbers, yd_error *error);
/* All as it was before. What came and was not taken is forgotten. */
void yd_signals_close(yd_signals *signals);
/* The next one that came; 0: none. Never waits. */
int yd_signals_take(const yd_signals *signals);
