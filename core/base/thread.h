/* Threads with names, and the compute team's settings. */
#pragma once
#include "base/error.h"
#include <pthread.h>

/* Starts a joinable thread with all signals blocked and the given name (at most 15 characters are kept). */
yd_status yd_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *context,
                          yd_error *error);
int yd_cpu_count(void); /* CPUs that this process may use: the affinity mask, cut by the cgroup's quota */
