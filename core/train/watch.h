/* What a run watches by itself: detectors, each a small state machine of the numbers that it is given. They
 * know neither clock nor file, and each says when something begins and when it is over, never the same twice.
 * Zero-initialise. */
#pragma once
#include "event/wire.h"
#include <stdbool.h>
#include <stdint.h>

typedef enum yd_watch_edge { YD_WATCH_SAME, YD_WATCH_BEGINS, YD_WATCH_ENDS } yd_watch_edge;

/* The loss is not finite; over when it was finite for some batches in a row. */
typedef struct yd_watch_nan {
    bool on;
    int finite; /* batches in a row */
} yd_watch_nan;
yd_watch_edge yd_watch_nan_step(yd_watch_nan *own, double loss);

enum { YD_SPIKE_WINDOW = 64 };
/* The loss stands far above its last batches: measured from their median in units of their median deviation
 * (scaled to a standard deviation), so that neither a drift nor earlier spikes blunt it. */
typedef struct yd_watch_spike {
    bool on;
    int count, next, calm; /* calm: batches in a row that were none */
    double losses[YD_SPIKE_WINDOW];
    double usual, score; /* of the last step: the median, and how far away the loss was */
} yd_watch_spike;
/* Losses that are not finite are passed over. */
yd_watch_edge yd_watch_spike_step(yd_watch_spike *own, double loss);

/* Training waits for pictures: the share of the time, over about half a minute. */
typedef struct yd_watch_loader {
    bool on;
    double waited, total, seen; /* seconds; the first two fade */
} yd_watch_loader;
yd_watch_edge yd_watch_loader_step(yd_watch_loader *own, double waited, double total);
double yd_watch_loader_share(const yd_watch_loader *own);

/* The training thread gives no sign of progress. Looked at by another thread, a few times a second. */
typedef struct yd_watch_stall {
    bool on;
    int64_t looked_ns; /* when last */
    int64_t asleep_ns; /* of the time since the last sign, how long nobody looked: the process stood still */
    int64_t sign_ns;
} yd_watch_stall;
/* expected: the run is in a state that makes progress; sign_ns: when the last batch was done; usual: seconds
 * of a batch, 0 where it is not known. */
yd_watch_edge yd_watch_stall_look(yd_watch_stall *own, int64_t now_ns, bool expected, int64_t sign_ns,
                                  double usual);

/* Room that is too small: begins below least, ends above enough. */
typedef struct yd_watch_room {
    bool on;
} yd_watch_room;
/* room or need below 0: not known. */
yd_watch_edge yd_watch_disk_look(yd_watch_room *own, int64_t free_bytes, int64_t checkpoint_bytes);
yd_watch_edge yd_watch_memory_look(yd_watch_room *own, int64_t available, int64_t total);
