/* What `yolodeck val` leaves in its run folder, and COCO's numbers. */
#pragma once
#include "config/options.h"
#include "config/run_folder.h"
#include "eval/predictions.h"

typedef struct yd_val_output {
    char folder[YD_PATH_MAX];
    yd_predictions *predictions; /* NULL: no --save-json */
    bool text, confidence;       /* --save-txt, --save-conf */
    bool single_class;
} yd_val_output;

/* What of --save-json, --save-txt and the like is wanted and can be. Zero-initialise; after a failure
 * yd_val_output_close is still due. FORMAT, IO, MEMORY. */
yd_status yd_val_output_open(yd_val_output *output, const yd_options *options, const yd_dataset_yaml *data,
                             yd_error *error);
/* Makes the run folder, where that is not done; late, so that what cannot begin leaves none behind. CONFIG.
 */
yd_status yd_val_output_begin(yd_val_output *output, const yd_options *options, const yd_preset *preset,
                              yd_error *error);
void yd_val_output_close(yd_val_output *output);

/* A picture's detections: context is the yd_val_output. */
yd_validate_take yd_val_output_take;

/* WEIGHTS_predictions.json, and COCO's twelve numbers into the result and to standard output; and
 * metrics.json, what --json writes. */
yd_status yd_val_output_finish(yd_val_output *output, const char *weights, const char *const *names,
                               yd_validate_result *result, yd_error *error);
