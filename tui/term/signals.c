#include "tui/term/signals.h"
#include <sys/signalfd.h>
#include <unistd.h>

static void fill(sigset_t *set)
{
    static const int taken[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT};
    sigemptyset(set);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) sigaddset(set, taken[i]);
}

yd_status yd_signals_open(yd_signals *signals, yd_error *error)
{
    sigset_t set;
    fill(&set);
    *signals = (yd_signals){.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)};
    if (signals->fd < 0) return yd_fail_errno(error, YD_ERR_IO, "cannot take signals");
    pthread_sigmask(SIG_BLOCK, &set, &signals->before);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, &signals->pipe_before);
    signals->open = true;
    return YD_OK;
}

void yd_signals_close(yd_signals *signals)
{
    if (!signals->open) return;
    while (yd_signals_take(signals)) continue; /* they have been seen, or came too late to matter */
    close(signals->fd);
    sigaction(SIGPIPE, &signals->pipe_before, NULL);
    pthread_sigmask(SIG_SETMASK, &signals->before, NULL);
    signals->open = false;
}

int yd_signals_take(yd_signals *signals)
{
    struct signalfd_siginfo info;
    if (read(signals->fd, &info, sizeof info) != (ssize_t)sizeof info) return 0;
    return (int)info.ssi_signo;
}

/* The default action of SIGTSTP leaves a process alone whose group has no shell to continue it, which SIGSTOP
 * would not. */
void yd_signals_stop_here(yd_signals *signals)
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
    (void)signals;
}
