/* Weights & Biases: what a run publishes, in the folder of an offline run that `wandb sync` sends on. One
 * folder a session; sessions of one run have its id. Nothing here waits for a network, and what the disk does
 * not take is tried again.
 *
 * A step of the history is an epoch, as in the reference (training.md, 12.2). The row of an epoch is kept
 * back until the next one is done, so that the pictures which show the epoch are part of it. */
#pragma once
#include "sink/results.h"
#include "sink/sink.h"
#include "sink/wandb_dataset.h"
#include "sink/wandb_values.h"

typedef struct yd_wandb_start {
    const char *run_folder;
    const char *place;                                  /* the folder that the folders of sessions lie in */
    const char *id, *entity, *project, *name, *program; /* entity: "" for W&B's default */
    const yd_wandb_values *config;                      /* what the run was started with */
    int epochs, epoch;                                  /* in all; the first one that is not done */
    bool resumed;
    yd_epoch_row row; /* of the epoch done last; it is written where earlier sessions lack it. epoch -1: none
                       */
    yd_results_order order;
    int bbox_interval;              /* epochs between pictures with boxes; below 1: none */
    const char *const *class_names; /* [nc]; stays while the sink lives */
    int nc;
    const yd_wandb_split *splits; /* [split_count], at most two: parts of the data set that are kept as
                                     artifacts; copied, but for the names of files */
    int split_count;
} yd_wandb_start;

/* Makes the folder and its first records. Everything but class_names is copied. IO, MEMORY. */
yd_status yd_wandb_sink(const yd_wandb_start *start, yd_sink *sink, yd_error *error);

/* bbox_interval as the reference settles it: below 0, a tenth of the epochs where there are more than ten,
 * else each. */
int yd_wandb_bbox_interval(int given, int epochs);
