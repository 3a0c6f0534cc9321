/* Carries what a run publishes to its sinks, from a thread of its own: it reads the ring as a console does,
 * so that the training waits for no disk and no network. A sink that fails costs a warning, once until it
 * works again. */
#pragma once
#include "event/ring.h"
#include "sink/sink.h"

typedef struct yd_follower yd_follower;

/* Takes the sinks (up to 8; it closes them, here too where it fails). Begins with the oldest event of the
 * ring. */
yd_status yd_follower_start(yd_ring *ring, const yd_sink *sinks, int count, yd_follower **follower,
                            yd_error *error);
/* Returns when all that was published before the call is handed on and flushed, or after most_ms (whole
 * seconds). From any thread but the follower's; NULL is fine. */
void yd_follower_catch_up(yd_follower *follower, int most_ms);
/* Hands on what the ring still holds, closes the sinks, and ends. NULL is fine. */
void yd_follower_stop(yd_follower *follower);
