/* Pictures of a run for W&B: copies below files/media/images, named as W&B names them, and the JSON that
 * stands for them in a row of the history. */
#pragma once
#include "base/error.h"
#include "sink/wandb_writer.h"

/* Where media of one step go to. */
typedef struct yd_wandb_shelf {
    yd_wandb_writer *writer;
    const char *session; /* the folder of the session */
    int64_t step;
} yd_wandb_shelf;

/* Sets key in row to the pictures: names of files in the run folder, which are their captions too; those that
 * are not there are left out, and nothing is set where none is. Pictures of one key have one size, the
 * first's, as far as W&B is told. IO. */
yd_status yd_wandb_add_pictures(const yd_wandb_shelf *shelf, const char *run_folder, const char *key,
                                const char *const *names, int count, yd_wandb_values *row, yd_error *error);

/* Sets key in row to a picture with boxes that W&B draws itself: of labels ("ground_truth") and of detections
 * ("predictions"). stem: of the picture, whose pieces lie in run_folder/pictures (image/boxes.h) with the
 * ends
 * "_labels" and "_pred". Nothing is set where they are not there. class_names: [nc]. IO, MEMORY. */
yd_status yd_wandb_add_boxes(const yd_wandb_shelf *shelf, const char *run_folder, const char *key,
                             const char *stem, const char *const *class_names, int nc, yd_wandb_values *row,
                             yd_error *error);
