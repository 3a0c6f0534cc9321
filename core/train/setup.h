/* From options to a run that is ready to train. */
#pragma once
#include "train/run.h"

/* Reads and checks everything that a run stands on (preset, hyperparameters, data set, labels, model, weights
 * or checkpoint), makes the run folder and its first files, and prepares the engine. run is zeroed but for
 * stop_signal and ring. options: as parsed; copied. Errors: USAGE, CONFIG, DATA, FORMAT for what the user
 * gave, IO, MEMORY. After a failure yd_setup_destroy is still due. */
yd_status yd_setup(yd_run *run, const yd_options *options, yd_error *error);
void yd_setup_destroy(yd_run *run);
/* The loader of training batches, from where the run stands. */
yd_status yd_setup_train_loader(yd_run *run, yd_error *error);
/* With --image-weights: draws the pictures of the epoch that begins by the last validation. Batches of the
 * loader become invalid. MEMORY. */
yd_status yd_setup_next_epoch(yd_run *run, yd_error *error);
/* run->val_loader, at the beginning of its pictures: made when it is needed first, so that it takes nothing
 * from the start of the run. MEMORY. */
yd_status yd_setup_val_loader(yd_run *run, yd_error *error);

/* opt.yaml anew. IO, MEMORY. */
yd_status yd_setup_write_options(const yd_run *run, yd_error *error);

/* Also for val: options → data set of a split, with its messages logged. batch_size of a batch, pad in
 * strides. */
typedef struct yd_open_split {
    const yd_dataset_yaml *data;
    const yd_preset *preset;
    yd_split split;
    int image_size, batch_size, stride;
    bool augment, rect, single_class, keep_in_memory, keep_on_disk;
    double pad;
} yd_open_split;
yd_status yd_setup_open_split(const yd_open_split *want, yd_dataset **dataset, yd_error *error);

/* The number of loader threads: --workers, but no more than CPUs or images in a batch. */
int yd_setup_workers(const yd_options *options, int batch_size);
/* Opens the backend that --backend and --device name. */
yd_status yd_setup_backend(const yd_options *options, const yd_backend **backend, yd_device **device,
                           yd_error *error);
/* Rounds up to a multiple of the stride, at least least_strides of them; warns where that changes it. */
int yd_setup_image_size(int size, int stride, int least_strides, const char *which);
/* The loss of a model, with gains scaled as training scales them (model_and_loss.md, 12.8). */
yd_status yd_setup_loss(const yd_model *model, const yd_hyp *hyp, const yd_preset *preset, int image_size,
                        double label_smoothing, yd_loss **loss, yd_error *error);
