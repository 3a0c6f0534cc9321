/* The compute team: the libgomp pool that oneDNN runs on, entered through this one file by GCC and Clang
 * builds alike. ThreadSanitizer builds use a team of plain pthreads, whose synchronisation the tool
 * understands. Denormals are flushed to zero in every thread of the team and in the thread that calls it. */
#pragma once
#include "base/error.h"
#include <stddef.h>

typedef struct yd_team yd_team;
/* One thread's share of the work; index runs from 0 to count - 1. */
typedef void yd_team_function(void *context, int index, int count);

/* threads: 0 for as many as the process may use CPUs. MEMORY where it cannot be made. */
yd_status yd_team_open(int threads, yd_team **team, yd_error *error);
void yd_team_close(yd_team *team);
int yd_team_threads(const yd_team *team);

/* Binds the calling thread: sets its thread count, which oneDNN reads at every call, and on a thread's first
 * call the denormal mode of the pool that libgomp keeps for it. One thread at a time may use a team. */
void yd_team_enter(yd_team *team);
/* Runs function on all threads and returns when all are done. Not to be called from inside function. */
void yd_team_run(yd_team *team, yd_team_function *function, void *context);

/* The share [begin, end) of thread index out of count in total items: contiguous, sizes differ by one at
 * most. */
void yd_team_share(size_t total, int index, int count, size_t *begin, size_t *end);
