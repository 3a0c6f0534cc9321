/* A loop whose turns several threads take, for work that is independent from turn to turn. */
#pragma once

/* Called once for each index in [0, count), on any thread, in any order. worker: in [0, threads), the same
 * for all calls that one thread makes: scratch of its own goes by it. */
typedef void yd_parallel_body(void *context, int worker, int index);

/* Returns when all calls have returned; what they wrote is then seen by the caller, which works too, as
 * worker 0. threads: at most so many (at least 1; no more than 64); with fewer than could be started it only
 * takes longer. */
void yd_parallel_for(int threads, int count, yd_parallel_body *body, void *context);
