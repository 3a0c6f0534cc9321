/* RUN/events.out.tfevents.*: all scalars of a run (series/event_scalars.h) for TensorBoard, and the history
 * that the console itself reads back. One file a session. Whole records are appended, each flush with one
 * write; what cannot be written is kept and tried again with the next.
 *
 * One run is one curve: when a run is resumed, the files of its earlier sessions are cut where it goes on -
 * as results.csv is - and the new file says so to whoever has read them already (SessionLog START). Files
 * that another program wrote into the folder are left alone. */
#pragma once
#include "base/text.h"
#include "sink/results.h"
#include "sink/sink.h"
#include <stdint.h>

typedef struct yd_tensorboard_start {
    int64_t step; /* the next batch, counted over all epochs */
    int epoch;    /* the first one that is not done */
    int batches;  /* of an epoch */
    yd_epoch_row
        row; /* of the epoch done last; it is written where the earlier files lack it. epoch -1: none */
    yd_results_order order;
    /* Of a run that begins; both are copied. */
    const int64_t *class_counts; /* [classes] training labels of each class: the histogram. NULL: none */
    int classes;
    const yd_text *graph; /* the model, a GraphDef (io/graph_def.h). NULL: none */
} yd_tensorboard_start;

/* Nothing is touched before the first flush. folder is copied. MEMORY. */
yd_status yd_tensorboard_sink(const char *folder, const yd_tensorboard_start *start, yd_sink *sink,
                              yd_error *error);

/* Cuts the files that this program wrote into the folder before the first record about step or a later one,
 * or about epoch or a later one. *last_epoch: of what is left; -1: none. IO. */
yd_status yd_tensorboard_trim(const char *folder, int64_t step, int epoch, int *last_epoch, yd_error *error);
