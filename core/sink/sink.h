/* What wants to know about a run: the results files, TensorBoard, W&B, plots. Sinks are called one after
 * another from one thread. */
#pragma once
#include "base/error.h"
#include "event/wire.h"

/* What an epoch came to, in full precision: a row of results.csv and results.txt. */
typedef struct yd_epoch_row {
    int epoch, epochs;
    double box, obj, cls, total;               /* training: running means over the epoch */
    double precision, recall, map50, map50_95; /* of the last validation; 0 before the first */
    double val_box, val_obj, val_cls;
    double lr[3]; /* 0 norm weights, 1 decayed weights, 2 biases: as the last batch used them */
    int last_labels, last_width; /* labels and picture width of the last batch */
    int64_t device_memory_bytes; /* reserved on a GPU; 0 on a CPU */
} yd_epoch_row;

/* What an event is about, read-only and valid during the call alone; members are NULL where they do not
 * apply. */
typedef struct yd_sink_matter {
    const yd_epoch_row
        *row; /* with the event that closes an epoch: VALIDATION, or EPOCH where nothing was validated */
    const char *path; /* PICTURE, SAVED: the whole path of the file */
    const char *text; /* LOG: the whole line */
} yd_sink_matter;

typedef struct yd_sink {
    const char *name;
    void *context;
    /* A sink that fails is reported and goes on being called: the run never ends for it. */
    yd_status (*take)(void *context, const yd_event *event, const yd_sink_matter *matter, yd_error *error);
    /* What was taken goes to the disk, or wherever it belongs; several times a second. NULL: nothing to do.
     */
    yd_status (*flush)(void *context, yd_error *error);
    void (*close)(void *context); /* flushes, and frees context */
    /* The newest status block, before each flush. NULL: it is not wanted. */
    void (*look)(void *context, const yd_status_block *block);
} yd_sink;
