#include "base/thread.h"
#include "base/cgroup.h"
#include "base/text.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

yd_status yd_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *context,
                          yd_error *error)
{
    /* The new thread inherits the mask: there is no moment at which it could take a signal. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(thread, NULL, run, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        errno = failed;
        return yd_fail_errno(error, YD_ERR_MEMORY, "cannot start the thread \"%s\"", name);
    }
    char shortened[16];
    yd_copy_text(shortened, sizeof shortened, name);
    pthread_setname_np(*thread, shortened);
    return YD_OK;
}

static struct timespec after(clockid_t clock, int ms)
{
    struct timespec until;
    clock_gettime(clock, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    return until;
}

void yd_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

struct timespec yd_condition_deadline(int ms)
{
    return after(CLOCK_MONOTONIC, ms);
}

bool yd_thread_join(pthread_t thread, int timeout_ms)
{
    const struct timespec until = after(CLOCK_REALTIME, timeout_ms); /* the only clock that the call knows */
    if (pthread_timedjoin_np(thread, NULL, &until) == 0) return true;
    pthread_detach(thread);
    return false;
}

/* CPUs of the affinity mask; 0 where the system does not say. */
static int affinity_count(void)
{
    for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC((size_t)cpus);
        if (!set) return 0;
        size_t bytes = CPU_ALLOC_SIZE((size_t)cpus);
        int failed = sched_getaffinity(0, bytes, set), reason = errno;
        int count = failed ? 0 : CPU_COUNT_S(bytes, set);
        CPU_FREE(set);
        if (!failed || reason != EINVAL) return count;
    }
    return 0;
}

/* CPUs, rounded up, that "QUOTA PERIOD" allows; 0 for none given ("max", -1). */
static int quota_cpus(const char *text)
{
    double quota, period;
    if (sscanf(text, "%lf %lf", &quota, &period) != 2 || quota <= 0 || period <= 0) return 0;
    double cpus = quota / period;
    return cpus >= 1e6 ? 0 : (int)cpus + (cpus > (int)cpus);
}

/* Keeps the smallest quota of the folders seen: version 2's cpu.max, or version 1's two files. */
static void look_at_group(void *context, const char *folder)
{
    int *smallest = context;
    char text[64], period[32], both[128];
    if (!yd_cgroup_text(folder, "cpu.max", text, sizeof text)) {
        if (!yd_cgroup_text(folder, "cpu.cfs_quota_us", text, sizeof text) ||
            !yd_cgroup_text(folder, "cpu.cfs_period_us", period, sizeof period))
            return;
        snprintf(both, sizeof both, "%s %s", text, period);
        yd_copy_text(text, sizeof text, both);
    }
    int quota = quota_cpus(text);
    if (quota && (!*smallest || quota < *smallest)) *smallest = quota;
}

int yd_cpu_count(void)
{
    int cpus = affinity_count(), quota = 0;
    yd_cgroup_walk("", "cpu", look_at_group, &quota);
    if (quota && quota < cpus) cpus = quota;
    return cpus > 0 ? cpus : 1;
}
