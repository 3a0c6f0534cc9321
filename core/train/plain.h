/* Plain lines of a run on standard output: a printer thread that reads the ring as a console does, so that a
 * stopped terminal or a full pipe stops nothing else. Ends by itself when nobody can read any more. */
#pragma once
#include "event/ring.h"

typedef struct yd_plain yd_plain;

/* NULL where the printer cannot start; the run goes on without. */
yd_plain *yd_plain_start(yd_ring *ring, bool json);
/* Prints what is left (waiting for a slow reader at most two seconds), then frees. NULL is fine. */
void yd_plain_finish(yd_plain *plain);
