/* Back to the last good state, as asked: to the newest checkpoint of the run whose numbers are all finite.
 * From there the run goes on as one that was resumed from that file does, bit for bit; what came later, live
 * changes too, has not happened. */
#pragma once
#include "train/run.h"

/* At a batch boundary. requests.rollback_asker is answered; its argument may name a checkpoint below
 * weights/, which alone is looked at then. Where none is good, nothing changes. An error is one that the run
 * cannot go on after: MEMORY. */
yd_status yd_rollback(yd_run *run, yd_error *error);
