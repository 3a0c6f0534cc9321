#include "train/stop_signals.h"
#include <stddef.h>

yd_status yd_stop_signals_open(yd_signals *signals, yd_error *error)
{
    int taken[4] = {SIGINT, SIGTERM};
    struct sigaction hang_up;
    /* a signal that is ignored would never reach the descriptor */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    if (sigaction(SIGHUP, NULL, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN) taken[2] = SIGHUP;
    return yd_signals_open(signals, taken, error);
}
