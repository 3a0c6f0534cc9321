#include "tui/term/suspend.h"
#include <unistd.h>

yd_status yd_terminal_signals_open(yd_signals *signals, yd_error *error)
{
    static const int taken[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT, 0};
    return yd_signals_open(signals, taken, error);
}

/* The default action of SIGTSTP leaves a process alone whose group has no shell to continue it, which SIGSTOP
 * would not. */
void yd_suspend_here(void)
{
    struct sigaction standard = {.sa_handler = SIG_DFL}, before;
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    sigaction(SIGTSTP, &standard, &before);
    kill(0, SIGTSTP);
    pthread_sigmask(SIG_UNBLOCK, &stop, NULL); /* it takes effect here */
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    sigaction(SIGTSTP, &before, NULL);
}
