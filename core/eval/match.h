/* Which detections find a label (data_and_metrics.md, 24), and the confusion matrix (26). */
#pragma once
#include "config/preset.h"
#include <stdbool.h>
#include <stdint.h>

enum { YD_MATCH_THRESHOLDS = 10 };

/* 0.50, 0.55, … 0.95, each the nearest float32. */
extern const float yd_match_thresholds[YD_MATCH_THRESHOLDS];

/* detections: [n, 6] x1, y1, x2, y2, conf, class, most confident first; labels: [m, 5] class, x1, y1, x2, y2;
 * one frame of pixels. rule: with PER_CLASS (mid-2021) IoU lies strictly above 0.5 and above each threshold,
 * and a label is taken once; ONCE (v6.0, v6.1) is the same with >=; with PER_THRESHOLD (v6.2 on) labels are
 * taken anew at every threshold. masks [n]: bit t says correct at threshold t. taken: scratch of m. */
void yd_match(const float *detections, int n, const float *labels, int m, yd_matching rule, float epsilon,
              uint16_t *taken, uint16_t *masks);

/* Scratch of the confusion matrix: the detection that a label is given to. */
typedef struct yd_confusion_pair {
    int detection; /* -1: none */
    float iou;
} yd_confusion_pair;

/* Adds an image to matrix [nc + 1, nc + 1], entry (predicted, true), index nc = background: detections above
 * confidence 0.25 against labels at IoU above 0.45, whatever the class; every detection goes to its best
 * label, every label to the best of those. A detection without a label counts only where the image has a
 * match, as in the reference. pairs: scratch of m. All classes are in [0, nc). */
void yd_confusion_add(double *matrix, int nc, const float *detections, int n, const float *labels, int m,
                      float epsilon, yd_confusion_pair *pairs);
