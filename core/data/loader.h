/* Batches, made ahead by worker threads and handed over in their fixed order. What a batch holds is a pure
 * function of the data set, the options and (epoch, batch): neither the number of workers nor their pace
 * plays a part. */
#pragma once
#include "data/batch.h"
#include "data/dataset.h"
#include "data/sampler.h"

typedef struct yd_loader yd_loader;

/* One value of the augmentation, other than before from a batch on. */
typedef struct yd_augment_change {
    int64_t first; /* epoch * batches + batch */
    size_t place;  /* offsetof(yd_augment, mosaic) */
    double value;
} yd_augment_change;

typedef struct yd_loader_options {
    const yd_dataset *dataset;        /* outlives the loader */
    yd_augment augment;               /* used where the data set was opened for training */
    const yd_augment_change *changes; /* [change_count] to come, in the order of their making; copied */
    int change_count;
    bool mosaic; /* make mosaics, as augment.mosaic says; never with rectangular batches */
    bool quad;   /* each picture of a batch is made of four samples: quad.h; what is left over of a batch is
                    dropped */
    yd_order order;
    const double *weights; /* [count] for YD_ORDER_WEIGHTED; copied */
    uint64_t seed;
    int rank, ranks;  /* this process's share of every epoch */
    int workers;      /* threads; 0: the caller's thread works in yd_loader_next */
    int prefetch;     /* batches made ahead of the one that is lent; 0: 2 */
    int epoch, batch; /* the first one to hand over */
    bool one_epoch;   /* end after that epoch (validation, and YD_ORDER_WEIGHTED, whose next weights are
                         not known yet); else the next epoch's batches are made ahead, without end */
} yd_loader_options;

yd_status yd_loader_create(const yd_loader_options *options, yd_loader **loader, yd_error *error);
/* Stops at once: waits only for the samples under way. Batches that are lent become invalid. */
void yd_loader_destroy(yd_loader *loader);

int yd_loader_batches(const yd_loader *loader); /* of an epoch */
/* The same before there is a loader, where one process has the whole data set. */
int yd_loader_batches_of(const yd_dataset *dataset, bool quad);

/* The next batch, lent until yd_loader_release; waits where it is not ready. *batch is NULL after the end of
 * one_epoch. Two batches may be lent at a time. YD_ERR_MEMORY. */
yd_status yd_loader_next(yd_loader *loader, yd_batch **batch, yd_error *error);
void yd_loader_release(yd_loader *loader, yd_batch *batch);

/* Starts again at a batch, with what was made ahead dropped; no batch may be lent. weights: for
 * YD_ORDER_WEIGHTED, copied; else NULL. Changes of the augmentation stay. */
yd_status yd_loader_restart(yd_loader *loader, int epoch, int batch, const double *weights, yd_error *error);

/* Changes a value of the augmentation from a batch on: first, or -1 for the first one that nobody works on
 * yet; one already begun is put off to that one. What was told before about the same value at that batch or
 * later is forgotten. Returns the batch from which the change holds; -1 where memory ran out. */
int64_t yd_loader_change_augment(yd_loader *loader, int64_t first, size_t place, double value);
/* The first batch that nobody works on yet. */
int64_t yd_loader_next_begun(yd_loader *loader);

int64_t yd_loader_waited_ns(const yd_loader *loader); /* time that yd_loader_next kept its caller */
int yd_loader_broken(const yd_loader *loader); /* pictures that could not be read; grey ones stood in */
