/* Threads with names, and the compute team's settings. */
#pragma once
#include "base/error.h"
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

/* Starts a joinable thread with all signals blocked and the given name (at most 15 characters are kept). */
yd_status yd_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *context,
                          yd_error *error);
/* Waits for a thread to end, at most so long; true where it has. One that has not (a dead disk can hold it
 * for ever) is left to itself: what it works on must then be left to it too. */
bool yd_thread_join(pthread_t thread, int timeout_ms);
/* A condition whose deadlines are the monotonic clock's: those of the wall clock move when it is set. */
void yd_condition_init(pthread_cond_t *condition);
/* So many milliseconds from now, for pthread_cond_timedwait on such a condition. */
struct timespec yd_condition_deadline(int ms);
int yd_cpu_count(void); /* CPUs that this process may use: the affinity mask, cut by the cgroup's quota */
