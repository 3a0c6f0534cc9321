#include "base/signals.h"
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

yd_status yd_signals_open(yd_signals *signals, const int *numbers, yd_error *error)
{
    sigset_t set;
    sigemptyset(&set);
    for (; *numbers; numbers++) sigaddset(&set, *numbers);
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

int yd_signals_take(const yd_signals *signals)
{
    struct signalfd_siginfo info;
    if (read(signals->fd, &info, sizeof info) != (ssize_t)sizeof info) return 0;
    return (int)info.ssi_signo;
}
