#include "base/thread.h"
#include "base/file.h"
#include "base/text.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

bool yd_thread_join(pthread_t thread, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until); /* the only clock that the call knows */
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
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

/* The quota of one cgroup folder: version 2's cpu.max, or version 1's two files. */
static int folder_quota(const char *folder)
{
    static const char *const names[] = {"cpu.max", "cpu.cfs_quota_us", "cpu.cfs_period_us"};
    char text[3][64] = {{0}}, path[4096 + 32], both[160];
    for (int i = 0; i < 3; i++) {
        char *data;
        size_t length;
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        if (yd_file_read(path, 4096, &data, &length, NULL) != YD_OK) continue;
        yd_copy_text(text[i], sizeof text[i], data);
        free(data);
    }
    if (text[0][0]) return quota_cpus(text[0]);
    snprintf(both, sizeof both, "%s %s", text[1], text[2]);
    return quota_cpus(both);
}

/* The smallest quota of the group and of all above it. */
static int chain_quota(const char *mount, const char *group)
{
    char folder[4096];
    int smallest = 0;
    size_t root = strlen(mount), length = strlen(group);
    if (root + length >= sizeof folder) return 0;
    yd_copy_text(folder, sizeof folder, mount);
    yd_copy_text(folder + root, sizeof folder - root, group);
    for (;;) {
        int quota = folder_quota(folder);
        if (quota && (!smallest || quota < smallest)) smallest = quota;
        char *slash = strrchr(folder, '/');
        if (!slash || (size_t)(slash - folder) < root) return smallest;
        *slash = '\0';
    }
}

/* /proc/self/cgroup has a line "ID:CONTROLLERS:PATH" for each hierarchy; version 2's has no controllers. */
static int cgroup_count(void)
{
    char *data;
    size_t length;
    if (yd_file_read("/proc/self/cgroup", 1 << 16, &data, &length, NULL) != YD_OK) return 0;
    int smallest = 0;
    char *rest = NULL;
    for (char *line = strtok_r(data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path) continue;
        *path++ = '\0';
        bool version2 = controllers[1] == '\0',
             version1 = strstr(controllers, "cpu") && !strstr(controllers, "cpuset");
        if (!version2 && !version1) continue;
        int quota = chain_quota(version2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu", path);
        if (quota && (!smallest || quota < smallest)) smallest = quota;
    }
    free(data);
    return smallest;
}

int yd_cpu_count(void)
{
    int cpus = affinity_count(), quota = cgroup_count();
    if (quota && quota < cpus) cpus = quota;
    return cpus > 0 ? cpus : 1;
}
