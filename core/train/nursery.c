#include "train/nursery.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_all(const int *descriptors, int count)
{
    for (int i = 0; i < count; i++)
        if (descriptors[i] >= 0) close(descriptors[i]);
}

/* A process does not outlive the one that made it. */
static void die_with(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(3); /* it was gone before that could be asked for */
}

static _Noreturn void be_generation(int (*run)(void *, int), void *context, int control, int fd,
                                    pid_t nursery)
{
    sigset_t none;
    die_with(nursery);
    close(control);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int status = run(context, fd);
    fflush(NULL);
    _exit(status);
}

static pid_t wait_for(pid_t pid, int *status)
{
    pid_t ended;
    do ended = waitpid(pid, status, 0);
    while (ended < 0 && errno == EINTR);
    return ended;
}

static void tell(int control, yd_nursery_news news)
{
    send(control, &news, sizeof news, MSG_NOSIGNAL);
}

/* Signals are the evolution's matter, which passes them on. */
static _Noreturn void be_nursery(int (*run)(void *, int), void *context, int control, int fd, pid_t evolution)
{
    sigset_t all;
    char word;
    pid_t own = getpid();
    die_with(evolution);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (;;) {
        ssize_t got = recv(control, &word, 1, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) _exit(0);
        yd_nursery_news news = {.pid = fork()};
        if (news.pid == 0) be_generation(run, context, control, fd, own);
        news.status = news.pid < 0 ? errno : 0;
        tell(control, news);
        if (news.pid < 0) continue;
        news.ended = wait_for(news.pid, &news.status) == news.pid;
        tell(control, news);
    }
}

yd_status yd_nursery_start(int (*run)(void *context, int fd), void *context, yd_nursery *nursery,
                           yd_error *error)
{
    int pairs[4] = {-1, -1, -1, -1};
    pid_t own = getpid();
    *nursery = (yd_nursery){-1, -1, -1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pairs) != 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pairs + 2) != 0) {
        close_all(pairs, 4);
        return yd_fail_errno(error, YD_ERR_IO, "cannot make a socket pair");
    }
    fflush(NULL); /* or the child would print it again */
    nursery->pid = fork();
    if (nursery->pid == 0) {
        close(pairs[0]);
        close(pairs[2]);
        be_nursery(run, context, pairs[1], pairs[3], own);
    }
    if (nursery->pid < 0) {
        close_all(pairs, 4);
        return yd_fail_errno(error, YD_ERR_IO, "cannot start a process for generations");
    }
    close(pairs[1]);
    nursery->fd = pairs[0];
    nursery->generation = pairs[2];
    nursery->behind = pairs[3];
    return YD_OK;
}

bool yd_nursery_begin(const yd_nursery *nursery)
{
    return send(nursery->fd, "", 1, MSG_NOSIGNAL) == 1;
}

bool yd_nursery_take(const yd_nursery *nursery, yd_nursery_news *news)
{
    ssize_t got;
    do got = recv(nursery->fd, news, sizeof *news, 0);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof *news;
}

void yd_nursery_stop(yd_nursery *nursery)
{
    int status;
    if (nursery->pid <= 0) return;
    kill(nursery->pid, SIGKILL);
    wait_for(nursery->pid, &status);
    close_all((int[]){nursery->fd, nursery->generation, nursery->behind}, 3);
    nursery->pid = 0;
}
