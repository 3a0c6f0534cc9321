/* What a validation found, as COCO's results file and for COCO's evaluation (data_and_metrics.md, 27, 29). */
#pragma once
#include "base/text.h"
#include "config/dataset_yaml.h"
#include "eval/coco.h"
#include "eval/validate.h"

typedef struct yd_predictions yd_predictions;

/* data: outlives the predictions. annotations: COCO's file about the pictures, or "": then it is looked for
 * where COCO has it, PATH/annotations/instances_val2017.json, and done without where it is not.
 * single_class: every detection is of class 0. A category's id is the one that the annotations give to its
 * name where they know all names; COCO's own otherwise for COCO, else the class. CONFIG where annotations is
 * no file; FORMAT, IO, MEMORY. */
yd_status yd_predictions_create(const yd_dataset_yaml *data, const char *annotations, bool single_class,
                                yd_predictions **predictions, yd_error *error);
void yd_predictions_destroy(yd_predictions *predictions);

/* Takes a picture's detections: context is the yd_predictions. Boxes are rounded to 3 decimals, scores to 5,
 * as they are written, and so evaluated. */
yd_validate_take yd_predictions_take;

/* The list of {image_id, category_id, bbox, score}: image_id is the number that the annotations give to the
 * picture's file, or its name without the suffix, as a number where it is one. IO, MEMORY. */
yd_status yd_predictions_write(const yd_predictions *predictions, const char *path, yd_error *error);
/* Where the reference puts it: FOLDER/WEIGHTS_predictions.json, WEIGHTS without its folder and suffix. CONFIG
 * where that does not fit into path, of 4096 bytes. */
yd_status yd_predictions_file(const char *folder, const char *weights, char *path, yd_error *error);

/* Whether there are annotations, and their file. */
const char *yd_predictions_annotations(const yd_predictions *predictions); /* NULL: none */
/* The twelve numbers over the pictures taken. DATA where the annotations know none of them. */
yd_status yd_predictions_evaluate(const yd_predictions *predictions, double numbers[YD_COCO_NUMBERS],
                                  yd_error *error);
/* The numbers in the twelve lines that pycocotools prints, each with a newline. */
void yd_predictions_report(yd_text *text, const double numbers[YD_COCO_NUMBERS]);
