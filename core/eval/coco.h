/* COCO's evaluation of boxes, twelve numbers, as pycocotools computes them (data_and_metrics.md, 29). */
#pragma once
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>

/* A labelled object. image and category count from 0, in the ascending order of COCO's ids. */
typedef struct yd_coco_label {
    int image, category;
    bool crowd;    /* a group of objects: detections in it are neither right nor wrong */
    double box[4]; /* x, y, width, height in pixels */
    double area;   /* of the object (its outline's, not its box's): decides between small, medium and large */
} yd_coco_label;

typedef struct yd_coco_detection {
    int image, category;
    double box[4]; /* as above */
    double score;
} yd_coco_detection;

/* Rows are in the order of the files that they come from: it decides between equals. Only the 100 best
 * detections of a category in an image count. */
typedef struct yd_coco_set {
    int images, categories;
    const yd_coco_label *labels;
    size_t label_count;
    const yd_coco_detection *detections;
    size_t detection_count;
} yd_coco_set;

typedef enum yd_coco_number {
    YD_COCO_AP, /* mean over IoU 0.50 to 0.95 */
    YD_COCO_AP50,
    YD_COCO_AP75,
    YD_COCO_AP_SMALL, /* below 32² pixels */
    YD_COCO_AP_MEDIUM,
    YD_COCO_AP_LARGE, /* from 96² pixels on */
    YD_COCO_AR1,      /* with that many detections of an image and category at most */
    YD_COCO_AR10,
    YD_COCO_AR100,
    YD_COCO_AR_SMALL,
    YD_COCO_AR_MEDIUM,
    YD_COCO_AR_LARGE,
    YD_COCO_NUMBERS
} yd_coco_number;

/* Every number lies in [0, 1], or is -1 where there is no label that it could be of. Scores and boxes are
 * finite; rows whose image or category is out of range are passed over. MEMORY. */
yd_status yd_coco_evaluate(const yd_coco_set *set, double numbers[YD_COCO_NUMBERS], yd_error *error);
