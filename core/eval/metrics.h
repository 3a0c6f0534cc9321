/* Precision, recall and average precision of a validation, gathered image by image
 * (data_and_metrics.md, 24 to 26). */
#pragma once
#include "base/error.h"
#include "eval/ap.h"
#include "eval/match.h"

typedef struct yd_metrics_config {
    int nc;
    bool single_cls;   /* every detection and label counts as class 0 */
    yd_matching match; /* and below: by preset */
    double match_eps;  /* of the IoU: 1e-7, seed 0 */
    yd_ap_tail tail;
    double f1_smoothing;          /* fraction of the curve that mean F1 is averaged over: 0.1, seed 0 */
    bool confusion;               /* keep the matrix */
    bool confusion_counts_missed; /* v6.2 on: labels of images without any detection count as missed */
} yd_metrics_config;

typedef struct yd_class_result {
    int cls, images; /* images: that hold a label of the class */
    int64_t labels, predictions;
    double precision, recall, f1; /* at the confidence that maximises the mean F1 */
    double map50, map50_95, ap[YD_MATCH_THRESHOLDS];
} yd_class_result;

typedef struct yd_metrics_result {
    int images;
    int64_t labels;
    double precision, recall, map50, map50_95, fitness; /* 0 where nothing was found */
    double best_confidence;                             /* where precision and recall are taken */
    int class_count;                                    /* classes that have labels */
    const yd_class_result *classes;                     /* [class_count], by ascending class */
    int nc;
    const double *maps;      /* [nc] AP of each class; the mean where a class has no labels */
    const double *confusion; /* [nc + 1, nc + 1] (predicted, true), index nc: background; or NULL */
    const double *curve_precision, *curve_recall; /* [class_count, YD_CURVE_POINTS] against confidence 0…1 */
    const double *curve_ap;                       /* likewise, precision against recall 0…1 at IoU 0.5 */
} yd_metrics_result;

typedef struct yd_metrics yd_metrics;
yd_status yd_metrics_create(const yd_metrics_config *config, yd_metrics **metrics, yd_error *error);
void yd_metrics_destroy(yd_metrics *metrics);
void yd_metrics_reset(yd_metrics *metrics); /* keeps the memory */

/* detections: [n, 6] x1, y1, x2, y2, conf, class, most confident first; labels: [m, 5] class, x1, y1, x2, y2;
 * both in native pixels. A detection whose confidence is not a number from 0 up is left out. INTERNAL where a
 * class is out of range, MEMORY; then nothing of the image is counted. */
yd_status yd_metrics_add_image(yd_metrics *metrics, const float *detections, int n, const float *labels,
                               int m, yd_error *error);
/* The result's arrays belong to metrics and are valid until it is changed; more images may follow, and
 * another finish. MEMORY. */
yd_status yd_metrics_finish(yd_metrics *metrics, yd_metrics_result *result, yd_error *error);

/* The result, on its own: *copy is one block with all its arrays, which the caller frees with free(). MEMORY.
 */
yd_status yd_metrics_copy_result(const yd_metrics_result *result, yd_metrics_result **copy, yd_error *error);
